"""Messages get lost, come late and come twice; the page is right in the end all the same."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from card import Card
from playwright.sync_api import expect
from rig import TIMEOUT_MS, FrontEnd
from support import Machine

# Prints 5 MB a second for some seconds: jupyter_server then drops messages of every kind.
FLOOD = """
import time
began = time.monotonic()
while time.monotonic() - began < 6:
    print("x" * 500_000)
    time.sleep(0.1)
"""


def cell(machine: Machine) -> str:
    return f"import colabwidget\nw = colabwidget.ConnectWidget(user={machine.user!r})\nw"


def same_log(card: Card, machine: Machine) -> None:
    """The page has every line of the journal, in order."""
    assert card.whole_log() == machine.journal().rstrip("\n").split("\n")


def test_a_cell_that_floods_the_channel_loses_nothing(front_end: FrontEnd, here: Machine) -> None:
    front_end.grant_clipboard()
    here.agent(delay_s=2)
    notebook = front_end.open_notebook([cell(here), FLOOD])
    notebook.run_cell(0)
    card = Card(notebook)
    card.part("token").fill(here.token)

    notebook.run_cell(1, wait=False)
    card.part("connect").click()
    notebook.wait_idle()

    card.wait_phase("connected")
    assert card.details()["ssh"]["user"] == here.user
    same_log(card, here)


def test_a_reload_in_the_middle_loses_nothing(front_end: FrontEnd, here: Machine) -> None:
    front_end.grant_clipboard()
    here.agent(delay_s=5)
    notebook = front_end.open_notebook([cell(here)])
    notebook.run_cell(0)
    notebook.save()
    card = Card(notebook)
    card.connect(here.token)
    card.wait_phase("working")

    notebook.reload()
    if card.root.count() == 0 or card.part("dead").count():
        # The classic Notebook does not bring a live widget back by itself.
        notebook.run_cell(0)

    card.wait_phase("connected")
    assert card.details()["ssh"]["user"] == here.user
    same_log(card, here)


@pytest.mark.parametrize("front_end", ["lab"], indirect=True)
def test_cancel_is_answered_while_a_cell_sleeps(front_end: FrontEnd, here: Machine) -> None:
    here.agent(delay_s=60)
    notebook = front_end.open_notebook([cell(here), "import time\ntime.sleep(10)\n'slept'"])
    notebook.run_cell(0)
    card = Card(notebook)
    card.connect(here.token)
    card.wait_phase("working")

    notebook.run_cell(1, wait=False)
    card.part("cancel").click()
    card.wait_phase("idle")

    assert notebook.cell_output_text(1) == "", "the cell was still asleep"
    notebook.wait_idle()
    assert notebook.cell_output_text(1) == "'slept'"


def test_two_views_of_one_widget_show_the_same(front_end: FrontEnd, here: Machine) -> None:
    front_end.grant_clipboard()
    notebook = front_end.open_notebook([cell(here), "w"])
    notebook.run_cell(0)
    notebook.run_cell(1)
    first, second = Card(notebook, 0), Card(notebook, 1)

    first.connect(here.token)
    second.wait_phase("connected")
    assert second.details() == first.details()

    second.part("disconnect").click()
    first.wait_phase("idle")


def test_a_second_notebook_finds_the_connection(front_end: FrontEnd, here: Machine) -> None:
    front_end.grant_clipboard()
    one = front_end.open_notebook([cell(here)])
    one.run_cell(0)
    first = Card(one)
    first.connect(here.token)
    first.wait_phase("connected")
    details = first.details()

    other = front_end.open_notebook([cell(here)])
    other.run_cell(0)
    second = Card(other)
    second.wait_phase("connected")
    assert second.details() == details

    here.disconnect()  # from a terminal
    first.wait_phase("idle")
    second.wait_phase("idle")


def test_when_the_backend_is_killed_the_page_says_so(front_end: FrontEnd, here: Machine) -> None:
    notebook = front_end.open_notebook([cell(here)])
    notebook.run_cell(0)
    card = Card(notebook)
    card.connect(here.token)
    card.wait_phase("connected")
    backend = here.backend_pid()
    assert backend

    os.kill(backend, signal.SIGKILL)

    card.wait_phase("failed")
    expect(card.part("error")).to_have_attribute("data-code", "backend_lost", timeout=TIMEOUT_MS)
    card.part("try-again").click()
    card.connect(here.token)
    card.wait_phase("connected")


@pytest.mark.parametrize("front_end", ["lab"], indirect=True)
def test_a_saved_notebook_without_a_kernel_says_what_to_do(
    front_end: FrontEnd, here: Machine
) -> None:
    notebook = front_end.open_notebook([cell(here)])
    notebook.run_cell(0)
    Card(notebook).connect(here.token)
    Card(notebook).wait_phase("connected")
    notebook.save()
    saved = notebook.path
    here.stop()
    front_end.server.clear()

    again = front_end.open_file(saved)

    dead = again.widget_locator(0).get_by_test_id("dead")
    expect(dead).to_be_visible(timeout=TIMEOUT_MS)
    expect(dead).to_contain_text("Run this cell to connect")


@contextmanager
def flooding_backend(machine: Machine) -> Iterator[subprocess.Popen[bytes]]:
    program = Path(__file__).parents[1] / "doubles" / "flooding_backend.py"
    with subprocess.Popen(
        [machine.python, program],
        env=machine.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as backend:
        assert backend.stdin and backend.stdout
        assert backend.stdout.readline() == b"ready\n"
        yield backend
        backend.stdin.close()


def test_a_hundred_thousand_lines_arrive_whole(front_end: FrontEnd, here: Machine) -> None:
    front_end.grant_clipboard()
    notebook = front_end.open_notebook([cell(here)])
    card = Card(notebook)
    with flooding_backend(here) as backend:
        notebook.run_cell(0)
        card.wait_phase("working")
        card.wait_shown("log")
        assert backend.stdin
        backend.stdin.write(b"100000\n")
        backend.stdin.flush()
        expect(card.part("log")).to_contain_text("00099999 Setting up", timeout=TIMEOUT_MS)

        lines = card.whole_log()

        assert len(lines) == 100_000
        assert all(line.startswith(f"{number:08d} ") for number, line in enumerate(lines))
        # Only what is visible is in the page.
        assert card.part("log").evaluate("log => log.querySelectorAll('*').length") < 500
