"""Whether the machine has slept."""

from __future__ import annotations

import time
from collections.abc import Callable

_JUMP = 30.0  # seconds


def _asleep() -> float:
    """Return the seconds that the machine was suspended since it has started (clock_gettime(2))."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) - time.clock_gettime(time.CLOCK_MONOTONIC)


class Wakeups:
    """Notices that the machine, or this process, did not run for a while.

    Suspended machines stop the monotonic clock and not the one since the start; a virtual machine
    that was paused finds the time of day ahead; a stopped process finds that time has passed.

    Parameters
    ----------
    expected
        Seconds between two calls of `woke_up`.
    clock, wall, asleep
        Return the seconds of the monotonic clock, of the time of day, and of suspension.
    """

    def __init__(
        self,
        expected: float,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        asleep: Callable[[], float] = _asleep,
    ) -> None:
        self._expected = expected
        self._clocks = (clock, wall, asleep)
        self._last = [clock() for clock in self._clocks]

    def woke_up(self) -> bool:
        """Tell whether it was away since the last call."""
        now = [clock() for clock in self._clocks]
        ran, wall, slept = (new - old for new, old in zip(now, self._last, strict=True))
        self._last = now
        return slept > _JUMP or ran - self._expected > _JUMP or wall - ran > _JUMP
