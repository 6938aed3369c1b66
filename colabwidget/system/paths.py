"""Where the backend keeps its files."""

from __future__ import annotations

import fcntl
import os
import stat
from pathlib import Path


def runtime_directory() -> Path:
    """Return where socket, journal and the children's private files are, without making it.

    ``$XDG_RUNTIME_DIR/colabwidget``, else ``/run/colabwidget`` for root, else
    ``~/.cache/colabwidget/run``, else, where the home cannot be written, ``/tmp/colabwidget-UID``.
    A backend that runs is found in any of these, also where the home can no longer be written.
    """
    if base := os.environ.get("XDG_RUNTIME_DIR"):
        return Path(base) / "colabwidget"
    if os.geteuid() == 0:
        return Path("/run/colabwidget")
    spare = Path(f"/tmp/colabwidget-{os.geteuid()}")  # noqa: S108  checked before it is used
    own = _below_home(".cache/colabwidget/run")
    if own is None or is_served(spare):
        return spare
    return own if _can_be_written(own) or is_served(own) else spare


def state_directory() -> Path:
    """Return where the host key is kept for the machine's life, without making it.

    ``$XDG_STATE_HOME/colabwidget``, else ``/var/lib/colabwidget`` for root, else
    ``~/.local/state/colabwidget``, else, where the home cannot be written, a folder of the runtime
    directory.
    """
    if base := os.environ.get("XDG_STATE_HOME"):
        return Path(base) / "colabwidget"
    if os.geteuid() == 0:
        return Path("/var/lib/colabwidget")
    own = _below_home(".local/state/colabwidget")
    return own if own and _can_be_written(own) else runtime_directory() / "state"


def socket_path() -> Path:
    """Return the path of the backend's Unix socket."""
    return runtime_directory() / "backend.sock"


def may_be_served() -> bool:
    """Tell whether a backend's socket is there; in a directory of another account, none is."""
    try:
        return socket_path().exists()
    except OSError:
        return False


def streams_path() -> Path:
    """Return the path of the Unix socket of shells and desktops inside a page."""
    return runtime_directory() / "streams.sock"


def _below_home(place: str) -> Path | None:
    try:
        return Path.home() / place
    except RuntimeError:
        return None  # the account is not in /etc/passwd, as in some containers


def _can_be_written(directory: Path) -> bool:
    """Tell whether files can be made in a directory, whether it exists or not.

    The answer for another account's directory is yes, so that it is refused and not avoided.
    """
    there = next(path for path in (directory, *directory.parents) if os.access(path, os.F_OK))
    if there == directory and there.stat().st_uid != os.geteuid():
        return True
    return os.access(there, os.W_OK | os.X_OK, effective_ids=True)


def is_served(directory: Path) -> bool:
    """Tell whether a backend of our account runs in a directory: it then holds the lock.

    Parameters
    ----------
    directory
        A runtime directory, which may be missing.
    """
    try:
        found = directory.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
            return False
        lock = os.open(directory / "lock", os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False
