"""Retransmission on a stream: bytes are kept until the page has acknowledged them."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

_PAUSE_FIRST, _PAUSE_LAST = 1.0, 4.0  # seconds


class Chunk(NamedTuple):
    """Bytes of one message, with the number of the first and the time they were sent."""

    offset: int
    data: bytes
    sent_at: float

    @property
    def end(self) -> int:
        """Number of the byte after the last."""
        return self.offset + len(self.data)


class Retransmitter:
    """Keeps what a page has not acknowledged, and tells what to send again.

    What the page asks for is sent again at once. Without a word from the page, the first chunk is
    sent again with growing pauses, and no more than that: a page that is only slow is not sent
    everything twice.

    Parameters
    ----------
    clock
        Returns seconds; it never goes back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._chunks: deque[Chunk] = deque()
        self._requested: int | None = None  # number of the first byte that the page asks for
        self._pause = _PAUSE_FIRST
        self._next_at = 0.0

    def add(self, offset: int, data: bytes) -> None:
        """Keep bytes that are sent now."""
        now = self._clock()
        if not self._chunks:
            self._next_at = now + self._pause
        self._chunks.append(Chunk(offset, data, now))

    def acknowledge(self, offset: int) -> float | None:
        """Forget the chunks before this number.

        Returns
        -------
        float or None
            Seconds since the last of them was sent; ``None`` where no chunk is complete.
        """
        now = self._clock()
        self._pause = _PAUSE_FIRST
        self._next_at = now + self._pause
        sent_at = None
        while self._chunks and self._chunks[0].end <= offset:
            sent_at = self._chunks.popleft().sent_at
        return None if sent_at is None else now - sent_at

    def request(self, offset: int) -> None:
        """Note that the page asks for all bytes from this number on."""
        self._requested = offset

    def due(self, unheard: Callable[[], bool] = lambda: False) -> list[Chunk]:
        """Return the chunks to send again now.

        Parameters
        ----------
        unheard
            Tells whether the page cannot be heard: then its silence means nothing. It is asked
            only where that matters.
        """
        now = self._clock()
        if (requested := self._requested) is not None:
            lost = [chunk for chunk in self._chunks if chunk.end > requested]
        elif self._chunks and now >= self._next_at and not unheard():
            lost = [self._chunks[0]]
            self._pause = min(self._pause * 2, _PAUSE_LAST)
        else:
            return []
        self._requested = None
        self._next_at = now + self._pause
        return lost

    def clear(self) -> None:
        """Forget everything."""
        self._chunks.clear()
