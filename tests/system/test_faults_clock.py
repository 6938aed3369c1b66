"""The machine's clock jumps while a session is there; nothing may measure time by it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.kit.fault_matrix import Row, Scene, try_row
from tests.kit.machine.machine import Machine

DAY = 86_400
# libfaketime, wherever Debian's package has it for this architecture.
LIBRARIES = [*Path("/usr/lib").glob("*/faketime/libfaketime.so.1")]


def fake_the_clock(scene: Scene) -> None:
    """Start the backend under a clock that a file moves; its monotonic clock is left alone.

    No thread of it may sleep: libfaketime 0.9.10 cannot do that with this clock left alone.
    """
    offset = scene.machine.folder / "offset"
    offset.write_text("+0\n")
    scene.kept["offset"] = offset
    scene.kept["faked"] = {
        **scene.machine.environment,
        "LD_PRELOAD": str(LIBRARIES[0]),
        "FAKETIME_TIMESTAMP_FILE": str(offset),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    under_that_clock(scene, "-m", "colabwidget.backend")


def under_that_clock(scene: Scene, *arguments: str) -> str:
    """What Python prints when it runs with the backend's clock."""
    return subprocess.run(
        [scene.machine.python, *arguments],
        env=scene.kept["faked"],
        cwd="/",
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    ).stdout


def jump(scene: Scene) -> None:
    """A day ahead, then a day behind what was true before; there, sshd is killed."""
    assert str(LIBRARIES[0]) in Path(f"/proc/{scene.backend}/maps").read_text()
    for seconds in (DAY, -DAY):
        scene.kept["offset"].write_text(f"{seconds:+d}\n")
        shown = float(under_that_clock(scene, "-c", "import time; print(time.time())"))
        assert abs(shown - time.time() - seconds) < DAY / 2
        assert scene.signs_in()
        assert "Reconnecting" not in scene.journal()
    os.kill(scene.child("listener"), signal.SIGKILL)


ROW = Row(
    "clock_jumps",
    "The clock jumps a day ahead, then two days back; then SIGKILL of sshd's listener",
    "Nothing at the jumps; clients get in, what ends is mended, Disconnect works",
    within=10,
    before=fake_the_clock,
    fault=jump,
    holds=lambda scene: "Connected again." in scene.journal() and scene.signs_in(),
    tunnel="direct",
)


@pytest.mark.skipif(not LIBRARIES, reason="needs faketime")
def test_fault(machine: Machine, tmp_path: Path) -> None:
    try_row(ROW, machine, tmp_path)
