"""The event log: numbered lines, redacted on the way in, bounded on disk and in memory."""

from __future__ import annotations

import itertools
import logging
import math
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from colabwidget.core.printable import spelled_out
from colabwidget.core.secrets import Redactor
from colabwidget.runtime.journal_files import SEGMENT_MAX, Segments

# Characters; a longer line is cut into several.
LINE_MAX = 16_384
_TAIL_BYTES = 256 * 1024
_FULL_PAUSE = 5.0  # seconds until a full disk is tried again


def time_of_day() -> str:
    """Return the machine's time, as it stands before a line: ``"20:31:07 "``."""
    return time.strftime("%H:%M:%S ")


class Journal:
    """Numbered lines of text.

    Memory holds the last 256 KiB, the disk the last 32 to 64 MiB: see `Segments`. When the disk
    is full, memory goes on alone, and what it still holds is written once there is room again.

    Parameters
    ----------
    path
        The file, which is replaced; mode 0600.
    redactor
        Removes known secrets from each text.
    segment_max
        Bytes of a file; two files are kept.
    stamp
        Returns what stands before each line.
    """

    def __init__(
        self,
        path: Path,
        redactor: Redactor,
        segment_max: int = SEGMENT_MAX,
        stamp: Callable[[], str] = lambda: "",
    ) -> None:
        self.redactor = redactor
        self._stamp = stamp
        self.end = 0
        self.on_change: Callable[[], None] = lambda: None
        self._tail: deque[str] = deque()
        self._tail_bytes = 0
        self._files = Segments(path, segment_max)
        self._write_again = 0.0

    def add(self, text: str) -> None:
        """Append a text; each of its lines gets a number, and none overwrites another."""
        stamp = self._stamp()
        shown = spelled_out(self.redactor.redact(text), colours=True)
        stamped = [stamp + line for line in shown.rstrip("\n").split("\n")]
        lines = [
            line[start : start + LINE_MAX]
            for line in stamped
            for start in range(0, max(len(line), 1), LINE_MAX)
        ]
        self.end += len(lines)
        for line in lines:
            self._tail.append(line)
            self._tail_bytes += len(line) + 1
        self._write()
        while self._tail_bytes > _TAIL_BYTES and len(self._tail) > 1:
            self._tail_bytes -= len(self._tail.popleft()) + 1
        self.on_change()

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
            The number of the first line returned, and the lines. Where some are no longer kept,
            the number is that of the last missing one, and one line in their place says how many
            and why.
        """
        number = min(max(number, 0), self.end)
        first = self.end - len(self._tail)
        if number < first:
            return self._files.read(number, first, limit)
        lines: list[str] = []
        size = 0
        for line in itertools.islice(self._tail, number - first, None):
            size += len(line) + 1
            if lines and size > limit:
                break
            lines.append(line)
        return number, lines

    def close(self) -> None:
        """Close its files and remove them; what is added later is kept in memory only."""
        self._write_again = math.inf
        self._files.close()

    def _write(self) -> None:
        """Write to the disk what is not there yet; a full disk is retried after a pause."""
        if time.monotonic() < self._write_again:
            return
        count = min(self.end - self._files.end, len(self._tail))
        lines = [self._tail[-place] for place in range(count, 0, -1)]
        if not self._files.append(self.end - count, lines):
            self._write_again = time.monotonic() + _FULL_PAUSE


class JournalHandler(logging.Handler):
    """Sends the records of Python's loggers to the journal; none reaches stderr."""

    def __init__(self, journal: Journal) -> None:
        super().__init__()
        self._journal = journal

    def emit(self, record: logging.LogRecord) -> None:
        """Append the record, its traceback included."""
        self._journal.add(self.format(record))
