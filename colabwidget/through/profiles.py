"""What a paired computer keeps: a folder in ``~/.ssh``, readable by its owner only."""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from colabwidget.through.address import Address
from colabwidget.through.faults import Fault
from colabwidget.through.pairing import Machine

_NAME = r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}"
#: The name for ssh, unless another is asked for.
NAME = "colabwidget"


@dataclass(frozen=True)
class Profile:
    """A notebook's machine that this computer is paired with.

    Parameters
    ----------
    name
        For ssh.
    url
        Address of the notebook's server.
    machine
        What the far end needs.
    client, key
        By what the far end knows this computer.
    token
        The server's; empty where the environment has it.
    way
        The one that has worked last.
    insecure
        Whether a server without TLS is taken on.
    cafile
        Certificates that are trusted as the system's are; empty for none.
    tmux
        Whether a shell there stays, and the next one comes back to it.
    page
        Whether a page of the notebook is the bridge to the server.
    insists
        Whether that way was asked for, so that no other is taken.
    """

    name: str
    url: str
    machine: Machine
    client: bytes
    key: bytes = field(repr=False)
    token: str = field(default="", repr=False)
    way: str = ""
    insecure: bool = False
    cafile: str = ""
    tmux: bool = False
    page: bool = False
    insists: bool = False

    @property
    def address(self) -> Address:
        """Where the server is."""
        return Address.parse(self.url)[0]


class Profiles:
    """All of them.

    Parameters
    ----------
    folder
        ``~/.ssh``.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.ssh = folder or Path("~").expanduser() / ".ssh"
        self.folder = self.ssh / "colabwidget"

    def path(self, name: str, suffix: str) -> Path:
        """Return a file of one of them."""
        return self.folder / f"{check_name(name)}{suffix}"

    def names(self) -> list[str]:
        """Return the names that there are."""
        return sorted(path.stem for path in self.folder.glob("*.json"))

    def all(self) -> Iterator[Profile]:
        """Yield those that can be read."""
        for name in self.names():
            try:
                yield self.load(name)
            except Fault:
                continue

    def attached(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the names that `colabwidget.attach` has written, each with its place."""
        for name in self.names():
            try:
                yield name, json.loads(self.path(name, ".json").read_text())["attached"]
            except (OSError, ValueError, TypeError, KeyError):
                continue

    def load(self, name: str) -> Profile:
        """Return one of them.

        Raises
        ------
        Fault
            Where there is none of that name.
        """
        try:
            values = json.loads(self.path(name, ".json").read_text())
            if "attached" in values:
                raise Fault(f"{name} is attached to a tunnel: it needs no way through a server.")
            machine = Machine(**values.pop("machine"))
            client, key = (base64.b64decode(values.pop(each)) for each in ("client", "key"))
            return Profile(name=name, machine=machine, client=client, key=key, **values)
        except FileNotFoundError:
            raise Fault(f"This computer is not paired under the name {name}.") from None
        except (OSError, ValueError, TypeError, KeyError):
            raise Fault(f"What is kept for {name} cannot be read: pair it again.") from None

    def save(self, profile: Profile) -> None:
        """Keep one of them."""
        values = asdict(profile)
        del values["name"]
        for each in ("client", "key"):
            values[each] = base64.b64encode(values[each]).decode()
        text = json.dumps(values, indent=1) + "\n"
        write_private(self.path(profile.name, ".json"), text.encode())

    def make_folder(self) -> None:
        """Have the folder, for its owner only."""
        for folder in (self.ssh, self.folder):
            folder.mkdir(mode=0o700, exist_ok=True)


def check_name(name: str) -> str:
    """Return a name that can be a file's and a host's in ssh's files.

    Raises
    ------
    Fault
        For another one.
    """
    if not re.fullmatch(_NAME, name):
        raise Fault("A name has letters, digits, hyphens and underscores only.")
    return name


def write_private(path: Path, data: bytes) -> None:
    """Write a file for its owner only, whole or not at all."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
