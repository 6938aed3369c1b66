"""The sound of a desktop in a cell: how long it takes to be heard, and where it drops out.

From the start of a program that plays until the page's output has its sound, as its analyser has
it; the sound card's own time comes on top. Processor time is that of PulseAudio, parec and ffmpeg.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from common import ROOT, ROUNDS, Table, cpu_seconds, medians, must_be_root
from playwright.sync_api import sync_playwright

from tests.kit.browser.desktop_view import Shown
from tests.kit.browser.front_ends import CHROMIUM_ARGUMENTS, Lab
from tests.kit.browser.heard import first_sound, gaps, loudest, tap
from tests.kit.browser.notebook_servers import LabServer, running
from tests.kit.desktop.on_machine import programs
from tests.kit.machine.machine import Machine
from tests.kit.waiting import eventually

CELL = "import colabwidget\ncolabwidget.Desktop('1280x800', vnc='tigervnc')"
PLAYS = 8
SECONDS = 10
HEARD, GAPS = 150.0, 1  # budgets: milliseconds; drop-outs in that time
NEEDS = ("Xtigervnc", "pulseaudio", "parec", "paplay", "ffmpeg")


def main() -> int:
    must_be_root()
    if lacking := [name for name in NEEDS if not shutil.which(name)]:
        print(f"Skipped: there is no {', '.join(lacking)}.")
        return 0
    table = Table(f"The sound of a desktop in a cell, medians of {ROUNDS} rounds")
    with (
        (ROOT / "tests" / "conftest.py").open() as lock,
        tempfile.TemporaryDirectory() as folder,
        running(LabServer(Path(sys.executable), Path(folder))) as server,
        sync_playwright() as playwright,
    ):
        fcntl.flock(lock, fcntl.LOCK_EX)  # as the tests that have a desktop
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=CHROMIUM_ARGUMENTS
        )
        context = browser.new_context(viewport={"width": 1280, "height": 1000})
        tap(context)
        notebook = Lab(server, context).open_notebook([CELL])
        notebook.run_cell(0)
        machine = server.machine()
        try:
            shown = Shown(notebook).ready()
            rounds = [measured(shown, machine, Path(folder)) for _ in range(ROUNDS)]
        finally:
            machine.end()
            browser.close()
    seen = medians(rounds)
    table.add("pressed until the page listens", seen["open"], "ms")
    table.add("player's start to heard", seen["heard"], "ms", HEARD)
    table.add(f"drop-outs in {SECONDS} s", seen["gaps"], "", GAPS)
    table.add("processor time while it plays", seen["playing"], "% of a core")
    table.add("processor time while nothing does", seen["silent"], "% of a core")
    return table.end()


def measured(shown: Shown, machine: Machine, folder: Path) -> dict[str, float]:
    """Listen for a while, and mute again."""
    page, button = shown.notebook.page, shown.root.get_by_role("button", name="Sound")
    began = time.perf_counter()
    button.click()
    socket = Path(f"/run/colabwidget-{pwd.getpwuid(os.geteuid()).pw_name}/pulse/native")
    eventually(lambda: socket.exists() and "ffmpeg" in programs(machine))
    found = {"open": (time.perf_counter() - began) * 1000}
    short, long = tone(folder, 0.3), tone(folder, SECONDS + 6)
    environment = {**os.environ, "PULSE_SERVER": f"unix:{socket}", "HOME": str(folder)}
    time.sleep(1)
    times = []
    for _ in range(PLAYS):
        with first_sound(page) as heard:
            started = time.time()
            subprocess.run(["paplay", short], env=environment, check=True)
            times.append((heard() - started) * 1000)
        time.sleep(1)
    found["heard"] = median(times)
    found["silent"] = work(machine)
    with subprocess.Popen(["paplay", long], env=environment) as player:
        eventually(lambda: loudest(page)["level"] > 0.01)
        time.sleep(1)
        found["playing"] = work(machine)
        found["gaps"] = gaps(page, SECONDS)
        player.kill()
    button.click()
    eventually(lambda: "parec" not in programs(machine))
    print({name: round(value, 2) for name, value in found.items()}, file=sys.stderr)
    return found


def tone(folder: Path, seconds: float) -> str:
    """Make a file with a tone."""
    file = folder / f"{seconds}.wav"
    source = f"sine=440:sample_rate=48000:duration={seconds}"
    make = [
        "ffmpeg",
        "-y",
        "-loglevel",
        "error",
        "-f",
        "lavfi",
        "-i",
        source,
        "-ac",
        "2",
        str(file),
    ]
    subprocess.run(make, check=True)
    return str(file)


def work(machine: Machine, seconds: float = 3.0) -> float:
    """Return the processor time of the programs of sound, in per cent of a core."""
    pids = [pid for name, pid in programs(machine).items() if name in NEEDS[1:]]
    before = sum(map(cpu_seconds, pids))
    time.sleep(seconds)
    return (sum(map(cpu_seconds, pids)) - before) / seconds * 100


if __name__ == "__main__":
    sys.exit(main())
