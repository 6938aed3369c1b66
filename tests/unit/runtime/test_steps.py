"""The steps of a session and their times, and work that is done at once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from colabwidget.core.errors import ColabWidgetError
from colabwidget.runtime.steps import PLAN, Steps
from colabwidget.runtime.tasks import run_together
from tests.kit.clock import Clock, run_without_waiting


def made(clock: Clock | None = None) -> Steps:
    steps = Steps(lambda: None, clock or Clock())
    steps.plan()
    return steps


def step(steps: Steps, name: str) -> dict[str, Any]:
    return next(step for step in steps.as_list() if step["name"] == name)


def test_all_steps_are_there_from_the_start() -> None:
    changes: list[int] = []
    steps = Steps(lambda: changes.append(1))
    assert steps.as_list() == []
    steps.plan()
    assert [(s["name"], s["title"], s["status"]) for s in steps.as_list()] == [
        (name, title, "pending") for name, title in PLAN
    ]
    steps.clear()
    assert steps.as_list() == []
    assert len(changes) == 2


def test_the_drive_has_a_step_behind_the_account_s_when_it_was_asked_for() -> None:
    steps = made()
    steps.add_desktop()
    steps.add_drive()
    steps.add_drive()
    names = [step["name"] for step in steps.as_list()]
    assert names[:4] == ["check", "packages", "account", "drive"]
    assert names.count("drive") == 1
    steps.plan(keep_desktop=True)
    assert "drive" not in [step["name"] for step in steps.as_list()]


def test_a_step_tells_what_it_does_and_how_far_it_is() -> None:
    changes: list[int] = []
    steps = Steps(lambda: changes.append(1))
    steps.plan()
    steps.begin("packages", "sudo")
    assert step(steps, "packages")["status"] == "running"
    steps.update("packages", "unpacking sudo", 0.123456)
    assert step(steps, "packages")["detail"] == "unpacking sudo"
    assert step(steps, "packages")["progress"] == 0.123
    steps.finish("packages", "done")
    assert step(steps, "packages")["progress"] is None
    assert len(changes) == 4


def test_only_a_running_step_has_something_to_tell() -> None:
    steps = made()
    steps.update("packages", "too early")
    steps.update("no such step", "at all")
    steps.finish("packages", "skipped", "all there")
    steps.update("packages", "too late")
    assert step(steps, "packages")["detail"] == "all there"
    assert step(steps, "packages")["seconds"] is None


def test_a_step_takes_the_time_between_its_start_and_its_end() -> None:
    clock = Clock()
    steps = made(clock)
    steps.begin("sshd")
    clock.advance(0.03)
    steps.finish("sshd", "done")
    assert step(steps, "sshd")["seconds"] == 0.03


def test_the_time_in_which_it_waits_for_another_is_not_its_own() -> None:
    clock = Clock()
    steps = made(clock)
    steps.begin("tunnel")
    clock.advance(0.25)
    steps.rest("tunnel", "waiting for the SSH server")
    assert step(steps, "tunnel")["detail"] == "waiting for the SSH server"
    clock.advance(100)
    steps.resume("tunnel")
    clock.advance(0.5)
    steps.finish("tunnel", "done")
    assert step(steps, "tunnel")["seconds"] == 0.75


def test_nor_is_it_when_the_session_ends_meanwhile() -> None:
    clock = Clock()
    steps = made(clock)
    steps.begin("tunnel")
    clock.advance(0.1)
    steps.rest("tunnel", "waiting for the SSH server")
    clock.advance(100)
    steps.interrupt("cancelled")
    assert step(steps, "tunnel")["status"] == "cancelled"
    assert step(steps, "tunnel")["seconds"] == 0.1


def test_a_step_begun_again_starts_from_nothing() -> None:
    steps = made()
    steps.begin("verify")
    steps.finish("verify", "done", "all well")
    steps.begin("verify", "ngrok lost its session")
    again = step(steps, "verify")
    assert (again["status"], again["seconds"]) == ("running", None)


def test_an_interrupt_ends_what_runs_and_leaves_the_rest() -> None:
    steps = made()
    steps.begin("check")
    steps.finish("check", "done")
    steps.begin("packages", "sudo")
    steps.interrupt("cancelled")
    assert [step(steps, name)["status"] for name in ("check", "packages", "sshd")] == [
        "done",
        "cancelled",
        "pending",
    ]
    assert step(steps, "packages")["detail"] == "sudo"


@pytest.mark.parametrize(
    ("error", "status", "detail"),
    [
        (None, "done", ""),
        (ColabWidgetError("not_connected"), "failed", "There is no connection."),
        (asyncio.CancelledError(), "cancelled", ""),
        (ZeroDivisionError("a secret"), "failed", ""),
    ],
    ids=["done", "failed", "cancelled", "broken"],
)
def test_a_step_ends_as_its_work_does(
    error: BaseException | None, status: str, detail: str
) -> None:
    steps = made()

    async def work() -> None:
        async with steps.running("sshd", "starting"):
            assert step(steps, "sshd")["detail"] == "starting"
            if error:
                raise error

    if error:
        with pytest.raises(type(error)):
            asyncio.run(work())
    else:
        asyncio.run(work())
    assert (step(steps, "sshd")["status"], step(steps, "sshd")["detail"]) == (status, detail)
    assert step(steps, "sshd")["seconds"] is not None


class Works:
    """Things to do at once that remember what became of them."""

    def __init__(self) -> None:
        self.ended: dict[str, str] = {}

    async def long(self, name: str) -> None:
        try:
            await asyncio.sleep(1000)
        except asyncio.CancelledError:
            await asyncio.sleep(0)  # takes a moment to end
            self.ended[name] = "cancelled"
            raise

    async def failing(self, code: str, after: int = 0) -> None:
        for _ in range(after):
            await asyncio.sleep(0)
        self.ended[code] = "failed"
        raise ColabWidgetError(code)

    async def stubborn(self, code: str) -> None:
        """Fails only when it is to end."""
        try:
            await asyncio.sleep(1000)
        except asyncio.CancelledError:
            raise ColabWidgetError(code) from None


def test_things_done_together_are_all_done() -> None:
    done: list[str] = []

    async def work(name: str) -> None:
        await asyncio.sleep(0)
        done.append(name)

    run_without_waiting(run_together(work("one"), work("two"), work("three")))
    assert sorted(done) == ["one", "three", "two"]


def test_when_one_fails_the_others_are_cancelled_and_waited_for() -> None:
    works = Works()
    with pytest.raises(ColabWidgetError) as raised:
        run_without_waiting(
            run_together(works.long("ssh"), works.failing("token_missing"), works.long("x"))
        )
    assert raised.value.code == "token_missing"
    assert works.ended == {"ssh": "cancelled", "token_missing": "failed", "x": "cancelled"}


def test_of_several_errors_the_earliest_in_the_list_is_told() -> None:
    for first, second in (("apt_failed", "ngrok_108"), ("ngrok_108", "apt_failed")):
        works = Works()
        with pytest.raises(ColabWidgetError) as raised:
            run_without_waiting(run_together(works.stubborn(first), works.failing(second, after=2)))
        assert raised.value.code == first


def test_when_all_is_cancelled_so_is_each_part() -> None:
    works = Works()

    async def outer() -> None:
        work = asyncio.ensure_future(run_together(works.long("one"), works.long("two")))
        await asyncio.sleep(0.01)
        work.cancel()
        await work

    with pytest.raises(asyncio.CancelledError):
        run_without_waiting(outer())
    assert works.ended == {"one": "cancelled", "two": "cancelled"}


def test_the_steps_of_a_desktop_come_and_go_behind_the_others() -> None:
    steps = made()
    plain = steps.as_list()
    steps.add_desktop()
    assert [each["name"] for each in steps.as_list()[len(plain) :]] == [
        "desktop_packages",
        "desktop",
    ]
    steps.begin("desktop")
    steps.add_desktop()  # once more, after it has failed
    assert step(steps, "desktop")["status"] == "pending"
    steps.drop_desktop()
    steps.drop_desktop()
    assert steps.as_list() == plain
