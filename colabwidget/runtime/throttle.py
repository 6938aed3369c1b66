"""A limit on how many lines a source may write."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

_REPORT_AFTER = 5.0  # seconds between the first dropped line and the line that counts them


class RateLimiter:
    """Rate-limits lines so that a flood of connections cannot fill the journal.

    Dropped lines are counted, and the count is written as a line of its own.

    Parameters
    ----------
    write
        Gets the lines that pass.
    burst
        Number of lines that may come at once.
    rate
        Lines a second after a burst.
    """

    def __init__(self, write: Callable[[str], None], burst: int = 500, rate: float = 10.0) -> None:
        self._write = write
        self._burst = burst
        self._rate = rate
        self._room = float(burst)
        self._at = time.monotonic()
        self._dropped = 0

    def add(self, line: str, *, always: bool = False) -> None:
        """Pass a line on, or count it as dropped.

        Parameters
        ----------
        line
            The line.
        always
            Whether it passes in any case, and takes no place of another.
        """
        if always:
            self._write(line)
            return
        now = time.monotonic()
        self._room = min(self._burst, self._room + (now - self._at) * self._rate)
        self._at = now
        if self._room >= 1.0:
            self._room -= 1.0
            self._write(line)
            return
        if not self._dropped:
            asyncio.get_running_loop().call_later(_REPORT_AFTER, self.report_dropped)
        self._dropped += 1

    def report_dropped(self) -> None:
        """Write how many lines were dropped since the last report."""
        dropped, self._dropped = self._dropped, 0
        self._write(f"({dropped} lines left out)")
