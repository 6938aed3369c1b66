"""Files and folders that go to a page: a file as it is, a folder as a zip made on the way."""

from __future__ import annotations

import hashlib
import os
import stat
import time
import zipfile
from collections.abc import Callable, Iterator
from typing import NamedTuple

from colabwidget.backend.files.folder import Folder, refusal
from colabwidget.backend.files.frames import Frames, Table
from colabwidget.backend.files.names import RefusedError, checked, is_partial, shown
from colabwidget.system.foreign_files import open_file, open_folder

_PIECE = 256 * 1024  # bytes
_TELL_EVERY = 0.25  # seconds
_DEPTH_MAX = 100
_FIRST_DATE = (1980, 1, 1, 0, 0, 0)  # that a zip can have


class _Changed(Exception):
    """A file is shorter than it was."""


def give(frames: Frames, folder: Folder, table: Table, title: str) -> None:
    """Send a file, or a folder as a zip, from a byte on.

    Parameters
    ----------
    frames
        The page's end.
    folder
        What the path begins at.
    table
        The page's: ``path``, ``at``, ``etag``; what has another etag is sent from its begin.
    title
        Names the folder itself.

    Raises
    ------
    RefusedError
        Where it is neither, or has become shorter.
    OSError
        What the system says.
    """
    path = checked(table.get("path"))
    given = table.get("at")
    at = given if type(given) is int and given > 0 else 0
    etag = str(table.get("etag"))
    *above, name = path or ("",)
    with folder.below(above) as here:
        mode = os.stat(name, dir_fd=here, follow_symlinks=False).st_mode if name else stat.S_IFDIR
        if stat.S_ISREG(mode):
            _give_file(frames, here, name, at, etag)
        elif stat.S_ISDIR(mode):
            top = open_folder(name, dir_fd=here) if name else os.dup(here)
            try:
                _give_zip(frames, top, name or title, at, etag)
            finally:
                os.close(top)
        else:
            raise RefusedError("link", "It is a link or no regular file.")


def _give_file(frames: Frames, here: int, name: str, at: int, etag: str) -> None:
    file = open_file(name, dir_fd=here)
    try:
        found = os.fstat(file)
        own = f"{found.st_ino}-{found.st_size}-{found.st_mtime_ns}"
        at = at if own == etag and at <= found.st_size else 0
        frames.send({"type": "file", "name": name, "size": found.st_size, "etag": own, "at": at})
        os.lseek(file, at, os.SEEK_SET)
        for data in _pieces(file, found.st_size - at):
            frames.send_data(data)
    except _Changed:
        raise RefusedError("changed", "It has become shorter meanwhile.") from None
    finally:
        os.close(file)
    frames.send({"type": "end", "left_out": 0})


def _pieces(file: int, count: int) -> Iterator[bytes]:
    while count:
        data = os.read(file, min(_PIECE, count))
        if not data:
            raise _Changed
        count -= len(data)
        yield data


# Folders


class _Entry(NamedTuple):
    """What goes into a zip."""

    path: tuple[str, ...]
    is_folder: bool
    size: int
    modified: int  # nanoseconds
    mode: int


def _tree(top: int, path: tuple[str, ...] = ()) -> Iterator[_Entry | None]:
    """Yield what is below a folder, in an order that stays; ``None`` for what is left out."""
    for name in sorted(os.listdir(top)):
        if is_partial(name):
            continue
        try:
            found = os.stat(name, dir_fd=top, follow_symlinks=False)
            is_folder = stat.S_ISDIR(found.st_mode)
            if not is_folder and not stat.S_ISREG(found.st_mode):
                yield None
                continue
            below = open_folder(name, dir_fd=top) if is_folder else -1
        except OSError:
            yield None
            continue
        size = 0 if is_folder else found.st_size
        yield _Entry((*path, name), is_folder, size, found.st_mtime_ns, found.st_mode)
        if not is_folder:
            continue
        try:
            if len(path) < _DEPTH_MAX:
                yield from _tree(below, (*path, name))
            else:
                yield None
        except OSError:
            yield None
        finally:
            os.close(below)


