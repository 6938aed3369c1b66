"""Cancel, at whatever moment it comes, leaves the machine as it was, and Connect works again."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.kit.fault_matrix import Scene, assert_nothing_left
from tests.kit.machine.machine import Machine
from tests.kit.waiting import eventually

# Connects, waits as long as it is told, or until a step runs, and cancels; says how it ended.
CANCELLER = """
import sys, time
from colabwidget.ipc import client, messages
from colabwidget.core.options import Options
options = Options(user=sys.argv[1]).checked().as_dict()
token, seen = sys.stdin.readline().strip(), []
backend = client.ensure(lambda event: seen.append(event))
running = lambda: [step["name"] for event in seen if isinstance(event, messages.State)
                   for step in event.snapshot["steps"] if step["status"] == "running"]
for line in sys.stdin:
    seen.clear()
    backend.connect(options, token, {})
    kind, value = line.split()
    if kind == "seconds":
        time.sleep(float(value))
    else:
        while value not in running():
            time.sleep(0.005)
    phase = backend.cancel()["snapshot"]["phase"]
    if phase == "connected":
        backend.disconnect(force=True)
    print(phase, flush=True)
"""


@pytest.fixture
def scene(machine: Machine, tmp_path: Path) -> Scene:
    return Scene(machine, tmp_path, kept={"arguments": (), "tunnel": "ngrok"})


@contextmanager
def canceller(machine: Machine) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [machine.python, "-c", CANCELLER, machine.user],
        env=machine.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd="/",
    ) as process:
        assert process.stdin
        process.stdin.write(f"{machine.token}\n")
        process.stdin.flush()
        try:
            yield process
        finally:
            process.stdin.close()


def cancelled(process: subprocess.Popen[str], when: str) -> str:
    assert process.stdin and process.stdout
    process.stdin.write(f"{when}\n")
    process.stdin.flush()
    return process.stdout.readline().strip()


def test_at_any_moment(scene: Scene) -> None:
    with canceller(scene.machine) as process:
        # Connecting takes some 0.4 s here: all of it is tried, and a little more.
        for moment in range(10):
            assert cancelled(process, f"seconds {moment * 0.05}") in ("idle", "connected")
            assert_nothing_left(scene)
    scene.connect()
    assert scene.signs_in()


@pytest.mark.parametrize(
    ("step", "behaviour"),
    [
        ("tunnel", {"delay_s": 60}),
        pytest.param("tunnel", {"silent": True}, marks=pytest.mark.slow),
        ("verify", {"forward_nowhere": True}),
    ],
)
def test_in_a_step_that_takes_its_time(
    scene: Scene, step: str, behaviour: dict[str, object]
) -> None:
    scene.machine.agent(**behaviour)
    with canceller(scene.machine) as process:
        assert cancelled(process, f"step {step}") == "idle"
        assert_nothing_left(scene)
    scene.machine.agent()
    scene.connect()
    assert scene.signs_in()


def test_of_a_second_try_keeps_what_the_first_has_made(scene: Scene) -> None:
    machine = scene.machine
    first = scene.connect()
    listener = scene.child("listener")
    machine.agent(auth_error="107")
    # The session is lost and not given again.
    subprocess.run(["kill", "-USR1", str(scene.child("ngrok.yml"))], check=True)
    eventually(lambda: scene.phase == "failed", 30)
    machine.agent(delay_s=60)
    with canceller(machine) as process:
        assert cancelled(process, "step tunnel") == "failed"
    assert scene.error["code"] == "cancelled"
    assert scene.child("listener") == listener
    machine.agent()
    assert scene.connect()["ssh"]["password"] == first["ssh"]["password"]
    assert scene.child("listener") == listener
    assert scene.signs_in()
    machine.disconnect()
    assert_nothing_left(scene)
