"""Folders of a home to mount in, what is mounted on the machine, and unmounting."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import errno
import os
import pwd
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from colabwidget.core.errors import ColabWidgetError
from colabwidget.runtime.journal import Journal
from colabwidget.runtime.threads import run_in_thread

_MOUNTINFO = Path("/proc/self/mountinfo")
_UNMOUNT_MAX = 5.0  # seconds
_MNT_DETACH, _UMOUNT_NOFOLLOW = 2, 8  # umount(2)


class Folder:
    """A folder in an account's home in which something can be mounted.

    No link is followed below the home: the account may have made it point anywhere.
    """

    def __init__(self, owner: pwd.struct_passwd, folder: str) -> None:
        self.owner = owner
        self._home = Path(owner.pw_dir).resolve()
        self._parts = folder.split("/")
        self.path = self._home.joinpath(*self._parts)

    def check(self) -> None:
        """See whether it is free, or can be made; raise ``drive_folder_taken``."""
        if self._home.is_dir():
            self._walk(make=False)

    def ensure(self) -> bool:
        """Have it there, the owner's own and empty; tell whether it was made."""
        return self._walk(make=True)

    def _walk(self, *, make: bool) -> bool:
        made = False
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
        try:
            here = os.open(self._home, flags)
        except OSError as error:
            raise self._taken(f"{self._home} cannot be used: {error.strerror}.") from error
        try:
            for part in self._parts:
                if make:
                    made = self._make(part, here)
                there = os.open(part, flags | os.O_NOFOLLOW, dir_fd=here)
                os.close(here)
                here = there
            if is_mounted(self.path):
                raise self._taken("Something else is mounted there.")
            if os.listdir(here):  # noqa: PTH208  a descriptor, not a path
                raise self._taken("There are files in it, which the drive would hide.")
        except FileNotFoundError:
            return False
        except OSError as error:
            if error.errno in (errno.ENOTDIR, errno.ELOOP):
                raise self._taken("It, or a folder above it, is a file or a link.") from error
            raise self._taken(f"It cannot be used: {error.strerror}.") from error
        finally:
            os.close(here)
        return made

    def _make(self, part: str, here: int) -> bool:
        try:
            os.mkdir(part, 0o755, dir_fd=here)
        except FileExistsError:
            return False
        os.chown(part, self.owner.pw_uid, self.owner.pw_gid, dir_fd=here, follow_symlinks=False)
        return True

    def _taken(self, reason: str) -> ColabWidgetError:
        return ColabWidgetError("drive_folder_taken", folder=self.path, reason=reason)


def is_mounted(path: Path) -> bool:
    """Tell whether something is mounted there, dead or alive (proc(5), mountinfo)."""
    return str(path) in _mounts()


def _mounts() -> dict[str, str]:
    """Return the type of each mount by its place."""
    found = {}
    for line in _MOUNTINFO.read_text("utf-8", "surrogateescape").splitlines():
        place, _, rest = line.partition(" - ")
        found[_plain(place.split(" ")[4])] = rest.split(" ")[0]
    return found


def _plain(text: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal.group(1), 8)), text)


async def unmount(path: Path, journal: Journal) -> None:
    """Unmount what bindfs shows there; a mount in use is detached, and goes with its last use."""
    if not _mounts().get(str(path), "").startswith("fuse"):
        return
    outcome: list[int] = []
    try:
        await asyncio.wait_for(run_in_thread(_call(path, _UMOUNT_NOFOLLOW, outcome)), _UNMOUNT_MAX)
    except (TimeoutError, asyncio.TimeoutError):
        outcome.append(errno.EBUSY)
    if outcome[0] == 0:
        return
    journal.add(f"{path} is in use: it is unmounted as it is ({os.strerror(outcome[0])}).")
    outcome.clear()
    with contextlib.suppress(TimeoutError, asyncio.TimeoutError):
        await asyncio.wait_for(
            run_in_thread(_call(path, _UMOUNT_NOFOLLOW | _MNT_DETACH, outcome)), _UNMOUNT_MAX
        )
    if outcome != [0]:
        journal.add(f"{path} could not be unmounted.")


def _call(path: Path, flags: int, outcome: list[int]) -> Callable[[], None]:
    def work() -> None:
        library: Any = ctypes.CDLL(None, use_errno=True)
        failed = library.umount2(os.fsencode(path), flags)
        outcome.append(ctypes.get_errno() if failed else 0)

    return work
