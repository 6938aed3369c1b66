"""A clock that moves when a test says so."""

from __future__ import annotations


class Clock:
    """Returns seconds when it is called, as `time.monotonic` does."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds
