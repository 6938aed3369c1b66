"""Nothing that came of a kept program is left, however it ends."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from colabwidget.system import subreaper
from tests.kit.waiting import eventually

# A process of a session of its own, as dbus-daemon and ssh-agent are; deaf to SIGTERM.
LEAVES_BEHIND = "setsid sh -c 'trap \"\" TERM; echo $$; exec sleep 300' & sleep 0.2; {rest}"


def keep(*command: str) -> subprocess.Popen[str]:
    """The keeper of a program, whose output is read from a pipe."""
    arguments = [sys.executable, "-I", "-S", subreaper.__file__, str(os.getpid()), *command]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)


def left_behind(kept: subprocess.Popen[str]) -> Path:
    assert kept.stdout
    return Path("/proc", kept.stdout.readline().strip())


@pytest.mark.parametrize(
    ("rest", "status"), [("exit 7", 7), ("exit 0", 0), ("kill -KILL $$", 128 + signal.SIGKILL)]
)
def test_a_program_that_ends(rest: str, status: int) -> None:
    with keep("sh", "-c", LEAVES_BEHIND.format(rest=rest)) as kept:
        left = left_behind(kept)

        assert kept.wait(20) == status

    assert not left.exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_told_to_end(number: int) -> None:
    with keep("sh", "-c", LEAVES_BEHIND.format(rest="sleep 300")) as kept:
        left = left_behind(kept)

        kept.send_signal(number)

        assert kept.wait(20) == 128 + signal.SIGTERM
    assert not left.exists()


# What a shell of a terminal has started to outlive it, and two that were not. A session's own
# program without a terminal is not the user's.
OUTLIVES = """
start() {{ "$@" > /dev/null 2>&1 & pids="$pids $!"; }}
export {mark}=1
start setsid sh -c 'sleep 301; :'
start nohup sleep 302
unset {mark}
start setsid sleep 303
start nohup sleep 304
sleep 0.5
printf '%s\\n' $pids
{rest}
"""


@pytest.mark.parametrize("rest", ["exit 3", "sleep 300"])
def test_what_is_to_outlive_its_terminal_goes_on(rest: str) -> None:
    with keep("sh", "-c", OUTLIVES.format(mark=subreaper.TERMINAL, rest=rest)) as kept:
        started = [left_behind(kept) for _ in range(4)]
        below = [Path("/proc", str(pid)) for pid in subreaper.children(int(started[0].name))]
        try:
            if rest != "exit 3":
                kept.send_signal(signal.SIGTERM)
            kept.wait(20)

            assert [each.exists() for each in started] == [True, True, False, False]
            assert below and below[0].exists()
        finally:
            for each in (*started, *below):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(each.name), signal.SIGKILL)


def test_whoever_started_it_is_killed() -> None:
    rest = f"export {subreaper.TERMINAL}=1; " + LEAVES_BEHIND.format(rest="sleep 300")
    starts = (
        "import os, subprocess, sys\n"
        "subprocess.run([sys.executable, '-I', '-S', sys.argv[1], str(os.getpid()), *sys.argv[2:]])"
    )
    arguments = [sys.executable, "-c", starts, subreaper.__file__, "sh", "-c", rest]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as starter:
        left = left_behind(starter)
        assert left.exists()

        starter.kill()

        eventually(lambda: not left.exists())


def test_a_program_that_is_not_there() -> None:
    with keep("/no/such/program") as kept:
        assert kept.wait(20) != 0