class _Output:
    """What the zip is written into: it goes to the page, but for what the page has already."""

    def __init__(self, frames: Frames, skipped: int) -> None:
        self._frames = frames
        self._skipped = skipped
        self._waiting = bytearray()

    def write(self, data: bytes, /) -> int:
        left_out = min(self._skipped, len(data))
        self._skipped -= left_out
        self._waiting += memoryview(data)[left_out:]
        while len(self._waiting) >= _PIECE:
            self._send(_PIECE)
        return len(data)

    def flush(self) -> None:
        """Do nothing: `end` sends the rest."""

    def close(self) -> None:
        """Do nothing: the zip is a part of what is sent."""

    def end(self) -> None:
        """Send the rest."""
        if self._waiting:
            self._send(len(self._waiting))

    def _send(self, count: int) -> None:
        data = bytes(self._waiting[:count])
        del self._waiting[:count]
        self._frames.send_data(data)


def _give_zip(frames: Frames, top: int, title: str, at: int, etag: str) -> None:
    entries, left_out, total = [], 0, 0
    digest = hashlib.sha256()
    for entry in _tree(top):
        if entry is None:
            left_out += 1
            continue
        entries.append(entry)
        total += entry.size
        digest.update(repr(entry).encode())
    own = digest.hexdigest()[:32]
    at = at if own == etag else 0
    told = {"name": f"{title}.zip", "size": None, "total": total, "etag": own, "at": at}
    frames.send({"type": "file", **told})
    output = _Output(frames, at)
    tell = _Telling(frames)
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for entry in entries:
            try:
                _add(archive, top, entry, tell.read)
            except OSError:
                left_out += 1
    output.end()
    frames.send({"type": "end", "left_out": left_out})


class _Telling:
    """Tells the page now and then how much of the folder was read."""

    def __init__(self, frames: Frames) -> None:
        self._frames = frames
        self._read = 0
        self._next_at = 0.0

    def read(self, count: int) -> None:
        """Note that so many bytes were read."""
        self._read += count
        if time.monotonic() >= self._next_at:
            self._next_at = time.monotonic() + _TELL_EVERY
            self._frames.send({"type": "read", "bytes": self._read})


def _add(archive: zipfile.ZipFile, top: int, entry: _Entry, on_read: Callable[[int], None]) -> None:
    """Add a file or an empty entry for a folder.

    Raises
    ------
    OSError
        Where it cannot be opened; nothing is added then.
    RefusedError
        Where it becomes shorter while it is read.
    """
    date = time.localtime(entry.modified // 1_000_000_000)[:6]
    name = "/".join(map(shown, entry.path)) + ("/" if entry.is_folder else "")
    info = zipfile.ZipInfo(name, max(date, _FIRST_DATE))
    info.external_attr = (entry.mode & 0xFFFF) << 16
    info.compress_type = zipfile.ZIP_DEFLATED
    info.file_size = entry.size
    if entry.is_folder:
        info.external_attr |= 0x10  # a folder, to MS-DOS
        archive.writestr(info, b"")
        return
    with Folder(top).below(entry.path[:-1]) as here:
        file = open_file(entry.path[-1], dir_fd=here)
    try:
        with archive.open(info, "w") as member:
            for data in _pieces(file, entry.size):
                member.write(data)
                on_read(len(data))
    except (_Changed, OSError) as error:
        if isinstance(error, (BrokenPipeError, ConnectionError)):
            raise
        raise RefusedError("changed", f"{shown(entry.path[-1])} has changed meanwhile.") from error
    finally:
        os.close(file)


def answer(frames: Frames, error: OSError | RefusedError) -> None:
    """Tell the page why something is not done."""
    refused = error if isinstance(error, RefusedError) else refusal(error)
    told = {"code": refused.code, "reason": refused.reason, **refused.details}
    frames.send({"type": "failed", "n": 0, **told})
