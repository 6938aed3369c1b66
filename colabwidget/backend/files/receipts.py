"""What one upload has put in place, kept beyond the process that did it.

An answer may be lost with its stream after a file got its name. The next stream of the same upload
finds the file by what was noted here just before, so that its page is not asked about its own file.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from types import MappingProxyType

#: A file's device and inode.
Identity = tuple[int, int]


class Receipts:
    """The notes of one upload.

    Parameters
    ----------
    descriptor
        Of a file that all processes of this upload inherit.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._before = _read(descriptor)

    @property
    def before(self) -> Mapping[str, Identity]:
        """What earlier processes were about to put in place, by the keys of `note`."""
        return MappingProxyType(self._before)

    def note(self, key: str, file: Identity) -> None:
        """Note that a file is about to get its name. Where that fails, its page may have to ask."""
        with contextlib.suppress(OSError):
            os.write(self._descriptor, f"{key} {file[0]} {file[1]}\n".encode())


def _read(descriptor: int) -> dict[str, Identity]:
    found = {}
    with contextlib.suppress(OSError):
        text = os.pread(descriptor, os.fstat(descriptor).st_size, 0).decode("ascii", "replace")
        for line in text.splitlines():
            with contextlib.suppress(ValueError):
                key, device, inode = line.split(" ")
                found[key] = int(device), int(inode)
    return found
