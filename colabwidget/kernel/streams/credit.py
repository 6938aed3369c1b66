"""Flow control of a stream: how many bytes may be under way to its page."""

from __future__ import annotations

import time
from collections.abc import Callable

WINDOW = 1024 * 1024  # bytes that the page has not acknowledged
SILENT_MAX = 30.0  # seconds without an acknowledgement until a page is given up
EXTRA_CREDIT_A_SECOND, EXTRA_CREDIT_MAX = 256 * 1024, 8 * 1024 * 1024  # bytes


class Credit:
    """Counts the bytes that were sent to a page, and those that the page has acknowledged.

    At most `WINDOW` bytes are under way. A page that the kernel cannot hear while a cell runs
    cannot acknowledge: it gets extra credit, which grows with time and ends when it is heard.

    Parameters
    ----------
    clock
        Returns seconds; it never goes back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._extra_credit = 0.0  # bytes
        self._contact_at = clock()
        self.end = 0  # number of the next byte
        self.acknowledged = 0  # number of the first byte that the page has not acknowledged

    @property
    def under_way(self) -> int:
        """Bytes that the page has not acknowledged."""
        return self.end - self.acknowledged

    @property
    def may_send(self) -> bool:
        """Whether more bytes may be sent."""
        return self.under_way < WINDOW + self._extra_credit

    @property
    def is_silent(self) -> bool:
        """Whether the page owes an acknowledgement for too long."""
        return self.under_way > 0 and self._clock() - self._contact_at > SILENT_MAX

    def restart_silence(self) -> None:
        """Count the page's silence from now on."""
        self._contact_at = self._clock()

    def spend(self, count: int) -> int:
        """Number bytes that are about to be sent; return the number of the first."""
        if not self.under_way:
            self.restart_silence()
        offset, self.end = self.end, self.end + count
        return offset

    def acknowledge(self, offset: int) -> int:
        """Note that the page has all bytes before this number; return how many are news."""
        self.restart_silence()
        self._extra_credit = 0.0
        before = self.acknowledged
        self.acknowledged = max(before, min(offset, self.end))
        return self.acknowledged - before

    def extend(self, seconds: float) -> None:
        """Give extra credit for so many seconds in which the page could not be heard."""
        self.restart_silence()
        self._extra_credit = min(
            self._extra_credit + seconds * EXTRA_CREDIT_A_SECOND, EXTRA_CREDIT_MAX
        )
