"""Mounting in a folder of a home, which the account may exchange at any moment, and unmounting.

What is mounted begins in a folder that only root can reach. From there it gets to the account's
folder by that folder's descriptor, so that no path is followed once the folder has been looked at.
It is found again by its device, wherever the account has moved the folder meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import errno
import os
import pwd
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from colabwidget.core.errors import ColabWidgetError
from colabwidget.runtime import process
from colabwidget.runtime.as_owner import as_uid
from colabwidget.runtime.journal import Journal
from colabwidget.runtime.threads import run_in_thread
from colabwidget.system.foreign_files import open_below

_MOUNTINFO = Path("/proc/self/mountinfo")
_CALL_MAX = 5.0  # seconds
_PAUSE = 0.002  # seconds between two looks at what is mounted
_MS_BIND = 4096  # mount(2)
_MNT_DETACH, _UMOUNT_NOFOLLOW = 2, 8  # umount(2)
_MAKE = 'cd -- "$1" && umask 022 && mkdir -p -- "$2"'


class Folder:
    """A folder in an account's home in which something can be mounted.

    No link is followed below the home: the account may have made it point anywhere.
    """

    def __init__(self, owner: pwd.struct_passwd, folder: str) -> None:
        self.owner = owner
        self._home = Path(owner.pw_dir).resolve()
        self._parts = tuple(folder.split("/"))
        self.path = self._home.joinpath(*self._parts)

    def check(self) -> None:
        """See whether it is free, or can be made; raise ``drive_folder_taken``."""
        if self._home.is_dir() and self._is_there():
            os.close(self.open())

    async def ensure(self) -> bool:
        """Have it there, made by its owner; tell whether it was made."""
        there = self._is_there()
        if not there:
            make = ["sh", "-c", _MAKE, "sh", str(self._home), "/".join(self._parts)]
            await process.output(as_uid(self.owner.pw_uid, self.owner.pw_gid, make))
        return not there

    def open(self) -> int:
        """Return its descriptor, once it was seen to be the owner's own, empty and free.

        Raises
        ------
        ColabWidgetError
            ``drive_folder_taken``.
        """
        try:
            folder = open_below(self._home, self._parts)
        except OSError as error:
            raise self.cannot(error) from error
        try:
            if _is_mounted(folder):
                raise self._taken("Something else is mounted there.")
            if os.listdir(folder):  # noqa: PTH208  a descriptor, not a path
                raise self._taken("There are files in it, which the drive would hide.")
            if os.fstat(folder).st_uid != self.owner.pw_uid:
                raise self._taken(f"It is not {self.owner.pw_name}'s.")
        except OSError as error:
            os.close(folder)
            raise self.cannot(error) from error
        except BaseException:
            os.close(folder)
            raise
        return folder

    def _is_there(self) -> bool:
        try:
            os.close(open_below(self._home, self._parts))
        except FileNotFoundError:
            return False
        except OSError as error:
            raise self.cannot(error) from error
        return True

    def cannot(self, error: OSError) -> ColabWidgetError:
        """Return ``drive_folder_taken``, with what the system has refused about the folder."""
        if error.errno in (errno.ENOTDIR, errno.ELOOP):
            return self._taken("It, or a folder above it, is a file or a link.")
        return self._taken(f"It cannot be used: {error.strerror}.")

    def _taken(self, reason: str) -> ColabWidgetError:
        return ColabWidgetError("drive_folder_taken", folder=self.path, reason=reason)


@dataclass(frozen=True)
class Mount:
    """What is mounted somewhere.

    Parameters
    ----------
    number
        Of this mount, for as long as it is there.
    path
        Where, at this moment.
    device
        Its number, as mountinfo of proc(5) writes it.
    kind, source
        Type and source of the file system.
    """

    number: str
    path: str
    device: str
    kind: str
    source: str

    @property
    def identity(self) -> tuple[str, str]:
        """What tells it from every other mount, wherever it is."""
        return self.device, self.source


def mounts() -> list[Mount]:
    """Return all that is mounted, dead or alive (proc(5), mountinfo)."""
    found = []
    for line in _MOUNTINFO.read_text("utf-8", "surrogateescape").splitlines():
        place, _, rest = line.partition(" - ")
        kind, source = rest.split(" ")[:2]
        words = place.split(" ")
        found.append(Mount(words[0], _plain(words[4]), words[2], kind, _plain(source)))
    return found


def _is_mounted(folder: int) -> bool:
    """Tell whether a folder that was opened is the top of a mount."""
    path, number = Path(f"/proc/self/fd/{folder}").readlink(), _number(folder)
    return any(each.number == number and each.path == str(path) for each in mounts())


def _number(descriptor: int) -> str:
    """Return the number of the mount in which a descriptor is (proc(5), fdinfo)."""
    about = Path(f"/proc/self/fdinfo/{descriptor}").read_text()
    rows = dict(row.split(":", 1) for row in about.splitlines() if ":" in row)
    return rows["mnt_id"].strip()


def mounted_at(path: Path) -> Mount | None:
    """Return what is mounted there; ``None`` for nothing."""
    return next((each for each in reversed(mounts()) if each.path == str(path)), None)


def _plain(text: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal.group(1), 8)), text)


async def move(origin: Path, folder: int) -> None:
    """Take a mount from a folder that only root can reach to another, by its descriptor.

    Parameters
    ----------
    origin
        Where it is.
    folder
        Descriptor of the folder where it is to be.

    Raises
    ------
    OSError
        Where the system refuses it.
    """
    # Moving is refused where mounts propagate, as systemd lets them: so there are two for a moment.
    await _call("mount", os.fsencode(origin), _descriptor(folder), None, _MS_BIND, None)
    with contextlib.suppress(OSError):
        await _call("umount2", os.fsencode(origin), _UMOUNT_NOFOLLOW | _MNT_DETACH)


async def unmount(identity: tuple[str, str], journal: Journal) -> None:
    """Unmount what bindfs shows, wherever it is; what is in use goes with its last use.

    Parameters
    ----------
    identity
        Of the mount; see `Mount`.
    journal
        Gets a line for one that stays.
    """
    await _detach(lambda mount: mount.identity == identity, journal)


async def unmount_below(folder: Path, journal: Journal) -> None:
    """Detach what an account has mounted in a folder of its own, by fusermount(1), or over it."""
    await _detach(lambda mount: Path(mount.path).is_relative_to(folder), journal)


async def _detach(which: Callable[[Mount], bool], journal: Journal) -> None:
    """Detach mounts of FUSE, also while an account moves the folders in which they are."""

    def left() -> list[Mount]:
        return [each for each in reversed(mounts()) if each.kind.startswith("fuse") and which(each)]

    def work() -> None:
        deadline = time.monotonic() + _CALL_MAX
        # A path of mountinfo may be another's by the time it is opened: then it is read again.
        while (found := left()) and time.monotonic() < deadline:
            for mount in found:
                with contextlib.suppress(OSError):
                    _detach_now(mount)
            time.sleep(_PAUSE)

    with contextlib.suppress(TimeoutError, asyncio.TimeoutError):
        await asyncio.wait_for(run_in_thread(work), 2 * _CALL_MAX)
    for mount in left():
        journal.add(f"{mount.path} could not be unmounted.")


def _detach_now(mount: Mount) -> None:
    """Detach this mount and no other; no link is followed on the way to it.

    Raises
    ------
    OSError
        Where it is not at its path, or the system refuses it.
    """
    *above, name = mount.path.strip("/").split("/")
    folder = open_below("/", tuple(above))
    try:
        # Opened so, a dead mount is not asked for anything.
        top = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
    finally:
        os.close(folder)
    try:
        if _number(top) == mount.number:
            _system_call("umount2", _descriptor(top), _MNT_DETACH)
    finally:
        os.close(top)


def _descriptor(number: int) -> bytes:
    return f"/proc/self/fd/{number}".encode()


async def _call(name: str, *arguments: Any) -> None:
    """Call a function of the C library that may block; raise `OSError` where it fails."""
    try:
        await asyncio.wait_for(run_in_thread(lambda: _system_call(name, *arguments)), _CALL_MAX)
    except (TimeoutError, asyncio.TimeoutError):
        raise OSError(errno.EBUSY, os.strerror(errno.EBUSY)) from None


def _system_call(name: str, *arguments: Any) -> None:
    library: Any = ctypes.CDLL(None, use_errno=True)
    if getattr(library, name)(*arguments):
        failed = ctypes.get_errno()
        raise OSError(failed, os.strerror(failed))
