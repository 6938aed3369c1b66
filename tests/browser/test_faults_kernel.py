"""Faults between the browser and the backend: a page, a kernel, or the way between them fails."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from colabwidget.kernel.outbox import LOG_CREDIT
from tests.doubles import flooding_backend
from tests.kit.backend.older_version import OLDER, install_older, run_older
from tests.kit.browser.card import Card, show
from tests.kit.browser.front_ends import TIMEOUT_MS, FrontEnd, in_front_ends
from tests.kit.browser.session_view import scene_of, shows
from tests.kit.fault_matrix import Fault, Scene, aftermath, assert_nothing_left
from tests.kit.machine.machine import Machine
from tests.kit.machine.processes import command_line
from tests.kit.machine.ssh_client import ssh_session
from tests.kit.waiting import eventually


@dataclass(frozen=True)
class PageRow(Fault):
    """A row of the fault matrix, tried in a browser.

    Parameters
    ----------
    name, done, seen, within
        As in `Fault`.
    fault
        Does it, to a widget that shows a session.
    holds
        Whether the user sees it; returns when that is so.
    cells
        Further cells of the notebook.
    front_ends
        Where it is tried.
    """

    fault: Callable[[Card, Scene], object]
    holds: Callable[[Card, Scene, float], object]
    cells: tuple[str, ...] = ()
    front_ends: tuple[str, ...] = ("lab",)


def kernels(front_end: FrontEnd) -> list[int]:
    pids = front_end.server.processes()
    return [pid for pid in pids if "ipykernel_launcher" in command_line(pid)]


def server_of(front_end: FrontEnd) -> int:
    pids = front_end.server.processes()
    return next(pid for pid in pids if "-m jupyterlab" in command_line(pid))


# A kernel that is killed


def kill_kernel(card: Card, scene: Scene) -> None:
    (kernel,) = kernels(card.notebook.front_end)
    os.kill(kernel, signal.SIGKILL)
    eventually(lambda: kernels(card.notebook.front_end) not in ([], [kernel]))
    assert scene.signs_in()


def cell_run_again(card: Card, scene: Scene, within: float) -> None:
    notebook = card.notebook
    expect(card.root).to_have_attribute("data-lost", "gone", timeout=within * 1000)
    expect(card.root).to_contain_text("Kernel restarted · was connected")
    expect(card.part("disconnect")).to_have_attribute("aria-disabled", "true")
    # JupyterLab says what happened in a dialog, once the new kernel is on its way.
    notebook.page.locator(".jp-Dialog .jp-mod-accept").click()
    notebook.wait_ready()
    notebook.run_cell(0)
    shows(card, scene, within)


# A kernel that stands still


def stop_kernel(card: Card, scene: Scene) -> None:
    (kernel,) = kernels(card.notebook.front_end)
    with ssh_session(scene.details, scene.folder) as session:
        os.kill(kernel, signal.SIGSTOP)
        try:
            card.part("disconnect").click()
            card.wait_shown("silent")
            assert session.poll() is None and scene.signs_in()
        finally:
            os.kill(kernel, signal.SIGCONT)
        # The click that waited is answered now: a client is signed in.
        card.wait_shown("disconnect-keep")
        card.part("disconnect-keep").click()
    expect(card.part("silent")).to_have_count(0)


# Garbage on the comm

SEND = """
async ([id, messages]) => {
  let comm;
  if (window.jupyterapp) {
    const { kernel } = window.rig.panel().sessionContext.session;
    comm = kernel._comms.get(id);
  } else comm = await window.Jupyter.notebook.kernel.comm_manager.comms[id];
  for (const message of JSON.parse(messages)) comm.send(message);
}
"""


def garbage(seed: int = 1) -> list[Any]:
    """Messages that a page never sends: of the right kinds with wrong parts, and of no kind."""
    random = Random(seed)
    # None that would be followed: those that end a session or add a desktop are left out.
    kinds = ["ready", "connect", "cancel", "desktop", "restart", "reveal", "log_since", "seen"]
    names = ["request", "options", "token", "public_key", "from", "serial", "log", "view"]
    names += ["curve", "point"]
    deep: Any = 0
    for _ in range(200):
        deep = [deep]
    values = [None, True, -1, 2**31, 1.5, "", "\0\ud7ff\n", "x" * 100_000, [], [[{}]], {}, deep]
    values += [{"tunnel": "ngrok", "user": 1}, {"tunnel": {}}, {"__proto__": {}}]

    def one() -> dict[str, Any]:
        picked = random.sample(names, random.randrange(5))
        return {"type": random.choice(kinds), **{n: random.choice(values) for n in picked}}

    custom = [*(one() for _ in range(80)), *values, *({"type": value} for value in values)]
    raw = [{}, {"method": None}, {"method": "echo_update"}, {"method": "update", "state": {"x": 1}}]
    return [*raw, *({"method": "custom", "content": content} for content in custom)]


def send_garbage(card: Card, scene: Scene) -> None:
    notebook = card.notebook
    notebook.run_cell(1)
    model = notebook.cell_output_text(1).strip().strip("'")
    notebook.page.evaluate(SEND, [model, json.dumps(garbage())])
    notebook.run_cell(2)
    assert "alive" in notebook.cell_output_text(2)
    assert scene.signs_in()


ROWS = [
    PageRow(
        "kernel_killed",
        "SIGKILL of the kernel; Jupyter starts another",
        "The card says so at once. Run the cell again: the same session; ssh never noticed",
        10,
        kill_kernel,
        cell_run_again,
    ),
    PageRow(
        "kernel_stopped",
        "SIGSTOP of the kernel, a click, SIGCONT",
        "Kernel not responding; ssh goes on; then the click is answered",
        10,
        stop_kernel,
        shows,
    ),
    PageRow(
        "garbage_on_the_comm",
        "A hundred messages that no page sends",
        "Nothing: the session, its details and its log are as they were",
        10,
        send_garbage,
        shows,
        cells=("w.model_id", "'alive'"),
        front_ends=("lab", "classic"),
    ),
]


# In the gate, `tests/unit/widgets/test_page_garbage.py` sends a widget as much.
SLOW = {"kernel_stopped-lab", "garbage_on_the_comm-lab", "garbage_on_the_comm-classic"}


@in_front_ends("row", ROWS, slow=SLOW)
def test_fault(front_end: FrontEnd, here: Machine, tmp_path: Path, row: PageRow) -> None:
    scene = scene_of(here, tmp_path)
    card = show(front_end, here, *row.cells)
    scene.connect()
    card.wait_phase("connected")

    with aftermath(scene):
        row.fault(card, scene)
        row.holds(card, scene, row.within)
        card.disconnect()


@pytest.mark.parametrize("front_end", ["lab"], indirect=True)
def test_after_an_upgrade_one_click_ends_the_older_backend(
    front_end: FrontEnd, here: Machine, tmp_path: Path
) -> None:
    """Done: an upgrade while a session runs. Seen: The card says so; one click ends the older
    backend."""
    scene = scene_of(here, tmp_path)
    older = install_older(tmp_path / "older")
    direct = ("--tunnel", "direct", "--address", "127.0.0.1", "--user", here.user, "--json")
    run_older(older, here.python, here.environment, "connect", *direct)
    before = here.backend_pid()

    card = show(front_end, here)
    card.wait_phase("failed")
    expect(card.part("error")).to_have_attribute("data-code", "backend_version")
    expect(card.part("error")).to_contain_text(OLDER)
    assert "backend_version" in card.copied("copy-report")
    card.part("restart").click()
    card.wait_phase("idle")
    eventually(lambda: here.backend_pid() is None)

    card.connected(here.token)
    assert here.backend_pid() not in (None, before)
    scene.connect()
    shows(card, scene, 10)
    card.disconnect()
    assert_nothing_left(scene)


@pytest.mark.parametrize("front_end", ["lab"], indirect=True)
def test_a_lost_way_is_explained_and_a_new_address_announced(
    front_end: FrontEnd, here: Machine, tmp_path: Path
) -> None:
    """Done: SIGKILL of the agent, as the page sees it. Seen: The reason, then the new command."""
    scene = scene_of(here, tmp_path)
    card = show(front_end, here)
    scene.connect()
    card.wait_phase("connected")
    here.agent(delay_s=2)
    os.kill(scene.child("ngrok"), signal.SIGKILL)

    card.wait_phase("reconnecting")
    expect(card.part("banner")).to_contain_text("The connection was lost: ")
    card.wait_phase("connected")
    card.wait_shown("moved")
    before = scene.details["ssh"]["command"]
    assert scene.again()["ssh"]["command"] != before
    shows(card, scene, 10)

    # Now it cannot come back, but the rest is kept: for the next try, until it is ended.
    lose_for_good(card, scene)
    card.part("try-again").click()
    here.agent()
    card.connected(here.token)
    password = scene.details["ssh"]["password"]
    assert scene.again()["ssh"]["password"] == password
    shows(card, scene, 10)
    lose_for_good(card, scene)
    card.disconnect()
    assert_nothing_left(scene)


def lose_for_good(card: Card, scene: Scene) -> None:
    scene.machine.agent(auth_error="107")
    os.kill(scene.child("ngrok"), signal.SIGKILL)
    card.wait_phase("failed")
    card.wait_shown("kept")


# A page that stops reading

# Keeps count, where a test can read it, of the characters of log that were sent.
COUNTING = """
import colabwidget, pathlib

