"""The supervisor: what has ended or hangs is brought back, within limits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

import colabwidget.tunnels.registry  # noqa: F401  registers the texts of the tunnels
from colabwidget.core.errors import ColabWidgetError
from colabwidget.runtime.supervisor import Limits, Supervisor
from tests.kit.clock import run_without_waiting

QUICK = Limits(ends=3, within=60.0, tries=3, patience=0.3, pause=0.01, pause_max=0.02)


class Part:
    """A service that does as it is told."""

    title = "the part"
    gone = "sshd_gone"

    def __init__(self, check_every: float = 0.01) -> None:
        self.check_every = check_every
        self.ended = asyncio.Event()
        self.fault = ""
        self.checks = 0
        self.killed = 0
        self.on_check: Callable[[], None] = lambda: None

    async def wait_failed(self) -> str:
        await self.ended.wait()
        return "the part ended"

    async def health_problem(self) -> str:
        self.checks += 1
        self.on_check()
        return self.fault

    async def kill(self) -> None:
        self.killed += 1
        self.ended.set()

    def running(self) -> bool:
        return not self.ended.is_set()

    async def mend(self) -> None:
        self.ended.clear()
        self.fault = ""


def run(work: Any) -> Any:
    return asyncio.run(asyncio.wait_for(work, 30))


def failing(part: Part, *codes: str) -> Callable[[], Any]:
    """Mending that meets these errors first."""
    left = list(codes)

    async def mend() -> None:
        if left:
            raise ColabWidgetError(left.pop(0), reason="It says so.")
        await part.mend()

    return mend


def test_one_that_ends_is_brought_back() -> None:
    async def work() -> None:
        part, other = Part(), Part()
        supervisor = Supervisor(lambda: [other, part], QUICK)
        part.ended.set()
        assert await supervisor.trouble() == "the part ended"
        await supervisor.bring_back(part.mend, "the part ended")
        assert part.running()
        assert not part.killed and not other.killed

    run(work())


def test_one_that_hangs_is_killed_but_not_at_the_first_sign() -> None:
    async def work() -> None:
        part = Part()
        supervisor = Supervisor(lambda: [part], QUICK)
        part.fault = "the part does not answer"
        assert await supervisor.trouble() == "the part does not answer"
        assert (part.checks, part.killed) == (2, 1)

    run_without_waiting(work())


def test_one_failed_check_is_chance() -> None:
    async def work() -> None:
        part = Part()

        def once() -> None:
            part.fault = "the part does not answer" if part.checks == 1 else ""
            if part.checks == 4:
                part.ended.set()

        part.on_check = once
        assert await Supervisor(lambda: [part], QUICK).trouble() == "the part ended"
        assert not part.killed

    run_without_waiting(work())


def test_where_no_check_is_wanted_none_is_made() -> None:
    async def work() -> None:
        part = Part(check_every=0.0)
        waiting = asyncio.ensure_future(Supervisor(lambda: [part], QUICK).trouble())
        await asyncio.sleep(0.05)
        assert not part.checks
        part.ended.set()
        await waiting

    run(work())


def test_what_ends_again_and_again_is_given_up_with_its_own_error() -> None:
    async def work() -> None:
        part = Part()
        supervisor = Supervisor(lambda: [part], QUICK)
        for _ in range(QUICK.ends):
            part.ended.set()
            await supervisor.bring_back(part.mend, await supervisor.trouble())
        part.ended.set()
        reason = await supervisor.trouble()
        with pytest.raises(ColabWidgetError) as caught:
            await supervisor.bring_back(part.mend, reason)
        assert caught.value.code == "sshd_gone"
        assert "4 times within 60 s" in caught.value.info["cause"]
        # A new try begins anew.
        await supervisor.bring_back(part.mend, reason)

    run(work())


def test_what_may_pass_is_tried_again_but_not_for_ever() -> None:
    async def work() -> None:
        part, heard = Part(), []
        supervisor = Supervisor(lambda: [part], QUICK)
        passing = ("agent_exited", "sshd_failed", "tunnel_dead")
        await supervisor.bring_back(
            failing(part, *passing[:2]), "", lambda error: heard.append(error.code)
        )
        assert heard == ["agent_exited", "sshd_failed"]
        with pytest.raises(ColabWidgetError) as caught:
            await supervisor.bring_back(failing(part, *passing), "")
        assert caught.value.code == "tunnel_dead"

    run(work())


def test_what_cannot_be_mended_is_told_at_once() -> None:
    async def work() -> None:
        part, heard = Part(), []
        with pytest.raises(ColabWidgetError) as caught:
            await Supervisor(lambda: [part], QUICK).bring_back(
                failing(part, "ngrok_107"), "", lambda error: heard.append(error.code)
            )
        assert caught.value.code == "ngrok_107"
        assert not heard

    run(work())


def test_a_network_may_be_away_for_longer_than_a_few_tries() -> None:
    async def work() -> None:
        part, heard = Part(), []
        away = ["no_network", "verify_failed", "agent_silent"] * 3
        await Supervisor(lambda: [part], QUICK).bring_back(
            failing(part, *away), "", lambda error: heard.append(error.code)
        )
        assert heard == away
        with pytest.raises(ColabWidgetError) as caught:
            await Supervisor(lambda: [part], QUICK).bring_back(failing(part, *away * 20), "")
        assert caught.value.code in away

    run(work())


def test_pauses_grow_to_a_limit_and_the_first_time_there_is_none() -> None:
    limits = Limits()
    pauses = [limits.pause_before(time) for time in range(10)]
    assert pauses[:4] == [0.0, 0.5, 1.0, 2.0]
    assert pauses == sorted(pauses)
    assert pauses[-1] == limits.pause_max


def test_a_reason_for_hope_ends_a_pause() -> None:
    limits = Limits(pause=3600.0, pause_max=3600.0)

    async def work() -> None:
        part, retry_now = Part(), asyncio.Event()
        supervisor = Supervisor(lambda: [part], limits)
        await supervisor.bring_back(
            failing(part, "no_network"), "", lambda error: retry_now.set(), retry_now
        )
        assert part.running()

        async def mend() -> None:
            # What was hoped for comes while it is tried already, and too late for that.
            if not retry_now.is_set():
                retry_now.set()
                raise ColabWidgetError("verify_failed", reason="It says so.")

        tries = []

        async def counted() -> None:
            tries.append(1)
            if len(tries) == 1:
                await mend()

        await supervisor.bring_back(counted, "", retry_now=retry_now)
        assert len(tries) == 2

    run(work())
