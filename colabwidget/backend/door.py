"""When a session closes by itself: no client in for too long, or its time is over."""

from __future__ import annotations

import time
from collections.abc import Callable

from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.options import NO_TUNNEL, Options
from colabwidget.core.snapshot import Closing

_MINUTE = 60.0  # seconds


class Door:
    """The two limits of a session that is open; one inside the notebook only has none.

    Parameters
    ----------
    options
        Has the limits, in minutes.
    clock
        Returns seconds that only grow.
    """

    def __init__(self, options: Options, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        minute = 0.0 if options.tunnel == NO_TUNNEL else _MINUTE
        self._idle = options.idle_timeout * minute
        self._time = options.session_timeout * minute
        self._opened = self._empty_since = clock()
        self._is_empty = True

    def see(self, present: int) -> bool:
        """Take note of how many are in; tell whether the time of closing has changed by that."""
        if (present == 0) == self._is_empty:
            return False
        self._is_empty = present == 0
        self._empty_since = self._clock()
        return bool(self._idle)

    def keep_open(self, *, for_good: bool) -> None:
        """Begin both limits anew, or have none any more."""
        self._opened = self._empty_since = self._clock()
        if for_good:
            self._idle = self._time = 0.0

    def closing(self) -> Closing | None:
        """Return what closes the session next, and when; ``None`` while nothing does."""
        now = self._clock()
        found: list[Closing] = []
        if self._idle and self._is_empty:
            left = self._empty_since + self._idle - now
            found.append({"reason": "idle", "seconds": max(left, 0.0)})
        if self._time:
            left = self._opened + self._time - now
            found.append({"reason": "time", "seconds": max(left, 0.0)})
        return min(found, key=lambda each: each["seconds"], default=None)

    def check(self) -> None:
        """Raise where the session closes now.

        Raises
        ------
        ColabWidgetError
            ``closed_idle``, ``closed_time``.
        """
        closing = self.closing()
        if not closing or closing["seconds"] > 0:
            return
        if closing["reason"] == "idle":
            raise ColabWidgetError("closed_idle", minutes=round(self._idle / _MINUTE))
        raise ColabWidgetError("closed_time", minutes=round(self._time / _MINUTE))
