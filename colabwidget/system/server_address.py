"""Where the notebook's server is, and its token: as it writes it down for its own account."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

_SIZE_MAX = 65_536  # bytes of such a file
_KINDS = ("jpserver-", "nbserver-")


class ServerAddress(NamedTuple):
    """A server of this account's.

    Parameters
    ----------
    url
        Where it is, as seen from this machine; empty where that is not what others use.
    token
        Its token; empty where it has none, or where a hub signs people in.
    """

    url: str = ""
    token: str = ""


def server_address(environment: Mapping[str, str], home: Path) -> ServerAddress:
    """Return the server that has started the notebook, else the one that was started last.

    Parameters
    ----------
    environment
        The notebook's variables.
    home
        The account's home.
    """
    if environment.get("JUPYTERHUB_SERVICE_PREFIX"):
        return ServerAddress()  # its own address is one behind the hub's proxy
    own = environment.get("JPY_PARENT_PID", "")
    found = [
        (path.stem.rpartition("-")[2] == own, time, address)
        for path, time in _files(environment, home)
        if (address := _read(path))
    ]
    return max(found, key=lambda each: each[:2])[2] if found else ServerAddress()


def is_known(environment: Mapping[str, str]) -> bool:
    """Tell whether a page can say where the server is: a hub's, or one of this account's."""
    if environment.get("JUPYTERHUB_SERVICE_PREFIX"):
        return True
    return any(_read(path) for path, _ in _files(environment, Path("~").expanduser()))


def _files(environment: Mapping[str, str], home: Path) -> Iterator[tuple[Path, float]]:
    data = environment.get("JUPYTER_DATA_DIR") or (
        Path(environment.get("XDG_DATA_HOME") or home / ".local/share") / "jupyter"
    )
    folder = Path(environment.get("JUPYTER_RUNTIME_DIR") or Path(data) / "runtime")
    # A pattern would be compiled while a form is waited for.
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if not entry.name.startswith(_KINDS) or not entry.name.endswith(".json"):
                continue
            try:
                status = entry.stat(follow_symlinks=False)
            except OSError:
                continue
            if status.st_uid == os.geteuid() and status.st_size <= _SIZE_MAX:
                yield Path(entry.path), status.st_mtime


def _read(path: Path) -> ServerAddress | None:
    try:
        values = json.loads(path.read_text())
        url, token, pid = values["url"], values.get("token") or "", values["pid"]
        os.kill(int(pid), 0)
    except (OSError, ValueError, TypeError, KeyError):
        return None  # of a server that has ended, or of no server
    if not isinstance(url, str) or not isinstance(token, str) or not url.startswith("http"):
        return None
    return ServerAddress(url, token)
