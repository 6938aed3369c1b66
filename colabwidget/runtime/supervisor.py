"""Keeps services alive: one that has ended or hangs is started again, within limits."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from colabwidget.core.errors import ColabWidgetError

_FAILED_CHECKS = 2  # in a row: one may be chance
_CHECK_AGAIN = 1.0  # seconds after a failed check


class Watched(Protocol):
    """Something that is kept alive."""

    #: For people: ``"the SSH server"``.
    title: str
    #: Code of the error where it ends again and again.
    gone: str
    #: Seconds between two health checks; 0 for none.
    check_every: float

    async def wait_failed(self) -> str:
        """Wait until it surely works no longer, and return what happened."""

    async def health_problem(self) -> str:
        """Return what is wrong with it at the moment; empty where it is healthy.

        The answer comes within seconds, also where it hangs.
        """

    async def kill(self) -> None:
        """Kill it, since it hangs."""

    def running(self) -> bool:
        """Tell whether it runs, and may recover by itself."""


class NeverFails(Watched):
    """A base for what cannot fail or hang by itself, so that no health check is needed."""

    check_every = 0.0

    async def wait_failed(self) -> str:
        """Never return."""
        await asyncio.Event().wait()
        return ""

    async def health_problem(self) -> str:
        """Return nothing."""
        return ""

    async def kill(self) -> None:
        """Do nothing."""


@dataclass(frozen=True)
class Limits:
    """How often a service is brought back before it is given up.

    Parameters
    ----------
    ends, within
        More ends than that within so many seconds are too many.
    tries
        How often bringing it back may fail for a passing cause.
    patience
        Seconds that a network may be away.
    pause, pause_max
        Seconds before it is brought back, doubled each time; the first time there is no pause.
    """

    ends: int = 5
    within: float = 60.0
    tries: int = 6
    patience: float = 1800.0
    pause: float = 0.5
    pause_max: float = 30.0

    def pause_before(self, time: int) -> float:
        """Return the seconds to wait before the n-th time, counted from 0."""
        return min(self.pause * 2 ** (time - 1), self.pause_max) if time > 0 else 0.0


class Supervisor:
    """Watches the services of one session.

    Parameters
    ----------
    parts
        Gives the services as they are now.
    limits
        When to give up.
    """

    def __init__(
        self, parts: Callable[[], Sequence[Watched]], limits: Limits | None = None
    ) -> None:
        self._parts = parts
        self._limits = limits or Limits()
        self._troubles: list[float] = []
        self._ends: list[float] = []
        self._gone = ""

    async def trouble(self) -> str:
        """Wait until a service has ended, or hangs and was killed; return the reason."""
        watches = {asyncio.ensure_future(_watch(part)): part for part in self._parts()}
        try:
            done, _ = await asyncio.wait(watches, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for watch in watches:
                watch.cancel()
            await asyncio.wait(watches)
        first = next(watch for watch in watches if watch in done)
        part, reason = watches[first], first.result()
        now = time.monotonic()
        self._troubles = self._recent(self._troubles, now)
        if not part.running():
            self._ends, self._gone = self._recent(self._ends, now), part.gone
        return reason

    async def bring_back(
        self,
        mend: Callable[[], Awaitable[None]],
        reason: str,
        still: Callable[[ColabWidgetError], None] = lambda error: None,
        retry_now: asyncio.Event | None = None,
    ) -> None:
        """Call `mend` until it works or a limit is reached.

        Parameters
        ----------
        mend
            Starts again what has ended, and keeps what still runs.
        reason
            What `trouble` has returned.
        still
            Gets the error of each try that fails.
        retry_now
            Set when the next try need not wait.

        Raises
        ------
        ColabWidgetError
            What no other try can cure, or where a limit is reached.
        """
        limits = self._limits
        if len(self._ends) > limits.ends:
            times, self._ends = len(self._ends), []
            raise ColabWidgetError(
                self._gone, times=times, seconds=f"{limits.within:.0f}", reason=reason
            )
        # A service that fails again and again is given time: retries at full speed only cost.
        await asyncio.sleep(limits.pause_before(len(self._troubles) - 1))
        began, failures, waits = time.monotonic(), 0, 0
        retry_now = retry_now or asyncio.Event()
        while True:
            retry_now.clear()
            try:
                await mend()
            except ColabWidgetError as error:
                retry = error.text.retry
                failures += retry == "a few times"
                patient = time.monotonic() - began < limits.patience
                if not (
                    (retry == "patiently" and patient)
                    or (retry == "a few times" and failures < limits.tries)
                ):
                    raise
                waits += 1
                still(error)
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(retry_now.wait(), limits.pause_before(waits))
            else:
                return

    def _recent(self, times: list[float], now: float) -> list[float]:
        return [*(each for each in times if now - each < self._limits.within), now]


async def _watch(part: Watched) -> str:
    """Return what happened once a service has ended, or hung and was killed."""
    ended = asyncio.ensure_future(part.wait_failed())
    checked = asyncio.ensure_future(_until_unhealthy(part))
    try:
        done, _ = await asyncio.wait({ended, checked}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in (ended, checked):
            each.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait({ended, checked})
    if ended in done:
        return ended.result()
    await part.kill()
    return checked.result()


async def _until_unhealthy(part: Watched) -> str:
    failed = 0
    while True:
        if not part.check_every:
            await asyncio.Event().wait()
        await asyncio.sleep(_CHECK_AGAIN if failed else part.check_every)
        reason = await part.health_problem()
        failed = failed + 1 if reason else 0
        if failed >= _FAILED_CHECKS:
            return reason
