"""Numbered lines on disk, in a few files with a limit on their total size."""

from __future__ import annotations

import bisect
import contextlib
import os
from collections.abc import Sequence
from pathlib import Path

SEGMENT_MAX = 32 << 20  # bytes; two of them are kept
_SEGMENTS_MAX = 8  # a full disk makes short ones
_INDEX_EVERY = 64 << 10  # bytes
_FULL = "the disk was full"


class Segments:
    """The lines on disk; the oldest are removed for the newest.

    Parameters
    ----------
    path
        The first file; the others have a number after its name. Files that exist are removed.
    segment_max
        Bytes after which the next file is begun; older files may hold as many together.
    """

    def __init__(self, path: Path, segment_max: int = SEGMENT_MAX) -> None:
        self._path = path
        self._segment_max = segment_max
        self._made = 0
        self._kept: list[_Segment] = []
        self._let_go = _FULL  # why the oldest lines were removed
        for left in path.parent.glob(f"{path.name}*"):
            left.unlink()

    @property
    def end(self) -> int:
        """Number after that of the last line on disk."""
        return self._kept[-1].end if self._kept else 0

    def append(self, number: int, lines: Sequence[str]) -> bool:
        """Write lines, the first of which has a number; tell whether all of them found room."""
        data = "".join(f"{line}\n" for line in lines).encode(errors="replace")
        while not self._write(number, data, len(lines)):
            # Older lines of this journal may fill the disk.
            if len(self._kept) < 2:
                return False
            self._let_go_oldest(_FULL)
        return True

    def read(self, number: int, stop: int, limit: int) -> tuple[int, list[str]]:
        """Return some lines, with the number of the first.

        Parameters
        ----------
        number, stop
            The lines wanted, the last one not among them; both numbers have been given.
        limit
            About how many characters to return at most; at least one line comes.

        Returns
        -------
        tuple[int, list[str]]
            Where the lines are no longer on disk, the number is that of the last missing one, and
            one line in their place says how many are missing and why.
        """
        for place, segment in enumerate(self._kept):
            if number < segment.first:
                reason = _FULL if place else self._let_go
                return segment.first - 1, [_missing(segment.first - number, reason)]
            if number < segment.end:
                return number, segment.read(number, min(stop, segment.end), limit)
        return stop - 1, [_missing(stop - number, _FULL)]

    def close(self) -> None:
        """Close the files and remove them."""
        while self._kept:
            self._kept.pop().remove()

    def _write(self, number: int, data: bytes, count: int) -> bool:
        newest = self._kept[-1] if self._kept else None
        if newest and newest.end == number and newest.size < self._segment_max:
            return newest.write(data, count)
        try:
            begun = _Segment(self._next_path(), number)
        except OSError:
            return False
        if not begun.write(data, count):
            begun.remove()
            return False
        self._made += 1
        while len(self._kept) > 1 and (
            sum(segment.size for segment in self._kept) > self._segment_max
            or len(self._kept) >= _SEGMENTS_MAX
        ):
            self._let_go_oldest(f"the log keeps at most {2 * self._segment_max >> 20} MiB")
        self._kept.append(begun)
        return True

    def _next_path(self) -> Path:
        return self._path.with_name(f"{self._path.name}.{self._made}") if self._made else self._path

    def _let_go_oldest(self, reason: str) -> None:
        self._kept.pop(0).remove()
        self._let_go = reason


class _Segment:
    """One file with the lines from ``first`` on."""

    def __init__(self, path: Path, first: int) -> None:
        self.first = self.end = first
        self.size = 0
        self._path = path
        self._index = [(first, 0)]  # (line number, offset in the file)
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_NOFOLLOW
        self._descriptor = os.open(path, flags, 0o600)

    def write(self, data: bytes, count: int) -> bool:
        """Append lines, all or none of them."""
        try:
            written = os.write(self._descriptor, data)
        except OSError:
            written = 0
        if written != len(data):
            with contextlib.suppress(OSError):
                os.ftruncate(self._descriptor, self.size)
            return False
        if self.size - self._index[-1][1] >= _INDEX_EVERY:
            self._index.append((self.end, self.size))
        self.size += written
        self.end += count
        return True

    def read(self, number: int, stop: int, limit: int) -> list[str]:
        line_number, offset = self._index[
            bisect.bisect_right(self._index, number, key=lambda entry: entry[0]) - 1
        ]
        lines: list[str] = []
        size = 0
        # O_APPEND: the place of reading does not matter for what is appended.
        with os.fdopen(os.dup(self._descriptor), "rb") as file:
            file.seek(offset)
            for raw in file:
                if line_number >= stop:
                    break
                if line_number >= number:
                    line = raw.decode(errors="replace").rstrip("\n")
                    size += len(line) + 1
                    if lines and size > limit:
                        break
                    lines.append(line)
                line_number += 1
        return lines

    def remove(self) -> None:
        os.close(self._descriptor)
        self._path.unlink(missing_ok=True)


def _missing(count: int, reason: str) -> str:
    lines = "1 line is" if count == 1 else f"{count} lines are"
    return f"({lines} missing here: {reason})"
