"""Programs that the backend starts: their lines, their end, and that nothing of them is left."""

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
from support import ROOT, eventually

from colabwidget.backend import process
from colabwidget.backend.journal import Journal
from colabwidget.credentials import MASK

TOKEN = "2abcDEFghiJKLmnoPQRstuVWXyz0_1ABCdefGHIjklMNOpqr"


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


def run(*arguments: str, journal: Journal | None = None, text: str = "") -> tuple[int, list[str]]:
    lines: list[str] = []
    work = process.run(arguments, journal, text=text, on_line=lines.append)
    return asyncio.run(asyncio.wait_for(work, 30)), lines


def shell(script: str, journal: Journal | None = None) -> tuple[int, list[str]]:
    return run("sh", "-c", script, journal=journal)


def test_lines_of_both_streams_come_in_order_and_reach_the_journal(journal: Journal) -> None:
    status, lines = shell("echo one; echo two >&2; printf 'three\\r\\n\\nfive'", journal)
    assert (status, lines) == (0, ["one", "two", "three", "", "five"])
    assert journal.since(0, 1000)[1] == lines


def test_a_program_is_told_what_to_read_and_else_reads_nothing() -> None:
    assert run("cat", text="näme:s3cret\n") == (0, ["näme:s3cret"])
    assert run("cat") == (0, [])


@pytest.mark.parametrize(("script", "status"), [("exit 7", 7), ("kill -9 $$", -9)])
def test_the_exit_status_is_the_program_s(script: str, status: int) -> None:
    assert shell(script)[0] == status


def test_a_program_that_is_not_there_says_so() -> None:
    status, lines = run("no-such-program-anywhere")
    assert status == 127
    assert "no-such-program-anywhere" in lines[0]


def test_a_program_sees_nothing_of_the_notebook_s_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MY_SERVICE_TOKEN", TOKEN)
    monkeypatch.setenv("LD_LIBRARY_PATH", "/notebook/lib")
    lines: list[str] = []
    more = {"DEBIAN_FRONTEND": "noninteractive"}
    asyncio.run(process.run(["env"], None, environment=more, on_line=lines.append))
    names = {line.partition("=")[0] for line in lines}
    assert {"PATH", "HOME", "LANG", "DEBIAN_FRONTEND"} <= names
    assert not names & {"MY_SERVICE_TOKEN", "LD_LIBRARY_PATH"}


def test_many_lines_are_all_there() -> None:
    status, lines = shell("seq 50000")
    assert status == 0
    assert lines == [str(number) for number in range(1, 50_001)]


def test_lines_are_given_while_the_program_runs(tmp_path: Path) -> None:
    go = tmp_path / "go"
    script = f"echo ready; while [ ! -e {go} ]; do sleep 0.01; done; echo went"
    work = process.run(["sh", "-c", script], None, on_line=lambda line: go.touch())
    assert asyncio.run(asyncio.wait_for(work, 30)) == 0


def print_in_two_writes(first: bytes, second: bytes, go: Path) -> list[str]:
    """A program that prints its second part only after the first was read."""
    return [
        sys.executable,
        "-c",
        "import os, sys, time\n"
        f"os.write(1, {first!r})\n"
        f"while not os.path.exists({str(go)!r}): time.sleep(0.01)\n"
        f"os.write(1, {second!r})\n",
    ]


@pytest.mark.parametrize("cut", range(1, len("„ä€🙂“".encode())))
def test_a_character_cut_in_its_middle_is_whole(tmp_path: Path, cut: int) -> None:
    data, go, lines = "„ä€🙂“".encode(), tmp_path / "go", []

    def hear(line: str) -> None:
        lines.append(line)
        go.touch()

    command = print_in_two_writes(b"go\n" + data[:cut], data[cut:] + b"\n", go)
    asyncio.run(asyncio.wait_for(process.run(command, None, on_line=hear), 30))
    assert lines == ["go", "„ä€🙂“"]


@pytest.mark.parametrize("cut", [1, 6, 20, len(TOKEN) - 1, len(TOKEN)])
def test_a_secret_on_the_border_of_an_endless_line_is_not_shown(
    tmp_path: Path, journal: Journal, cut: int
) -> None:
    journal.redactor.add([TOKEN])
    go = tmp_path / "go"
    # A progress bar without an end of line: it is given in pieces, so as not to wait for ever.
    script = (
        "import os, sys, time\n"
        "start = 'x' * 262_144 + sys.stdin.readline().strip()\n"
        "rest = sys.stdin.readline().strip() + 'yyy'\n"
        "os.write(1, start.encode())\n"
        f"while not os.path.exists({str(go)!r}): time.sleep(0.01)\n"
        "os.write(1, rest.encode())\n"
    )
    work = process.run(
        [sys.executable, "-c", script],
        journal,
        text=f"{TOKEN[:cut]}\n{TOKEN[cut:]}\n",
        on_line=lambda line: go.touch(),
    )
    asyncio.run(asyncio.wait_for(work, 30))
    shown = journal.path.read_text().replace("\n", "")
    assert shown == "x" * 262_144 + MASK + "yyy"


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
    status, lines = shell("sleep 1000 & echo $!")
    pids += map(int, lines)
    assert status == 0
    assert lives(pids[0])


def test_what_is_too_slow_is_given_up() -> None:
    assert asyncio.run(process.output(["sleep", "1000"], timeout=0.2)) == (-1, "")
    assert asyncio.run(process.output(["echo", "hello"])) == (0, "hello")


# Each in a process of its own, that is or becomes the parent of everything below it.
DAEMONS = """
import asyncio, os, sys
from pathlib import Path
from colabwidget.backend import process

async def main():
    process.become_subreaper()
    kept = await process.start(["sh", "-c", "sleep 1000 & wait"])
    # Two that have gone to the background, one of which does not hear SIGTERM.
    script = "setsid -f sleep 1000; setsid -f sh -c 'trap \\"\\" TERM; sleep 1000; sleep 1000'"
    assert await process.run(["sh", "-c", script], None) == 0
    kept_ones = {kept.pid}
    while len(kept_ones) < 2:
        kept_ones |= process.descendants(kept.pid)
    while len(process.descendants() - kept_ones) < 3:
        await asyncio.sleep(0.01)
    await process.end_descendants({kept.pid}, grace=0.3)
    assert process.descendants() == kept_ones, (process.descendants(), kept_ones)
    await process.end_descendants(set(), grace=0.3)
    assert not process.descendants(), process.descendants()

asyncio.run(main())
"""
ORPHANS = """
import asyncio
from colabwidget.backend import process

async def main():
    process.become_subreaper()
    watched = await process.start(["sh", "-c", "exit 5"])
    await process.run(["sh", "-c", "setsid -f true; setsid -f true"], None)
    while (left := process.descendants() - {watched.pid}):
        process.reap_orphans()
        await asyncio.sleep(0.01)
    assert await watched.wait() == 5

asyncio.run(main())
"""
PARENT = """
import asyncio
from colabwidget.backend import process

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
