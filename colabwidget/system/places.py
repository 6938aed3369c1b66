"""Whether a directory is a place for sockets, locks and keys.

It has to be the account's alone, and its file system has to have what they need: a home may be read
only, on Lustre without locks (flock(2): ENOSYS), on SMB, AFS or FUSE without Unix sockets (bind(2):
EPERM), or on one that gives every file the mode 0777.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from colabwidget.system.foreign_files import is_open_to_others, steps_to

# sun_path of unix(7) holds 108 bytes, the final NUL among them.
_SOCKET_PATH_MAX = 107
_SOCKET = "backend.sock"  # the longer name of the two
# What a path in OpenSSH's configuration cannot have in all of its versions.
_ODD = frozenset("\"'\\%$`")
# What another place does not mend, or what passes.
_PASSING = {errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS}
_NO_ACCOUNT = 65_534  # shown as the owner of what is another user namespace's

# What is known of file systems, by a folder's device, its number, and whether sockets were tried.
probed: dict[tuple[int, int, bool], str] = {}


@dataclass(frozen=True)
class Place:
    """A directory that may be used.

    Parameters
    ----------
    directory
        It, which may be missing.
    base
        The folder, such as ``$XDG_RUNTIME_DIR``, in which it is or is to be made.
    base_is_home
        Whether that is the account's home. An account that can write a home or a folder above it
        can be the home's owner anyway, so that nothing is gained by looking at them.
    home_is_kept
        Whether it is the home only because ``su`` or ``sudo`` have kept ``$HOME``: then they are
        looked at.
    sockets
        Whether Unix sockets and locks are to be in it.
    """

    directory: Path
    base: Path
    base_is_home: bool = False
    home_is_kept: bool = False
    sockets: bool = True

    def fault(self) -> str:
        """Return why it cannot be used, for people; empty where it can.

        Where the base is the account's own, a directory in it that is not, or that is a link, is no
        fault of the place: it is to be refused and not avoided.
        """
        name = str(self.directory)
        if not self.directory.is_absolute() or not name.isprintable() or _ODD & set(name):
            return "Its path has characters that the files of OpenSSH cannot have."
        if self.sockets and len(os.fsencode(self.directory / _SOCKET)) > _SOCKET_PATH_MAX:
            return "Its path is too long for a socket."
        try:
            return self._fault()
        except OSError as error:
            return "" if error.errno in _PASSING else f"{error.strerror}."

    def _fault(self) -> str:
        own_base = _exists(self.base) and _is_own(self.base.stat())
        if self.base_is_home and not (_exists(self.base) and _is_trusted(self.base.stat())):
            return "The home is missing or belongs to another account."
        there = self._nearest()
        if there == self.directory:
            found = there.lstat()
            if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
                return "" if own_base else "It belongs to another account, or is a link or a file."
        if exposure := self._exposure(there):
            return exposure
        if not os.access(there, os.W_OK | os.X_OK, effective_ids=True):
            return f"{there} cannot be written."
        return _probe(there, self.sockets)

    def exposure(self) -> str:
        """Return which other account could exchange what is in it, for people; empty for none.

        It matters wherever a backend begins, also where one seems to run already.
        """
        try:
            return self._exposure(self._nearest())
        except OSError as error:
            return f"{error.strerror}."

    def _nearest(self) -> Path:
        """Return it, or the nearest folder above it that is there."""
        return next(path for path in (self.directory, *self.directory.parents) if _exists(path))

    def _exposure(self, there: Path) -> str:
        passes_home = self.base_is_home and not self.home_is_kept
        for step, found in steps_to(there):
            # Where another account has / itself, the whole machine is that account's.
            passed = passes_home and self.base.resolve().is_relative_to(step.resolve())
            if passed or step == self.directory:
                continue
            if not _is_trusted(found):
                return f"{step} belongs to another account."
            if is_open_to_others(found):
                return f"Other accounts may write in {step}."
        return ""


def _exists(path: Path) -> bool:
    """Tell whether a file of that name is there; a link counts, wherever it leads."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def _is_own(found: os.stat_result) -> bool:
    """Tell whether a folder is ours, and not shared by all as /tmp is, which may be root's."""
    return found.st_uid == os.geteuid() and not found.st_mode & stat.S_IWOTH


def _is_trusted(found: os.stat_result) -> bool:
    """Tell whether a file is root's or ours, or of an account that is not in our user namespace."""
    return found.st_uid in (0, os.geteuid()) or (found.st_uid == _NO_ACCOUNT and _is_narrow())


def _is_narrow() -> bool:
    """Tell whether our user namespace has not that account."""
    with contextlib.suppress(OSError, ValueError):
        rows = [line.split() for line in Path("/proc/self/uid_map").read_text().splitlines()]
        return not any(int(row[0]) <= _NO_ACCOUNT < int(row[0]) + int(row[2]) for row in rows)
    return False


def _probe(folder: Path, sockets: bool) -> str:
    """Return what the file system of a folder lacks; tried once in a process."""
    found = folder.stat()
    key = (found.st_dev, found.st_ino, sockets)
    if key not in probed:
        probed[key] = _tried(folder, sockets)
    return probed[key]


def _tried(folder: Path, sockets: bool) -> str:
    import tempfile  # not cheap, and most processes find a backend that runs

    tried = Path(tempfile.mkdtemp(prefix=".colabwidget-", dir=folder))
    place = os.open(tried, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with open(  # noqa: PTH123
            os.open("lock", os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600, dir_fd=place), "r+"
        ) as file:
            for made in (os.fstat(place), os.fstat(file.fileno())):
                if made.st_mode & 0o077 or made.st_uid != os.geteuid():
                    return "Its file system has no owners and modes."
            if sockets:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _bind(place)
    except OSError as error:
        if error.errno in _PASSING:
            raise
        return f"Its file system has no locks or no Unix sockets: {error.strerror}."
    finally:
        for name in ("lock", "socket"):
            with contextlib.suppress(OSError):
                os.unlink(name, dir_fd=place)
        os.close(place)
        with contextlib.suppress(OSError):
            tried.rmdir()
    return ""


def _bind(folder: int) -> None:
    import socket

    with socket.socket(socket.AF_UNIX) as probe:
        probe.bind(f"/proc/self/fd/{folder}/socket")  # short, however long the folder's path is
