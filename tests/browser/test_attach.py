"""A session is found again, wherever from: the same details, the same log from its start, live."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.kit.browser.card import Card, show
from tests.kit.browser.front_ends import FrontEnd, in_front_ends
from tests.kit.browser.session_view import scene_of, shows
from tests.kit.fault_matrix import aftermath, assert_nothing_left
from tests.kit.machine.machine import Machine
from tests.kit.waiting import eventually


@dataclass(frozen=True)
class Way:
    """A way back to a session, which was opened from a terminal while the widget was on show.

    Parameters
    ----------
    name
        Of the test.
    done
        What happens, for people.
    within
        Seconds within which the session is on show again.
    act
        Does it; gives the widgets that must show the session then.
    front_ends
        Where it is tried.
    """

    name: str
    done: str
    within: float
    act: Callable[[Card], list[Card]]
    front_ends: tuple[str, ...] = ("lab",)


def reload_with_two(card: Card) -> list[Card]:
    card.notebook.run_cell(1)
    card.notebook.save()
    card.notebook.reload()
    return [card, Card(card.notebook, 1)]


def close_and_reopen(card: Card) -> list[Card]:
    notebook = card.notebook
    notebook.save()
    notebook.page.close()
    return [Card(notebook.front_end.open_file(notebook.path))]


def open_in_two_tabs(card: Card) -> list[Card]:
    card.notebook.save()
    return [card, Card(card.notebook.front_end.open_file(card.notebook.path))]


WAYS = [
    Way(
        "reloaded",
        "The kernel makes a second widget; then the page is loaded anew, and no cell is run",
        10,
        reload_with_two,
    ),
    Way(
        "reopened",
        "The notebook is closed, and opened again; no cell is run",
        10,
        close_and_reopen,
        ("classic",),
    ),
    Way("two_tabs", "The notebook is opened in a second tab as well", 10, open_in_two_tabs),
]


@in_front_ends("way", WAYS, slow={"reloaded-lab", "reopened-classic", "two_tabs-lab"})
def test_the_session_is_found_again(
    front_end: FrontEnd, here: Machine, tmp_path: Path, way: Way
) -> None:
    scene = scene_of(here, tmp_path)
    card = show(front_end, here, f"colabwidget.ConnectWidget(user={here.user!r})")
    scene.connect()
    card.wait_phase("connected")  # what a terminal began is seen without a click

    with aftermath(scene):
        cards = way.act(card)
        for each in cards:
            shows(each, scene, way.within)
        assert scene.details["ssh"]["command"] in here.run("status").stdout
        here.disconnect()
        for each in cards:
            each.wait_phase("idle")


@pytest.mark.slow
@pytest.mark.parametrize("front_end", ["lab"], indirect=True)
def test_a_tab_that_is_closed_while_it_connects_changes_nothing(
    front_end: FrontEnd, here: Machine, tmp_path: Path
) -> None:
    """Done: the tab is closed while it connects. Seen: The session, when it is opened again."""
    scene = scene_of(here, tmp_path)
    here.agent(delay_s=3)
    card = show(front_end, here)
    card.notebook.save()
    card.connect(here.token)
    card.wait_phase("working")
    card.notebook.page.close()

    eventually(lambda: scene.phase == "connected")
    scene.connect()  # the same again: only the details are told
    again = Card(front_end.open_file(card.notebook.path))

    shows(again, scene, 20)
    again.disconnect()
    assert_nothing_left(scene)
