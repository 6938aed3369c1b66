"""Bytes from a page: put in order, passed on once, and acknowledged."""

from __future__ import annotations

import time
from collections.abc import Callable

INPUT_MAX = 256 * 1024  # bytes from a page that the backend has not taken
# An acknowledgement waits for output that can carry it: a server may hold back all that is small
# after the first small message, until the page's machine has acknowledged that one.
_LATEST = 0.1  # seconds
_AT_ONCE = 64 * 1024  # bytes


class PageInput:
    """Collects the numbered bytes of a page, and tells when to acknowledge them.

    Parameters
    ----------
    clock
        Returns seconds; it never goes back.
    most
        Bytes that are kept for a backend which does not take them.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, most: int = INPUT_MAX) -> None:
        self._clock = clock
        self.most = most
        self._waiting = bytearray()
        self._end = 0  # number of the byte that is expected next
        self._passed_on = 0
        self._acknowledged = 0
        self._owed_since = clock()
        self._repeat = False  # the page does not know how much has come

    def write(self, offset: int, data: bytes) -> None:
        """Accept bytes of which the first has this number; known ones are skipped."""
        fresh = data[max(self._end - offset, 0) :]
        missing = offset > self._end
        if not missing and fresh and len(self._waiting) + len(fresh) <= self.most:
            self._waiting += fresh
            self._end += len(fresh)
            fresh = b""
        self._repeat = bool(fresh) or missing or not data or offset + len(data) <= self._passed_on

    def drain(self) -> bytes:
        """Return the bytes to pass on now."""
        data = bytes(self._waiting)
        if data:
            if self._passed_on == self._acknowledged:
                self._owed_since = self._clock()
            self._passed_on += len(data)
            self._waiting.clear()
        return data

    @property
    def owed(self) -> int:
        """Bytes that were passed on and not acknowledged."""
        return self._passed_on - self._acknowledged

    def acknowledgement(self, backlog: int) -> int | None:
        """Return the number to acknowledge now, in a message of its own; ``None`` for later.

        Parameters
        ----------
        backlog
            Bytes that the backend has not taken; where they are many, the page waits.
        """
        owed = self.owed if backlog < self.most // 2 else 0
        if self._repeat or owed >= _AT_ONCE or (owed and self._due_in() <= 0):
            self._repeat = False
            return self.acknowledge()
        return None

    def acknowledge(self) -> int:
        """Return the number to acknowledge, which then is not owed any more."""
        self._acknowledged = self._passed_on
        return self._acknowledged

    def pause(self, backlog: int) -> float | None:
        """Return in how many seconds an acknowledgement is due; ``None`` where none is owed."""
        return max(self._due_in(), 0.0) if self.owed and backlog < self.most // 2 else None

    def _due_in(self) -> float:
        return self._owed_since + _LATEST - self._clock()
