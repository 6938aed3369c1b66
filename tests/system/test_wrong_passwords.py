"""Wrong passwords without end: sign-ins go on, and memory, log and connections stay bounded."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import pytest

from tests.kit.backend.held_memory import HeldMemory
from tests.kit.fault_matrix import Scene, aftermath, told
from tests.kit.machine.machine import Machine
from tests.kit.machine.password_guesser import AT_ONCE, guess
from tests.kit.machine.processes import count_of_files
from tests.kit.machine.ssh_client import ssh_session

TRIED = 5000
PAUSE = 5.0  # seconds between two sign-ins
# Lines of refusals at once, and a second after that: `runtime.throttle`.
BURST, RATE = 500, 10


@pytest.mark.slow
def test_five_thousand_wrong_passwords_keep_the_owner_neither_out_nor_uninformed(
    machine: Machine, tmp_path: Path
) -> None:
    scene = Scene(machine, tmp_path)
    assert machine.watch
    held = HeldMemory(machine.watch)
    details = scene.connect(tunnel="direct")
    own = 1  # the session that stays open
    with aftermath(scene), ssh_session(details, tmp_path) as session:
        backend = scene.backend
        files, seen = count_of_files(backend), Counter[str]()
        memory = []
        began = time.monotonic()
        for times in (500, TRIED - 500):
            with ThreadPoolExecutor(1) as guessers:
                guessing = guessers.submit(lambda n: asyncio.run(guess(details["ssh"], n)), times)
                while not guessing.done():
                    assert scene.signs_in(), told(scene)
                    own += 1
                    wait([guessing], PAUSE)
                    # The tunnel has two ends of what the guessers have open now, and of sign-ins.
                    assert count_of_files(backend) < files + 2 * AT_ONCE + 8
                    present = machine.status()["present"]
                    assert [each["way"] for each in present] == ["password"], present
            seen += guessing.result()
            memory.append(held.of(backend))
        took = time.monotonic() - began

        assert seen["tried"] >= TRIED and seen["in"] == 0, seen
        assert seen["connections"] > TRIED / 20
        assert memory[1] - memory[0] < 500_000, memory
        assert session.stdin and session.stdout
        session.stdin.write(b"still here\n")
        session.stdin.flush()
        assert session.stdout.readline() == b"still here\n"
        assert scene.signs_in()
        lines = scene.journal().splitlines()
        # Each sign-in stands there, each of which is one line and the line of its end.
        assert sum("sshd: Accepted password" in line for line in lines) == own + 1
        assert any("lines left out" in line for line in lines)
        assert len(lines) < BURST + RATE * took + 4 * own + 100, len(lines)
        print(f"{seen}, {own} sign-ins, {took:.0f} s, {memory} bytes, {len(lines)} lines")
