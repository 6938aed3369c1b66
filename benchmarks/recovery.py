"""From a fault to the way in again: the agent or sshd is killed, or the notebook's kernel restarts.

The stand-in agent of the tests takes ngrok's part. What its own start takes is measured alone, in
the same round, and taken off: it is the time from a kill to a session that is connected and
verified anew, as a client of the backend hears of it. sshd's start belongs to us and stays in. For
the kernel: JupyterLab in Chromium, from the moment in which the cell is run in the new kernel
until its details are on the screen, as the page itself measures it.
"""

from __future__ import annotations

import os
import queue
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from common import Table, medians, must_be_root, needed

# isort: split
from connect import agent, machine
from playwright.sync_api import sync_playwright

from colabwidget.ipc import client, messages
from tests.kit.browser.card import cell
from tests.kit.browser.front_ends import CHROMIUM_ARGUMENTS, Lab
from tests.kit.browser.notebook_servers import LabServer, running
from tests.kit.fault_matrix import Scene
from tests.kit.machine.accounts import new_user

ROUNDS = 5
BACK = 3.0  # seconds beyond the agent's own start
ATTACH = 1.0  # seconds
AGENT, LISTENER = "ngrok start", "[listener]"

# Run the cell, and look at each frame whether a widget that was not there before has the details.
SHOWN = """async () => {
  const cards = () => [...document.querySelectorAll('[data-testid="card"]')];
  const before = new Set(cards());
  const began = performance.now();
  rig.run(0);
  const shows = (card) => !before.has(card) && card.dataset.phase === "connected"
    && card.querySelector('[data-testid="copy-command"]')?.checkVisibility();
  while (!cards().some(shows)) await new Promise(requestAnimationFrame);
  return (performance.now() - began) / 1000;
}"""


def main() -> int:
    must_be_root()
    table = Table(f"From a fault to the way in again, medians of {ROUNDS}")
    values = medians([faults() for _ in range(ROUNDS)])
    table.add("agent killed: connected and verified again", values["agent"], "s")
    table.add("the agent's own start, alone", values["start"], "s")
    table.add("agent killed: beyond that", values["agent"] - values["start"], "s", BACK)
    table.add("sshd killed: connected and verified again", values["sshd"], "s", BACK)
    values = medians(attached())
    table.add("kernel restarted: cell run to details on screen", values["attach"], "s", ATTACH)
    return table.end()


def faults() -> dict[str, float]:
    """Have each fault happen to a session of its own."""
    with tempfile.TemporaryDirectory() as name:
        return {
            "start": agent(Path(name)),
            "agent": back_after(AGENT),
            "sshd": back_after(LISTENER),
        }


def back_after(mark: str) -> float:
    """Kill what has the mark in its command line; return the seconds until clients get in again."""
    with machine() as made:
        made.connect()
        phases: queue.SimpleQueue[tuple[float, str]] = queue.SimpleQueue()

        def hear(event: messages.State | messages.Log) -> None:
            if isinstance(event, messages.State):
                phases.put((time.perf_counter(), event.snapshot["phase"]))

        listener = needed(client.find(hear))
        victim = Scene(made, made.folder).child(mark)
        killed = time.perf_counter()
        os.kill(victim, signal.SIGKILL)
        for wanted in ("reconnecting", "connected"):
            while (heard := phases.get(timeout=60))[1] != wanted:
                assert heard[1] in ("connected", "reconnecting"), heard
        listener.close()
        return heard[0] - killed


def attached() -> list[dict[str, float]]:
    """Restart the kernel of a notebook that shows a session, and run its cell again."""
    with (
        tempfile.TemporaryDirectory() as home,
        running(LabServer(Path(sys.executable), Path(home))) as server,
        sync_playwright() as playwright,
    ):
        made = server.machine(new_user())
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=CHROMIUM_ARGUMENTS
        )
        lab = Lab(server, browser.new_context(viewport={"width": 1280, "height": 900}))
        try:
            made.connect()
            notebook = lab.open_notebook([cell(made)])
            seconds = []
            for _ in range(ROUNDS):
                notebook.restart_kernel()
                seconds.append({"attach": float(notebook.page.evaluate(SHOWN))})
                notebook.wait_idle()
            return seconds
        finally:
            browser.close()
            made.end()


if __name__ == "__main__":
    sys.exit(main())
