"""What must not be broken off goes on by itself, and what comes next waits for it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from colabwidget.runtime import unfinished
from colabwidget.runtime.journal import Journal
from tests.kit.clock import run_without_waiting


def text(journal: Journal) -> str:
    return "\n".join(journal.since(0, 1 << 20)[1])


async def for_long(ended: list[str], seconds: float, *, fails: bool = False) -> None:
    """A program that a cancel does not end."""
    running = asyncio.ensure_future(asyncio.sleep(seconds))
    try:
        await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait({running})
        if fails:
            raise ValueError("dpkg has failed") from None
        raise
    finally:
        ended.append("ended")


def test_what_is_not_cancelled_is_waited_for(journal: Journal) -> None:
    async def work() -> None:
        ended: list[str] = []
        await unfinished.run(for_long(ended, 100), [], journal)
        assert ended and not unfinished.is_going_on()
        with pytest.raises(ValueError, match="no packages"):
            await unfinished.run(failing(), [], journal)

    async def failing() -> None:
        raise ValueError("no packages")

    run_without_waiting(work())


def test_a_cancel_waits_a_moment(journal: Journal) -> None:
    async def work() -> None:
        ended: list[str] = []
        task = asyncio.ensure_future(unfinished.run(for_long(ended, 3), [], journal))
        await asyncio.sleep(1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert ended and not unfinished.is_going_on()
        assert "still being set up" not in text(journal)

    run_without_waiting(work())


@pytest.mark.parametrize("fails", [True, False])
@pytest.mark.parametrize("twice", [True, False])
def test_then_it_goes_on_by_itself_with_its_files(
    journal: Journal, tmp_path: Path, fails: bool, twice: bool
) -> None:
    package = tmp_path / "server.deb"
    package.touch()

    async def work() -> None:
        ended: list[str] = []
        said: list[str] = []
        loop = asyncio.get_running_loop()
        begun = loop.time()
        work = for_long(ended, 60, fails=fails)
        task = asyncio.ensure_future(unfinished.run(work, [package], journal))
        await asyncio.sleep(1)
        task.cancel()
        if twice:
            await asyncio.sleep(1)
            task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert loop.time() - begun < 10
        assert not ended and unfinished.is_going_on() and unfinished.files() == {package}
        assert "still being set up" in text(journal)
        await unfinished.wait(limit=5)
        assert package.exists()

        await unfinished.wait(said.append)
        assert ended and not unfinished.is_going_on() and not package.exists()
        assert said == ["waiting for packages to be set up, which an earlier session has begun"]
        await unfinished.wait(said.append)
        assert len(said) == 1

    run_without_waiting(work())
