"""Accounts of a directory service that takes its time, on a copy of this machine."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import pytest

from colabwidget.system import made_accounts
from tests.kit.keys import blob
from tests.kit.machine.bare_machine import MakeBare
from tests.kit.machine.slow_directory import NAME, SECONDS, add_slow_directory

KEY = f"ssh-ed25519 {blob(b'ssh-ed25519', bytes(range(32)))} me"


@pytest.mark.slow
def test_a_slow_directory_keeps_the_backend_s_loop_running(bare: MakeBare, tmp_path: Path) -> None:
    """Each copy watches the loops of its backends."""
    machine = bare(())
    add_slow_directory(machine, tmp_path)

    begun = time.monotonic()
    done = machine.run(*machine.connecting())
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{machine.journal()}"
    assert time.monotonic() - begun > SECONDS, "it was asked"
    machine.must(*machine.colabwidget("disconnect"))

    # The end of an account's processes, by which Disconnect and the guard shut the door, asks not.
    ends = [sys.executable, "-I", "-S", made_accounts.__file__, "54871", "1"]
    begun = time.monotonic()
    assert machine.run(*ends).returncode == 0
    assert time.monotonic() - begun < SECONDS

    # An account of the directory, with its home.
    machine.must("sh", "-c", f"mkdir /home/ada && chown '{NAME}:' /home/ada")
    key = ("--public-key", KEY)
    done = machine.run(*machine.connecting(*key, user=NAME))
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{machine.journal()}"
    details = json.loads(done.stdout)
    assert details["ssh"]["user"] == NAME and details["ssh"]["notices"] == []
    machine.must(*machine.colabwidget("disconnect"))
