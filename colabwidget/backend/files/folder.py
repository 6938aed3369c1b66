"""The folder of a session, by descriptor: what is below it, and nothing else.

No link is followed below it, whatever an account or a notebook has put there.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from colabwidget.backend.files.names import RefusedError, is_partial
from colabwidget.system.foreign_files import open_folder

_SHOWN_MAX = 1000  # entries

_FULL = (errno.ENOSPC, errno.EDQUOT)
_DENIED = (errno.EACCES, errno.EPERM, errno.EROFS)
_CODES = {
    **dict.fromkeys(_FULL, "full"),
    **dict.fromkeys(_DENIED, "denied"),
    errno.ENOENT: "gone",
    errno.ELOOP: "link",
    errno.ENOTDIR: "link",
    errno.EFBIG: "large",
    errno.ENAMETOOLONG: "name",
    errno.EILSEQ: "name",
    errno.EINVAL: "name",
}


def refusal(error: OSError) -> RefusedError:
    """Return what a page is told of an error of the system."""
    code = _CODES.get(error.errno or 0, "failed")
    return RefusedError(code, f"{error.strerror or type(error).__name__}.")


class Folder:
    """A folder, and what is below it.

    Parameters
    ----------
    descriptor
        Of the folder.
    """

    def __init__(self, descriptor: int) -> None:
        self._top = descriptor

    @contextmanager
    def below(self, names: Sequence[str], *, make: bool = False) -> Iterator[int]:
        """Give the descriptor of a folder below it.

        Parameters
        ----------
        names
            Checked names on the way.
        make
            Whether folders are made that are missing.

        Raises
        ------
        OSError
            Where one is missing, a link, or no folder.
        """
        here = os.dup(self._top)
        try:
            for name in names:
                below = _step(name, here, make)
                os.close(here)
                here = below
            yield here
        finally:
            os.close(here)

    def entries(self, names: Sequence[str]) -> tuple[list[dict[str, Any]], int]:
        """Return what is in a folder, folders first, and how many entries there are in all.

        Raises
        ------
        OSError
            As `below`.
        """
        found = []
        with self.below(names) as here:
            for entry in os.scandir(here):
                if is_partial(entry.name):
                    continue
                try:
                    found.append(_described(entry))
                except OSError:
                    continue  # it has gone
        found.sort(key=lambda each: (each["kind"] != "folder", each["name"].casefold()))
        return found[:_SHOWN_MAX], len(found)


def _step(name: str, above: int, make: bool) -> int:
    try:
        return open_folder(name, dir_fd=above)
    except FileNotFoundError:
        if not make:
            raise
    try:
        os.mkdir(name, 0o777, dir_fd=above)
    except FileExistsError:
        pass  # made meanwhile
    return open_folder(name, dir_fd=above)


def _described(entry: os.DirEntry[str]) -> dict[str, Any]:
    found = entry.stat(follow_symlinks=False)
    kinds: dict[str, Callable[[int], bool]] = {
        "folder": stat.S_ISDIR,
        "file": stat.S_ISREG,
        "link": stat.S_ISLNK,
    }
    kind = next((kind for kind, test in kinds.items() if test(found.st_mode)), "other")
    return {"name": entry.name, "kind": kind, "size": found.st_size, "modified": found.st_mtime}
