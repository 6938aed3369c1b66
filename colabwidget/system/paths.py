"""Where the backend keeps its files."""

from __future__ import annotations

import fcntl
import os
import stat
from pathlib import Path

from colabwidget.core.errors import ColabWidgetError
from colabwidget.system import accounts
from colabwidget.system.files import ensure_private
from colabwidget.system.places import Place
from colabwidget.system.rights import user_id

# Where root's folders are made: what runs, and what stays.
RUN_BASE = "/run"
STATE_BASE = "/var/lib"
# Folders in which every account may make its own.
SHARED_BASES = ("/tmp", "/var/tmp", "/dev/shm")  # noqa: S108  checked before they are used


def runtime_directory() -> Path:
    """Return where socket, journal and the children's private files are, without making it.

    ``$XDG_RUNTIME_DIR/colabwidget``, else ``/run/colabwidget`` for root, else
    ``~/.cache/colabwidget/run``, else ``/tmp/colabwidget-UID``, or the same in ``/var/tmp`` or
    ``/dev/shm``: the first that is the account's alone and whose file system has locks and Unix
    sockets. A backend that runs is found in any of these, also where that has changed meanwhile.
    """
    return _runtime_place()[0].directory


def ensure_runtime_directory() -> Path:
    """Return the runtime directory, made where it is missing.

    Raises
    ------
    ColabWidgetError
        ``runtime_directory`` where no place can be used.
    """
    place, fault = _runtime_place()
    # A lock that another account holds there tells nothing: no backend is to begin in its reach.
    directory, fault = place.directory, fault or place.exposure()
    if fault:
        raise ColabWidgetError("runtime_directory", path=directory, reason=fault)
    return ensure_private(directory)


def _runtime_place() -> tuple[Place, str]:
    """Return the place of the runtime directory, and why it cannot be used where none can."""
    given = os.environ.get("XDG_RUNTIME_DIR")
    wanted = [Place(Path(given, "colabwidget"), Path(given))] if given else []
    if wanted and (is_served(wanted[0].directory) or not wanted[0].fault()):
        return wanted[0], ""
    places = [*_system_place(RUN_BASE), *_home_place(".cache/colabwidget/run")]
    places += [Place(Path(base, f"colabwidget-{user_id()}"), Path(base)) for base in SHARED_BASES]
    for place in places:
        if is_served(place.directory):
            return place, ""
    for place in places:
        if not place.fault():
            return place, ""
    first = (wanted or places)[0]
    return first, first.fault()


def state_directory() -> Path:
    """Return where the host key is kept for the machine's life, without making it.

    ``$XDG_STATE_HOME/colabwidget``, else ``/var/lib/colabwidget`` for root, else
    ``~/.local/state/colabwidget``, else a folder of the runtime directory: the first that is the
    account's alone.
    """
    given = os.environ.get("XDG_STATE_HOME")
    places = [Place(Path(given, "colabwidget"), Path(given), sockets=False)] if given else []
    places += _system_place(STATE_BASE, sockets=False)
    places += _home_place(".local/state/colabwidget", sockets=False)
    for place in places:
        if not place.fault():
            return place.directory
    return runtime_directory() / "state"


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


def through_path() -> Path:
    """Return the path of the Unix socket for clients that come through the notebook's server."""
    return runtime_directory() / "through.sock"


def _system_place(base: str, *, sockets: bool = True) -> list[Place]:
    return [Place(Path(base, "colabwidget"), Path(base), sockets=sockets)] if user_id() == 0 else []


def _home_place(below: str, *, sockets: bool = True) -> list[Place]:
    home = accounts.home()
    # Root may have the home of the account that has become root.
    is_kept = user_id() == 0 and home != Path(accounts.own().pw_dir)
    return [Place(home / below, home, base_is_home=True, home_is_kept=is_kept, sockets=sockets)]


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
    except (OSError, ValueError):
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False  # the file system has no locks
    finally:
        os.close(lock)
    return False
