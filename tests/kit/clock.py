"""Clocks that move when a test says so, or when there is nothing to do but wait."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

_Of = TypeVar("_Of")


class Clock:
    """Returns seconds when it is called, as `time.monotonic` does."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


class _Hasty(selectors.DefaultSelector):
    """Where it would wait for a time to come, that time has come."""

    ahead = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            return super().select(None)
        ready = super().select(0)
        if not ready:
            self.ahead += timeout
        return ready


class SkippingLoop(asyncio.SelectorEventLoop):
    """An event loop that sleeps in no time: its clock goes to the next deadline."""

    def __init__(self) -> None:
        self._hasty = _Hasty()
        super().__init__(self._hasty)

    def time(self) -> float:
        return super().time() + self._hasty.ahead


def run_without_waiting(work: Coroutine[Any, Any, _Of]) -> _Of:
    """Run a coroutine; its sleeps and deadlines pass at once where nothing else happens."""
    loop = SkippingLoop()
    try:
        return loop.run_until_complete(work)
    finally:
        loop.close()
