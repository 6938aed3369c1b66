"""The guard closes what a backend that was killed has left open."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.kit.machine.machine import ROOT

# A backend with a program that has not begun yet, and has all that the backend has open.
BACKEND = """
import fcntl, os, sys, time
from colabwidget.system import guard
directory = sys.argv[1]
guard.become_guarded(directory)
lock = os.open(f"{directory}/lock", os.O_RDWR)
fcntl.flock(lock, fcntl.LOCK_EX)
backend = os.getpid()
if os.fork() == 0:
    print(backend, flush=True)
time.sleep(100)
"""


def test_a_program_that_holds_the_lock_yet_does_not_keep_the_guard_from_it(tmp_path: Path) -> None:
    directory = tmp_path / "run"
    (directory / "session").mkdir(mode=0o700, parents=True)
    (directory / "lock").touch()
    with subprocess.Popen(
        [sys.executable, "-c", BACKEND, str(directory)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        start_new_session=True,
    ) as guard:
        assert guard.stdout
        os.kill(int(guard.stdout.readline()), signal.SIGKILL)
        assert guard.wait(30) == 0
    assert not (directory / "session").exists()
