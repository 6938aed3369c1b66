"""Files that another account owns, or can put in the place of ours: opened so that none does harm.

A name that an account can write may be a link to anywhere, a pipe that blocks in open(2), a device,
or another file a moment later. So root opens such names here only: it follows no link, waits for
nothing, and looks at what it has opened, not at what the name said before.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

_FLAGS = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_SIZE_MAX = 65_536  # bytes
_LINKS_MAX = 40  # as the kernel follows


def open_file(path: str | Path, *, dir_fd: int | None = None) -> int:
    """Open a regular file for reading, and return its descriptor.

    Parameters
    ----------
    path
        Its path; of the folders above, no other account may write in any.
    dir_fd
        Descriptor of the folder that a relative path begins at.

    Raises
    ------
    OSError
        Where it is missing, a link, or no regular file.
    """
    descriptor = os.open(path, os.O_RDONLY | _FLAGS, dir_fd=dir_fd)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "It is no regular file", str(path))
    return descriptor


def read_file(path: str | Path, *, size: int = _SIZE_MAX, dir_fd: int | None = None) -> bytes:
    """Return the beginning of a regular file.

    Parameters
    ----------
    path, dir_fd
        As in `open_file`.
    size
        Bytes at most.

    Raises
    ------
    OSError
        As `open_file`.
    """
    descriptor = open_file(path, dir_fd=dir_fd)
    try:
        return os.read(descriptor, size)
    finally:
        os.close(descriptor)


def open_folder(path: str | Path, *, dir_fd: int | None = None) -> int:
    """Open a folder, and return its descriptor.

    Parameters
    ----------
    path, dir_fd
        As in `open_file`.

    Raises
    ------
    OSError
        Where it is missing, a link, or no folder.
    """
    return os.open(path, os.O_RDONLY | os.O_DIRECTORY | _FLAGS, dir_fd=dir_fd)


def open_below(top: str | Path, parts: tuple[str, ...]) -> int:
    """Open a folder below another without following a link on the way; return its descriptor.

    Parameters
    ----------
    top
        Where the way begins; links in its own path are followed, and only root may have made any.
    parts
        Names of the folders on the way.

    Raises
    ------
    OSError
        Where one of them is missing, a link, or no folder.
    """
    here = os.open(top, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    for part in parts:
        above = here
        try:
            here = open_folder(part, dir_fd=above)
        finally:
            os.close(above)
    return here


def steps_to(path: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Yield each folder and link that the kernel passes on its way to a path, and what is there.

    An account that can change one of them decides where the path leads: also a folder in which one
    link leads to another. A link below ``/proc`` to what a process has open is passed as the kernel
    passes it (proc(5)): its text may name another folder, or one that is gone.

    Raises
    ------
    OSError
        Where one is missing, links lead round in a circle, or ``..`` follows a link of ``/proc``.
    """
    here, links = Path("/"), 0
    ahead = [*reversed(path.absolute().parts[1:])]
    while ahead:
        part = ahead.pop()
        if part == "..":
            if here.is_symlink():  # one of /proc: what is above it has no path here
                raise OSError(errno.EINVAL, "It leads above a link of /proc", str(path))
            here = here.parent
            continue
        step = here / part
        found = step.lstat()
        yield step, found
        if not stat.S_ISLNK(found.st_mode):
            here = step
            continue
        links += 1
        if links > _LINKS_MAX:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
        target = step.readlink()
        if target.is_absolute() and _is_of_proc(found):
            yield step, step.stat()
            here = step
            continue
        here = Path("/") if target.is_absolute() else here
        ahead += [part for part in reversed(target.parts) if part != "/"]


def _is_of_proc(found: os.stat_result) -> bool:
    """Tell whether a file is one of the kernel's own below ``/proc``."""
    proc = Path("/proc").lstat().st_dev
    return found.st_dev == proc != Path("/").lstat().st_dev


def is_open_to_others(found: os.stat_result) -> bool:
    """Tell whether other accounts may exchange what is in a folder; in one as /tmp they may not."""
    shared = found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return stat.S_ISDIR(found.st_mode) and bool(shared) and not found.st_mode & stat.S_ISVTX


def is_there(path: str | Path) -> bool:
    """Tell whether a name is taken, by whatever; a link is not followed."""
    return os.path.lexists(path)


def give_tree(top: Path, uid: int, gid: int) -> None:
    """Give a private folder with all that is in it to an account, the top last.

    Until then the account cannot get in, and so cannot exchange what is still to be given.

    Parameters
    ----------
    top
        A folder of this process's account and of mode 0700.
    uid, gid
        The account that gets it, and its group.

    Raises
    ------
    OSError
        Where it is no such folder, or cannot be given away.
    """
    descriptor = open_folder(top)
    try:
        found = os.fstat(descriptor)
        if found.st_uid != os.geteuid() or found.st_mode & 0o077:
            raise OSError(errno.EPERM, "It is not closed to other accounts", str(top))
        walk = os.fwalk(".", topdown=False, follow_symlinks=False, dir_fd=descriptor)
        for _, folders, files, here in walk:
            for name in (*folders, *files):
                os.chown(name, uid, gid, dir_fd=here, follow_symlinks=False)
        os.fchown(descriptor, uid, gid)
    finally:
        os.close(descriptor)
