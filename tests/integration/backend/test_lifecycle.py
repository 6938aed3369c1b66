"""The backend's start: only one lives, whatever those before it have left."""

from __future__ import annotations

import fcntl
import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

from colabwidget.ipc import messages
from colabwidget.runtime.children import descendants
from tests.kit.backend.loop_watch import LoopWatch
from tests.kit.backend.wire import Line, Spawned
from tests.kit.machine.machine import ROOT
from tests.kit.machine.processes import open_files
from tests.kit.waiting import eventually

BACKEND = [sys.executable, "-m", "colabwidget.backend"]


def starting() -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{os.environ['PYTHONPATH']}"}
    return subprocess.Popen(BACKEND, env=environment, cwd="/")


def has_open(process: subprocess.Popen[bytes], path: Path) -> bool:
    """Whether something that a program has started has a file open."""
    return any(str(path) in open_files(pid) for pid in descendants(process.pid))


def test_one_that_is_just_ending_is_waited_for(runtime: Path) -> None:
    """Its lock is held still; the socket is one of a backend that was killed before."""
    runtime.mkdir(mode=0o700)
    with socket.socket(socket.AF_UNIX) as gone:
        gone.bind(str(runtime / "backend.sock"))
    with (runtime / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        begun = starting()
        eventually(lambda: has_open(begun, runtime / "lock"))

    assert begun.wait(30) == 0
    Spawned().end()


def test_one_that_serves_is_left_alone(own_backend: Spawned) -> None:
    assert starting().wait(30) == 0

    assert Spawned().epoch == own_backend.epoch


def test_the_lock_is_private_and_no_link_is_followed(runtime: Path, tmp_path: Path) -> None:
    runtime.mkdir(mode=0o700)
    (runtime / "lock").symlink_to(tmp_path / "elsewhere")
    assert starting().wait(30) == 1
    assert not (tmp_path / "elsewhere").exists()

    (runtime / "lock").unlink()
    spawned = Spawned.start()
    assert stat.S_IMODE((runtime / "lock").stat().st_mode) == 0o600
    spawned.end()


# A backend in which each question for its state waits as for a lock, and asks for an address.
BLOCKING = """
import socket
import time
from colabwidget.backend.__main__ import main
from colabwidget.backend.session import Session

usual = Session.fill
Session.fill = lambda *arguments: (
    time.sleep(0.3), socket.gethostbyname("localhost"), usual(*arguments)
)[-1]
main()
"""


def test_the_watch_tells_of_a_backend_that_blocks_in_its_loop(
    runtime: Path, tmp_path: Path
) -> None:
    watch = LoopWatch(tmp_path)
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
    command = [sys.executable, "-c", BLOCKING, "colabwidget.backend"]
    subprocess.run(command, env=environment, cwd="/", check=True, timeout=30)
    blocked = Spawned()
    with Line() as line:
        line.result(messages.Status(1))
    blocked.end()
    took, *waited = watch.too_long(0.25)
    assert took.startswith("Executing ")
    assert waited and all(each.startswith("Waiting in socket.gethost") for each in waited)
    assert watch.too_long() == waited, "0.3 s are no fault"
