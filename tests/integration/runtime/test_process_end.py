"""However a program ends, and the backend with it, nothing that it started is left."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from colabwidget.runtime import process
from tests.kit.machine.machine import ROOT
from tests.kit.waiting import eventually


def lives(pid: int) -> bool:
    """Whether a process runs; one that only waits to be taken in does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


@pytest.fixture
def pids() -> Iterator[list[int]]:
    """Processes that a test has started: those that it did not end are killed."""
    started: list[int] = []
    yield started
    for pid in started:
        for kill in (os.killpg, os.kill):
            with contextlib.suppress(ProcessLookupError):
                kill(pid, signal.SIGKILL)


async def cancelled(script: str, wanted: int, grace: float) -> list[int]:
    """Run a script that prints process numbers; cancel it when it has printed all of them."""
    lines: list[str] = []
    work = asyncio.ensure_future(
        process.run(["sh", "-c", script], None, on_line=lines.append, grace=grace)
    )
    while len(lines) < wanted:
        await asyncio.sleep(0.01)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    return [int(line) for line in lines]


@pytest.mark.parametrize(
    ("script", "wanted"),
    [
        ("echo $$; sleep 1000 & echo $!; sleep 1000 & echo $!; wait", 3),
        ("trap '' TERM; echo $$; sleep 1000 & echo $!; wait", 2),
        # The program itself goes at the first sign, one that it has started does not.
        ("echo $$; (trap '' TERM; sleep 1000; sleep 1000) & echo $!; wait", 2),
    ],
    ids=["obedient", "deaf", "deaf child"],
)
def test_cancelling_ends_the_whole_process_group(pids: list[int], script: str, wanted: int) -> None:
    pids += asyncio.run(asyncio.wait_for(cancelled(script, wanted, grace=0.3), 30))
    eventually(lambda: not any(map(lives, pids)), seconds=3.0, what=lambda: f"{pids} still run")


def test_the_end_is_not_waited_for_at_a_pipe_that_others_hold(pids: list[int]) -> None:
    lines: list[str] = []
    work = process.run(["sh", "-c", "sleep 1000 & echo $!"], None, on_line=lines.append)
    assert asyncio.run(asyncio.wait_for(work, 30)) == 0
    pids += map(int, lines)
    assert lives(pids[0])


# Each in a process of its own, that is or becomes the parent of everything below it.
DAEMONS = """
import asyncio, os, sys
from pathlib import Path
from colabwidget.runtime import children, process
from colabwidget.system import subreaper

async def main():
    subreaper.become_subreaper()
    kept = await process.start(["sh", "-c", "sleep 1000 & wait"])
    # Two that have gone to the background, one of which does not hear SIGTERM.
    script = "setsid -f sleep 1000; setsid -f sh -c 'trap \\"\\" TERM; sleep 1000; sleep 1000'"
    assert await process.run(["sh", "-c", script], None) == 0
    kept_ones = {kept.pid}
    while len(kept_ones) < 2:
        kept_ones |= children.descendants(kept.pid)
    while len(children.descendants() - kept_ones) < 3:
        await asyncio.sleep(0.01)
    await children.stop_descendants({kept.pid}, grace=0.3)
    assert children.descendants() == kept_ones, (children.descendants(), kept_ones)
    await children.stop_descendants(set(), grace=0.3)
    assert not children.descendants(), children.descendants()

asyncio.run(main())
"""
ORPHANS = """
import asyncio
from colabwidget.runtime import children, process
from colabwidget.system import subreaper

async def main():
    subreaper.become_subreaper()
    watched = await process.start(["sh", "-c", "exit 5"])
    await process.run(["sh", "-c", "setsid -f true; setsid -f true"], None)
    while (left := children.descendants() - {watched.pid}):
        children.reap_orphans()
        await asyncio.sleep(0.01)
    assert await watched.wait() == 5

asyncio.run(main())
"""
PARENT = """
import asyncio
from colabwidget.runtime import process

async def main():
    child = await process.start(["sleep", "1000"])
    print(child.pid, flush=True)
    await child.wait()

asyncio.run(main())
"""


@pytest.mark.parametrize("script", [DAEMONS, ORPHANS], ids=["daemons", "orphans"])
def test_nothing_that_was_started_is_lost_from_sight(script: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr


def test_children_die_with_a_backend_that_is_killed(pids: list[int]) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    with parent:
        assert parent.stdout
        pids.append(int(parent.stdout.readline()))
        # A moment may pass until the program in it has its own name: setpriv comes first.
        eventually(lambda: Path(f"/proc/{pids[0]}/comm").read_text() == "sleep\n")
        parent.kill()
    eventually(lambda: not lives(pids[0]))
