"""Messages get lost, come late and come twice; the page is right in the end all the same."""

from __future__ import annotations

import os
import signal

import pytest
from playwright.sync_api import expect

from tests.doubles import flooding_backend
from tests.kit.browser.card import Card, cell, show
from tests.kit.browser.front_ends import CLASSIC_FIRST, TIMEOUT_MS, FrontEnd
from tests.kit.machine.machine import Machine

STUB_MAX = 4 * 1024  # characters that a notebook stores of a widget's module
# Prints 5 MB a second for some seconds: jupyter_server then drops messages of every kind.
FLOOD = """
import time
began = time.monotonic()
while time.monotonic() - began < 6:
    print("x" * 500_000)
    time.sleep(0.1)
"""


def same_log(card: Card, machine: Machine) -> None:
    """The page has every line of the journal, in order."""
    assert card.whole_log() == machine.journal().rstrip("\n").split("\n")


@pytest.mark.slow
@CLASSIC_FIRST
def test_a_cell_that_floods_the_channel_loses_nothing(front_end: FrontEnd, here: Machine) -> None:
    """Done: a cell prints 5 MB a second while it connects. Seen: The whole log, each line once."""
    here.agent(delay_s=2)
    card = show(front_end, here, FLOOD)
    notebook = card.notebook
    card.part("token").fill(here.token)

    notebook.run_cell(1, wait=False)
    card.part("connect").click()
    notebook.wait_idle()

    card.wait_phase("connected")
    assert card.details()["ssh"]["user"] == here.user
    same_log(card, here)


@CLASSIC_FIRST
def test_a_reload_in_the_middle_loses_nothing(front_end: FrontEnd, here: Machine) -> None:
    here.agent(delay_s=5)
    card = show(front_end, here)
    notebook = card.notebook
    notebook.save()
    card.connect(here.token)
    card.wait_phase("working")

    notebook.reload()
    if front_end.name == "classic":
        # It does not bring a live widget back by itself.
        notebook.run_cell(0)

    card.wait_phase("connected")
    assert card.details()["ssh"]["user"] == here.user
    same_log(card, here)


@pytest.mark.slow
@pytest.mark.parametrize("front_end", ["lab"], indirect=True)
def test_cancel_is_answered_while_a_cell_sleeps(front_end: FrontEnd, here: Machine) -> None:
    here.agent(delay_s=60)
    card = show(front_end, here, "import time\ntime.sleep(10)\n'slept'")
    notebook = card.notebook
    card.connect(here.token)
    card.wait_phase("working")

    notebook.run_cell(1, wait=False)
    card.part("cancel").click()
    card.wait_phase("idle")

    assert notebook.cell_output_text(1) == "", "the cell was still asleep"
    notebook.wait_idle()
    assert notebook.cell_output_text(1) == "'slept'"


@pytest.mark.slow
@CLASSIC_FIRST
def test_two_views_of_one_widget_show_the_same(front_end: FrontEnd, here: Machine) -> None:
    front_end.grant_clipboard()
    first = show(front_end, here, "w")
    first.notebook.run_cell(1)
    second = Card(first.notebook, 1)

    first.connect(here.token)
    second.wait_phase("connected")
    assert second.details() == first.details()

    second.part("disconnect").click()
    first.wait_phase("idle")


@CLASSIC_FIRST
def test_a_second_notebook_finds_the_connection(front_end: FrontEnd, here: Machine) -> None:
    """Done: another notebook shows the widget. Seen: The same session there; both see its end."""
    first = show(front_end, here)
    first.connect(here.token)
    first.wait_phase("connected")
    details = first.details()

    second = show(front_end, here)
    second.wait_phase("connected")
    assert second.details() == details

    here.disconnect()  # from a terminal
    first.wait_phase("idle")
    second.wait_phase("idle")


@CLASSIC_FIRST
def test_when_the_backend_is_killed_the_page_says_so(front_end: FrontEnd, here: Machine) -> None:
    """Done: SIGKILL of the backend, as the page sees it. Seen: The card says that it has ended;
    Connect works."""
    card = show(front_end, here)
    card.connected(here.token)
    backend = here.backend_pid()
    assert backend

    os.kill(backend, signal.SIGKILL)

    card.wait_phase("failed")
    expect(card.part("error")).to_have_attribute("data-code", "backend_lost", timeout=TIMEOUT_MS)
    card.part("try-again").click()
    card.connected(here.token)


@pytest.mark.slow
@pytest.mark.parametrize("front_end", ["lab"], indirect=True)
def test_a_saved_notebook_without_a_kernel_says_what_to_do(
    front_end: FrontEnd, here: Machine
) -> None:
    """Done: a saved notebook is opened, no kernel runs. Seen: Run this cell to connect."""
    card = show(front_end, here)
    notebook = card.notebook
    card.connected(here.token)
    notebook.save()
    saved = notebook.path
    modules = [model["state"].get("_esm", "") for model in notebook.saved_widget_state().values()]
    assert 0 < max(map(len, modules)) < STUB_MAX
    here.stop()
    front_end.server.clear()

    again = front_end.open_file(saved)

    dead = again.widget_locator(0).get_by_test_id("dead")
    expect(dead).to_be_visible(timeout=TIMEOUT_MS)
    expect(dead).to_contain_text("Run this cell to connect")


@pytest.mark.slow
@CLASSIC_FIRST
def test_a_hundred_thousand_lines_arrive_whole(front_end: FrontEnd, here: Machine) -> None:
    front_end.grant_clipboard()
    notebook = front_end.open_notebook([cell(here)])
    card = Card(notebook)
    with flooding_backend(here.python, here.environment) as (_, add):
        notebook.run_cell(0)
        card.wait_phase("working")
        card.wait_shown("log")
        add(100_000)
        expect(card.part("log")).to_contain_text("00099999 Setting up", timeout=TIMEOUT_MS)

        lines = card.whole_log()

        assert len(lines) == 100_000
        assert all(line.startswith(f"{number:08d} ") for number, line in enumerate(lines))
        # Only what is visible is in the page.
        assert card.part("log").evaluate("log => log.querySelectorAll('*').length") < 500
