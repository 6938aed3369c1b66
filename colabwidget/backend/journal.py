"""The event log: numbered lines, redacted on the way in, whole on disk, bounded in memory."""

from __future__ import annotations

import bisect
import logging
import traceback
from collections import deque
from collections.abc import Callable
from pathlib import Path

from colabwidget.credentials import Redactor
from colabwidget.errors import ColabWidgetError

# A line longer than this is cut into several; the longest that programs print in earnest.
LINE_MAX = 16_384
_TAIL_BYTES = 256 * 1024
_INDEX_EVERY = 128


class Journal:
    """Numbered lines of text.

    The file holds them all; memory holds the last 256 KiB and an index of the file.
    When the file cannot be written (full disk), memory goes on alone, and `since` then
    answers for what is left with a line that says what is missing.

    Parameters
    ----------
    path
        The file, made anew with mode 0600.
    redactor
        Knows the secrets that must not get in.
    """

    def __init__(self, path: Path, redactor: Redactor) -> None:
        self.path = path
        self.redactor = redactor
        self.end = 0
        self.on_change: Callable[[], None] = lambda: None
        self._tail: deque[str] = deque()
        self._tail_bytes = 0
        self._index: list[tuple[int, int]] = [(0, 0)]  # (line number, offset in the file)
        self._offset = 0
        path.unlink(missing_ok=True)
        self._file = path.open("xb", buffering=0)
        path.chmod(0o600)
        self._broken_at: int | None = None

    def add(self, text: str) -> None:
        """Append a text; each of its lines gets a number."""
        lines = [
            line[start : start + LINE_MAX]
            for line in self.redactor.redact(text).rstrip("\n").split("\n")
            for start in range(0, max(len(line), 1), LINE_MAX)
        ]
        data = "".join(f"{line}\n" for line in lines).encode(errors="replace")
        self._write(data, len(lines))
        for line in lines:
            self._tail.append(line)
            self._tail_bytes += len(line) + 1
        while self._tail_bytes > _TAIL_BYTES and len(self._tail) > 1:
            self._tail_bytes -= len(self._tail.popleft()) + 1
        self.on_change()

    def explained(self, error: Exception) -> ColabWidgetError:
        """Return what a user is told of an error; one that nobody foresaw is written down whole."""
        if isinstance(error, ColabWidgetError):
            return error
        self.add("".join(traceback.format_exception(error)))
        reason = self.redactor.redact(f"{type(error).__name__}: {error}")
        return ColabWidgetError("internal", reason=reason[:200])

    def since(self, number: int, limit: int) -> tuple[int, list[str]]:
        """Return lines from a number on.

        Parameters
        ----------
        number
            Number of the first line wanted.
        limit
            About how many characters to return at most; at least one line comes.

        Returns
        -------
        tuple[int, list[str]]
            The number of the first line returned, and the lines.
        """
        number = min(max(number, 0), self.end)
        first = self.end - len(self._tail)
        if number < first:
            return number, self._from_file(number, first, limit)
        lines: list[str] = []
        size = 0
        for position in range(number - first, len(self._tail)):
            line = self._tail[position]
            size += len(line) + 1
            if lines and size > limit:
                break
            lines.append(line)
        return number, lines

    def close(self) -> None:
        """Close the file and remove it."""
        self._file.close()
        self.path.unlink(missing_ok=True)

    def _write(self, data: bytes, count: int) -> None:
        if self._broken_at is None:
            try:
                if self._file.write(data) != len(data):
                    self._broken_at = self.end  # the rest found no room
            except OSError:
                self._broken_at = self.end
        if self._broken_at is None:
            self._offset += len(data)
        self.end += count
        if self._broken_at is None and self.end - self._index[-1][0] >= _INDEX_EVERY:
            self._index.append((self.end, self._offset))

    def _from_file(self, number: int, stop: int, limit: int) -> list[str]:
        if self._broken_at is not None:
            if number >= self._broken_at:
                return ["(this line is lost: the disk was full)"] * min(stop - number, 100)
            stop = min(stop, self._broken_at)
        position = bisect.bisect_right(self._index, (number, 1 << 62)) - 1
        line_number, offset = self._index[position]
        lines: list[str] = []
        size = 0
        with self.path.open("rb") as file:
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


class JournalHandler(logging.Handler):
    """Sends the records of Python's loggers to the journal, so that none reaches stderr."""

    def __init__(self, journal: Journal) -> None:
        super().__init__()
        self._journal = journal

    def emit(self, record: logging.LogRecord) -> None:
        """Append the record, its traceback included."""
        self._journal.add(self.format(record))
