"""How many bytes a second reach a page, by what it acknowledges."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from statistics import fmean
from typing import NamedTuple

_KEPT = 4.0  # seconds for which a sample counts
_ACKNOWLEDGED_LATE = 0.1  # seconds that a page may keep an acknowledgement back
_QUEUE = 0.15  # seconds of bytes that may wait on the line
_LEAD = 0.06  # seconds from a request to the first bytes of its picture
_PROBING = 1.05  # a picture is asked for that much sooner, so that a higher rate is noticed
_SLOW = 0.1  # seconds for a picture: with less, acknowledgements are soon enough
_SAMPLE = 8 * 1024  # bytes: with fewer, the time is the way's and not the line's


class _Sent(NamedTuple):
    end: int
    at: float
    before: int  # bytes that were sent before these
    acknowledged: int  # bytes that were acknowledged when these were sent


class LineRate:
    """Estimates the rate of a line.

    A sample is what was acknowledged while one message was under way, divided by the time. It
    counts if it is higher than what is known, or if bytes had to wait: where there was little to
    send it is too low.

    Parameters
    ----------
    clock
        Returns seconds; it never goes back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._sent = self._acknowledged = 0
        self._under_way: deque[_Sent] = deque()
        self._samples: deque[tuple[float, float]] = deque()  # time and rate
        self._shortest = float("inf")
        self._free_at = 0.0  # when the line has carried all, as far as is known
        #: Bytes a second; ``None`` while nothing is known.
        self.rate: float | None = None

    def on_sent(self, count: int) -> None:
        """Note that a message of so many bytes is sent."""
        now = self._clock()
        before, self._sent = self._sent, self._sent + count
        self._under_way.append(_Sent(self._sent, now, before, self._acknowledged))
        if self.rate:
            self._free_at = max(self._free_at, now) + count / (_PROBING * self.rate)

    def on_acknowledged(self, count: int) -> None:
        """Note that so many bytes more have reached the page."""
        self._acknowledged += count
        last = None
        while self._under_way and self._under_way[0].end <= self._acknowledged:
            last = self._under_way.popleft()
        if last is None:
            return
        now = self._clock()
        took = max(now - last.at, 0.001)
        self._shortest = min(self._shortest, took)
        came = self._acknowledged - last.acknowledged
        # Nothing was before them: the way there and back is not the line's time.
        alone = last.before == last.acknowledged
        rate = came / (max(took - self._shortest, took / 2) if alone else took)
        # Where little was sent it tells nothing, unless it had to wait all the same.
        waited = took > self._shortest + _ACKNOWLEDGED_LATE + _QUEUE / 3
        if came >= _SAMPLE and (self.rate is None or rate > self.rate or waited):
            self._add(now, rate)
        if self.rate:
            self._free_at = min(self._free_at, now + (self._sent - self._acknowledged) / self.rate)

    @property
    def fitting(self) -> float | None:
        """How many bytes may be under way so that the line is busy and little waits."""
        if self.rate is None:
            return None
        return self.rate * (self._shortest + _ACKNOWLEDGED_LATE + _QUEUE)

    def until_free(self, picture: int) -> float:
        """Return in how many seconds the next picture can be asked for, so that it has not to wait.

        Parameters
        ----------
        picture
            Bytes of the last one.
        """
        if not self.rate or picture < _SLOW * self.rate:
            return 0.0
        return max(self._free_at - _LEAD - self._clock(), 0.0)

    def _add(self, now: float, rate: float) -> None:
        self._samples.append((now, rate))
        while self._samples[0][0] < now - _KEPT:
            self._samples.popleft()
        self.rate = fmean(rate for _, rate in self._samples)
