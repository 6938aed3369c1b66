"""A page that is slow, and one that reads nothing, before a desktop that never rests."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from playwright.sync_api import CDPSession

from tests.kit.browser.desktop_view import Shown
from tests.kit.browser.front_ends import Lab
from tests.kit.desktop.painter import QUARTERS, Painter, painting
from tests.kit.machine.machine import DESKTOP_TEST, Machine
from tests.kit.machine.processes import command_line
from tests.kit.waiting import eventually

pytestmark = [*DESKTOP_TEST]

CELL = "import colabwidget\ncolabwidget.Desktop('1280x800', vnc='tigervnc')"
SECONDS = int(os.environ.get("COLABWIDGET_LOAD_SECONDS", "5"))
SLOWER = 20  # times
PLACES = ((100, 100), (1180, 100), (100, 700), (1180, 700))
ALLOWED = {"kernel": 12, "backend": 8, "server": 25, "page": 25}  # MB more
FROZEN = """() => void setTimeout(() => {
    const end = performance.now() + 3500;
    while (performance.now() < end);
})"""


@pytest.mark.slow
def test_a_slow_page_makes_nothing_grow_and_shows_the_right_picture_in_the_end(lab: Lab) -> None:
    machine = lab.server.machine()
    try:
        notebook = lab.open_notebook([CELL])
        notebook.run_cell(0)
        shown = Shown(notebook).ready()
        devtools = lab.context.new_cdp_session(notebook.page)
        with painting(machine.backend_pid()) as painter:
            painter.show("load")
            time.sleep(1.5)  # what each keeps for good
            assert not shown.near(QUARTERS[0], PLACES[0])
            before, page = memory(lab, machine), held(devtools)
            devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
            most = most_memory(lab, machine, SECONDS)
            right_again(shown, painter)
            devtools.send("Emulation.setCPUThrottlingRate", {"rate": 1})
            grown = {name: most[name] - before[name] for name in most}
            grown["page"] = held(devtools) - page
            print("slow:", {name: round(value, 1) for name, value in grown.items()})
            assert not {name: grown[name] for name in grown if grown[name] > ALLOWED[name]}

            # It neither draws nor hears.
            painter.show("load")
            notebook.page.evaluate(FROZEN)
            most = most_memory(lab, machine, 3)
            right_again(shown, painter)
            grown = {name: most[name] - before[name] for name in most}
            print("frozen:", {name: round(value, 1) for name, value in grown.items()})
            assert not {name: grown[name] for name in grown if grown[name] > ALLOWED[name]}
    finally:
        machine.end()


def right_again(shown: Shown, painter: Painter) -> None:
    """The four quarters are where they are painted, and soon: the page is not far behind."""
    painter.show("still")
    began = time.monotonic()
    eventually(
        lambda: all(
            shown.near(colour, place) for colour, place in zip(QUARTERS, PLACES, strict=True)
        )
    )
    print(f"right after {time.monotonic() - began:.1f} s")


def most_memory(lab: Lab, machine: Machine, seconds: int) -> dict[str, float]:
    """The most that each of them has in that time, in MB."""
    seen = []
    for _ in range(seconds):
        time.sleep(1)
        seen.append(memory(lab, machine))
    for name in seen[0]:
        print(f"{name}:", *(f"{each[name]:.1f}" for each in seen))
    return {name: max(each[name] for each in seen) for name in seen[0]}


def memory(lab: Lab, machine: Machine) -> dict[str, float]:
    """MB that kernel, backend and notebook server have."""
    pids = {"backend": machine.backend_pid()}
    for pid in lab.server.processes():
        line = command_line(pid)
        if "ipykernel_launcher" in line:
            pids["kernel"] = pid
        elif "-m jupyterlab" in line:
            pids["server"] = pid
    assert len(pids) == 3 and pids["backend"]
    return {name: resident(pid) for name, pid in pids.items() if pid}


def held(devtools: CDPSession) -> float:
    """MB that a page's scripts hold, what they could throw away not counted."""
    devtools.send("HeapProfiler.collectGarbage")
    usage = devtools.send("Runtime.getHeapUsage")
    return float(usage["usedSize"] + usage.get("backingStorageSize", 0)) / 1e6


def resident(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1000
