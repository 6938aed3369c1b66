"""Accounts of a directory service that takes its time, on a copy of this machine."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from tests.kit.backend.loop_watch import LoopWatch
from tests.kit.keys import blob
from tests.kit.machine.bare_machine import BareMachine, MakeBare
from tests.kit.machine.machine import ROOT
from tests.kit.machine.slow_directory import NAME, SECONDS, add_slow_directory

KEY = f"ssh-ed25519 {blob(b'ssh-ed25519', bytes(range(32)))} me"


def watched(machine: BareMachine) -> tuple[LoopWatch, dict[str, str]]:
    """Watch the backends of a copy: what sees their loops, and the environment that it takes."""
    machine.must("mkdir", "--mode=777", "/watch")
    watch = LoopWatch(machine.path("/watch"))
    return watch, {"PYTHONPATH": f"/watch{os.pathsep}{ROOT}"}


@pytest.mark.slow
def test_a_slow_directory_keeps_the_backend_s_loop_running(bare: MakeBare, tmp_path: Path) -> None:
    machine = bare(())
    add_slow_directory(machine, tmp_path)
    watch, environment = watched(machine)

    begun = time.monotonic()
    done = machine.run(*machine.connecting(), environment=environment)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{machine.journal()}"
    assert time.monotonic() - begun > SECONDS, "it was asked"
    machine.must(*machine.colabwidget("disconnect"))

    # An account of the directory, with its home.
    machine.must("sh", "-c", f"mkdir /home/ada && chown '{NAME}:' /home/ada")
    key = ("--public-key", KEY)
    done = machine.run(*machine.connecting(*key, user=NAME), environment=environment)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{machine.journal()}"
    details = json.loads(done.stdout)
    assert details["ssh"]["user"] == NAME and details["ssh"]["notices"] == []
    machine.must(*machine.colabwidget("disconnect"))
    watch.check()
