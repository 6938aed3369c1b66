"""Tells pages, while a cell keeps the kernel from hearing them, that the kernel lives.

A page that gets no answer cannot tell a kernel that is busy from one that was restarted. On kernels
without subshells a cell may run for hours, and no message of a page is read meanwhile; but a
thread can send. A kernel that is not busy answers, so that nothing is sent then.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from colabwidget.kernel.busy import is_busy

LOOK_EVERY = 2.0  # seconds
_SOON, _LATER = 5.0, 20.0  # seconds between two messages
_LONG = 120.0  # seconds of a cell after which they are rarer


class Heartbeat:
    """Sends a message now and then while the kernel is busy.

    Parameters
    ----------
    send
        Sends it, given the seconds until the next.
    busy
        Tells whether a cell keeps the kernel from hearing its pages.
    clock
        Returns seconds that only grow.
    """

    def __init__(
        self,
        send: Callable[[float], object],
        busy: Callable[[], bool] = is_busy,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._send = send
        self._busy = busy
        self._clock = clock
        self._busy_since: float | None = None
        self._next = 0.0

    def beat(self) -> float:
        """Send a message where one is due, and return in how many seconds to call this again."""
        now = self._clock()
        if not self._busy():
            self._busy_since = None
            return LOOK_EVERY
        if self._busy_since is None:
            self._busy_since, self._next = now, now
        if now >= self._next:
            pause = _SOON if now - self._busy_since < _LONG else _LATER
            self._next = now + pause
            self._send(pause)
        return LOOK_EVERY
