"""The pace of a stream: how soon messages follow each other, and what a pacer adds by itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

# The server drops messages above 1,000 a second, and each costs the page, whatever its size.
_PAUSE, _PAUSE_LARGE = 0.004, 0.008  # seconds between two messages
_LARGE = 48 * 1024  # bytes


class MessagePacer:
    """Keeps the messages with a stream's bytes apart.

    Parameters
    ----------
    clock
        Returns seconds; it never goes back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._next_at = 0.0

    def on_sent(self, size: int) -> None:
        """Note that a message of so many bytes is sent now."""
        self._next_at = self._clock() + (_PAUSE_LARGE if size >= _LARGE else _PAUSE)

    @property
    def pause(self) -> float:
        """Seconds until the next message; 0 where it may be sent now."""
        return max(self._next_at - self._clock(), 0.0)


class Pacer(Protocol):
    """Sees what passes between a page and the backend, and may send requests of its own."""

    def filter_input(self, data: bytes) -> bytes:
        """Return what to pass on of a page's bytes."""

    def on_output(self, count: int) -> None:
        """Note that bytes have come from the backend."""

    def on_acknowledged(self, count: int, seconds: float) -> None:
        """Note that the page has acknowledged bytes, that long after they were sent."""

    def next_request(self, under_way: int, unheard: bool) -> tuple[bytes, float | None]:
        """Return what to send to the backend now, and in how many seconds to ask again."""


class Unpaced:
    """Passes everything on, and adds nothing."""

    def filter_input(self, data: bytes) -> bytes:
        """Return all of it."""
        return data

    def on_output(self, count: int) -> None:
        """Do nothing."""

    def on_acknowledged(self, count: int, seconds: float) -> None:
        """Do nothing."""

    def next_request(self, under_way: int, unheard: bool) -> tuple[bytes, float | None]:
        """Return nothing, at no time."""
        return b"", None