class Counting(colabwidget.ConnectWidget):
    sent = 0

    def send(self, content, buffers=None):
        Counting.sent += len(content.get("text", ""))
        pathlib.Path("sent").write_text(f"{Counting.sent}")
        super().send(content, buffers)

w = Counting()
w
"""
PIECES, PIECE = 25, 400  # of so many lines: less than the backend pushes at once
FLOOD = 40_000  # lines


@pytest.mark.slow
@pytest.mark.parametrize("front_end", ["lab"], indirect=True)
def test_a_page_that_stops_reading_costs_no_memory(front_end: FrontEnd, here: Machine) -> None:
    """Done: a page stops reading while the log runs over. Seen: All lines, once it reads again."""
    front_end.grant_clipboard()
    notebook = front_end.open_notebook([COUNTING])
    count = front_end.server.notebooks / "sent"
    card = Card(notebook)
    with flooding_backend(here.python, here.environment) as (_, add):
        notebook.run_cell(0)
        card.wait_phase("working")
        (kernel,) = kernels(front_end)
        watched = [kernel, server_of(front_end)]
        add(PIECE)
        expect(card.part("log")).to_have_attribute("data-lines", f"{PIECE}", timeout=TIMEOUT_MS)
        before, sent = [resident(pid) for pid in watched], int(count.read_text())
        with stopped_renderers(notebook.page):
            for _ in range(PIECES):  # a steady flow, all of which the backend pushes
                add(PIECE)
                time.sleep(0.11)
            add(FLOOD)
            time.sleep(1)
            sent = int(count.read_text()) - sent
            grown = [resident(pid) - size for pid, size in zip(watched, before, strict=True)]
        lines = [*range(PIECE)] * (PIECES + 1) + [*range(FLOOD)]
        eventually(lambda: len(card.whole_log()) == len(lines))
        assert [line[:8] for line in card.whole_log()] == [f"{number:08d}" for number in lines]
    assert LOG_CREDIT / 2 < sent <= LOG_CREDIT
    assert max(grown) < 8 << 20, grown


def resident(pid: int) -> int:
    """Bytes of memory that a process uses."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


@contextmanager
def stopped_renderers(page: Page) -> Iterator[None]:
    """Chromium's processes that run pages stand still."""
    browser = page.context.browser
    assert browser
    session = browser.new_browser_cdp_session()
    processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
    pids = [process["id"] for process in processes if process["type"] == "renderer"]
    session.detach()
    assert pids
    try:
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
