"""A kernel that was restarted: what its cards say, in front ends that tell them and that do not."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.kit.browser.card import Card, cell, show
from tests.kit.browser.front_ends import CLASSIC_FIRST, TIMEOUT_MS, FrontEnd
from tests.kit.browser.session_view import scene_of
from tests.kit.browser.terminal_view import CELL as TERMINAL
from tests.kit.browser.terminal_view import Shown as Terminal
from tests.kit.fault_matrix import assert_nothing_left
from tests.kit.machine.machine import Machine
from tests.kit.machine.ssh_client import ssh_session

COMMAND = "python -m colabwidget disconnect"
IN_FRAMES = pytest.mark.parametrize("front_end", ["frames"], indirect=True)
#: Colab's frames are of one origin, which is not the page's.
AS_COLAB = "() => { rig.sandbox = 'allow-scripts allow-same-origin' }"


def assert_lost(card: Card, how: str, words: str) -> None:
    expect(card.root).to_have_attribute("data-lost", how, timeout=TIMEOUT_MS)
    expect(card.root.locator(".cw-head")).to_contain_text(f"{words} · was connected")
    expect(card.root.locator(".cw-head .cw-good")).to_have_count(0)
    expect(card.part(how)).to_contain_text("may still be open on the machine")


@pytest.mark.long
@CLASSIC_FIRST
def test_a_restart_is_said_at_once_with_what_closes_the_door(
    front_end: FrontEnd, here: Machine, tmp_path: Path
) -> None:
    scene = scene_of(here, tmp_path)
    card = show(front_end, here)
    scene.connect()
    card.wait_phase("connected")

    card.notebook.restart_kernel()
    assert_lost(card, "gone", "Kernel restarted")
    expect(card.part("disconnect")).to_have_attribute("aria-disabled", "true")
    card.part("disconnect").click(force=True)
    assert here.status()["phase"] == "connected" and scene.signs_in()

    command = [here.python if word == "python" else word for word in COMMAND.split()]
    assert card.copied("copy-close") == COMMAND
    subprocess.run(command, env=here.environment, check=True, capture_output=True)
    assert_nothing_left(scene)
    card.notebook.run_cell(0)
    card.wait_phase("idle")
    expect(card.root).to_have_attribute("data-lost", "")


@IN_FRAMES
def test_where_comms_stay_open_a_new_card_tells_the_old_one(
    front_end: FrontEnd, here: Machine, tmp_path: Path
) -> None:
    scene = scene_of(here, tmp_path)
    notebook = front_end.open_notebook([cell(here), cell(here)])
    notebook.page.evaluate(AS_COLAB)
    notebook.run_cell(0)
    old = Card(notebook)
    scene.connect()
    old.wait_phase("connected")
    expect(old.root).to_have_attribute("data-lost", "")

    notebook.restart_kernel()
    notebook.run_cell(1)
    assert_lost(old, "gone", "Kernel restarted")
    new = Card(notebook, 1)
    new.wait_phase("connected")
    expect(new.root).to_have_attribute("data-lost", "")
    new.disconnect()
    assert_nothing_left(scene)


@pytest.mark.parametrize(
    ("front_end", "tells"),
    [("classic", True), ("frames", False)],
    indirect=["front_end"],
)
@pytest.mark.slow
def test_a_terminal_in_a_cell_of_its_own_says_so_too(front_end: FrontEnd, tells: bool) -> None:
    notebook = front_end.open_notebook([TERMINAL, TERMINAL])
    if not tells:
        notebook.page.evaluate(AS_COLAB)
    notebook.run_cell(0)
    old = Terminal(notebook).ready()
    old.type("echo $((6 * 7))-before\n")
    old.says("42-before")

    notebook.restart_kernel()
    if not tells:
        notebook.run_cell(1)
    note = old.root.get_by_test_id("stream-say")
    expect(note).to_contain_text("Kernel restarted.", timeout=TIMEOUT_MS)
    expect(old.root).to_have_attribute("data-kernel", "gone")
    expect(old.root.get_by_role("button", name="End shell")).to_be_disabled()
    if tells:
        notebook.run_cell(1)
    new = Terminal(notebook, 1).ready()
    new.says("42-before")
    expect(new.root.get_by_test_id("stream-say")).to_be_hidden()
    new.type("exit\n")


@IN_FRAMES
@pytest.mark.slow
def test_a_busy_kernel_is_told_from_one_that_was_restarted(
    front_end: FrontEnd, here: Machine, tmp_path: Path
) -> None:
    scene = scene_of(here, tmp_path)
    notebook = front_end.open_notebook([cell(here), "import time\ntime.sleep(40)\n'slept'"])
    notebook.run_cell(0)
    card = Card(notebook)
    scene.connect()
    card.wait_phase("connected")

    # The kernel may hear the click as it ends: it is refused while a client is signed in.
    with ssh_session(scene.details, scene.folder):
        notebook.run_cell(1, wait=False)
        card.part("disconnect").click()
        expect(card.part("clicks-wait")).to_contain_text("busy with a cell", timeout=20_000)
        notebook.page.wait_for_timeout(15_000)
        expect(card.root).to_have_attribute("data-lost", "")
        assert notebook.cell_output_text(1) == "", "the cell still runs"
        expect(card.part("disconnect")).to_have_text("Disconnecting")

        notebook.restart_kernel()
        card.part("disconnect").and_(card.root.get_by_text("Disconnect", exact=True)).click()
        assert_lost(card, "silent", "Kernel not responding")
        assert here.status()["phase"] == "connected" and scene.signs_in()
