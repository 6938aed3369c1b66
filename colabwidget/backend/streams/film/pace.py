"""How fast pictures of a film may go to a page: by its word that it has drawn those before."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

_LEAST = 16 * 1024  # bytes that may be under way, however slow the line is
_MOST = 1024 * 1024
_AHEAD = 0.2  # seconds that pictures may wait on the way
_SLOWER = 0.25  # seconds by which the way may get longer than it ever was, by what is at its end
_FIRST = 128 * 1024  # bytes a second, until one knows better
_RECENT, _FORGET = 3.0, 60.0  # seconds: of the line's rate and its way, and of its shortest way
_SILENT = 3.0  # seconds without an answer
_MARK_EVERY, _MARK_BYTES = 0.06, 16 * 1024
_MARKS_MAX = 100  # that are not answered
_BEHIND = 0.5  # seconds of pictures on the way, with which a line is no good one
_CAP_MOST, _CAP_LEAST = 6000, 250  # kbit/s
_SHARE = 0.7  # of the line's rate
_PICTURES = 30  # a second
_PATIENCE_MOST = 20  # looks without a wait until more is tried
_CHANGE, _CHANGE_EVERY = 1.4, 3.0  # times, and seconds: each change makes a new encoder
_HELD = 0.25  # share of time that pictures had to wait: then the line is what limits them


class _Mark(NamedTuple):
    number: int
    sent_at: float
    sent: int  # bytes, with those before it
    drawn: int  # bytes that were known to be drawn then


class Pace:
    """Counts what is sent to a page and what it has drawn, and says when there is room.

    Times are seconds of one clock that only grows.
    """

    def __init__(self) -> None:
        self._marks: deque[_Mark] = deque()
        self._number = 0
        self._sent = self._drawn = 0
        self._marked_at, self._marked = 0.0, 0
        self._answered_at = 0.0
        self._rates: deque[tuple[float, float]] = deque()
        self._ways: deque[tuple[float, float]] = deque()
        self._shortest: deque[tuple[float, float]] = deque()
        self._held_since: float | None = None
        self._held = 0.0
        self._pictures, self._sent_before = 0, 0
        self._calm, self._patience, self._has_raised = 0, 1, False
        self._looked_at = 0.0
        #: The most that the encoder may make, in kbit/s.
        self.cap = _CAP_MOST

    def send(self, size: int, now: float) -> int | None:
        """Count bytes that are sent; return the number of a mark to be sent behind them, if any."""
        self._sent += size
        self._pictures += 1
        is_soon = now - self._marked_at < _MARK_EVERY and self._sent - self._marked < _MARK_BYTES
        if self._marks and is_soon:
            return None
        return self._mark(now)

    def pass_on(self, size: int, now: float, *, may_mark: bool = True) -> int | None:
        """Count bytes of the server that are sent; as `send`, but a mark is worth many of them.

        Parameters
        ----------
        size
            How many bytes.
        now
            The time.
        may_mark
            Whether a mark can be sent behind them.
        """
        self._sent += size
        is_soon = now - self._marked_at < _MARK_EVERY or self._sent - self._marked < _MARK_BYTES
        if is_soon or not may_mark or len(self._marks) >= _MARKS_MAX:
            return None
        return self._mark(now)

    def mark_rest(self, now: float) -> int | None:
        """Return the number of a mark to be sent, where no other one tells of the last bytes."""
        return self._mark(now) if self._marked < self._sent and not self._marks else None

    def _mark(self, now: float) -> int:
        self._number = (self._number + 1) & 0xFFFFFFFF
        self._marks.append(_Mark(self._number, now, self._sent, self._drawn))
        self._marked_at, self._marked = now, self._sent
        return self._number

    def drawn(self, number: int, now: float) -> None:
        """Note that the page has come to a mark: it has drawn what is before it."""
        if all(mark.number != number for mark in self._marks):
            return
        mark = self._marks.popleft()
        while mark.number != number:
            mark = self._marks.popleft()
        self._drawn, self._answered_at = mark.sent, now
        way = max(now - mark.sent_at, 0.001)
        _keep(self._ways, way, now, _RECENT)
        while self._shortest and self._shortest[-1][1] >= way:
            self._shortest.pop()
        _keep(self._shortest, way, now, _FORGET)
        _keep(self._rates, (mark.sent - mark.drawn) / way, now, _RECENT)

    @property
    def way(self) -> float:
        """Seconds of the way to the page and back, without what waits on it because of us."""
        if not self._ways:
            return 0.0
        # A page that is busy answers later each time; a line that is full does so by our doing.
        return min(min(way for _, way in self._ways), self._shortest[0][1] + _SLOWER)

    @property
    def rate(self) -> float:
        """Bytes a second that the page has drawn at best."""
        return max((rate for _, rate in self._rates), default=_FIRST)

    def may_send(self, now: float) -> bool:
        """Tell whether another picture may be sent now."""
        most = min(max(self.rate * (self.way + _AHEAD), _LEAST), _MOST)
        under_way = self._sent - self._drawn
        # A page that draws in bursts seems to be quicker than it is: time tells, too.
        if under_way < _LEAST or (under_way < most and not self._waits_long(now)):
            if self._held_since is not None:
                self._held += now - self._held_since
                self._held_since = None
            return True
        if self._held_since is None:
            self._held_since = now
        return False

    def _waits_long(self, now: float) -> bool:
        return bool(self._marks) and now - self._marks[0].sent_at > self.way + _AHEAD

    def is_silent(self, now: float) -> bool:
        """Tell whether the page has not answered for too long."""
        if not self._marks:
            return False
        return now - max(self._marks[0].sent_at, self._answered_at) > _SILENT + 2 * self.way

    def begin(self, now: float) -> None:
        """Fit the encoder's most to the line on which a film begins, if too much waits there."""
        if self._rates and self._sent - self._drawn > _BEHIND * self.rate:
            self.cap = int(min(max(_SHARE * self.rate * 8 / 1000, _CAP_LEAST), self.cap))
        self._looked_at, self._held, self._held_since = now, 0.0, None
        self._pictures, self._sent_before = 0, self._sent

    def adapt(self, now: float) -> bool:
        """Fit the encoder's most to the line; tell whether that is worth a new encoder."""
        if now - self._looked_at < _CHANGE_EVERY:
            return False
        waiting = now - self._held_since if self._held_since is not None else 0.0
        share = (self._held + waiting) / (now - self._looked_at)
        size = (self._sent - self._sent_before) / max(self._pictures, 1)
        self._looked_at, self._held = now, 0.0
        self._held_since = self._held_since and now
        self._pictures, self._sent_before = 0, self._sent
        if share > _HELD:
            wanted = min(_SHARE * self.rate * 8 / 1000, self.cap)
            if size * _PICTURES * 8 / 1000 < wanted:
                return False  # smaller ones would not help: it is the page that is slow
            # Each try of more costs a while of pictures that come late.
            if self._has_raised:
                self._patience = min(4 * self._patience, _PATIENCE_MOST)
            self._calm, self._has_raised = 0, False
        elif share < _HELD / 5:
            self._calm += 1
            if self._calm <= self._patience:
                return False
            if self._has_raised:
                self._patience = 1  # the last one was right
            self._calm, self._has_raised = 0, True
            wanted = self.cap * 2.0
        else:
            return False
        wanted = min(max(wanted, _CAP_LEAST), _CAP_MOST)
        if max(wanted / self.cap, self.cap / wanted) < _CHANGE:
            return False
        self.cap = int(wanted)
        return True


def _keep(values: deque[tuple[float, float]], value: float, now: float, seconds: float) -> None:
    values.append((now, value))
    while values[0][0] < now - seconds:
        values.popleft()
