"""The main story in a front end, in steps; the table of front ends tells which were tried."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import expect

from tests.kit.browser.card import Card
from tests.kit.browser.contrast import hard_to_read
from tests.kit.browser.files_view import FilesInCard
from tests.kit.browser.front_ends import TIMEOUT_MS
from tests.kit.browser.inside_card import DesktopInCard, TerminalInCard
from tests.kit.machine.machine import Machine


@dataclass(frozen=True)
class FrontEndRow:
    """A front end: a row of the tests, and of the table for people that is made of them.

    Parameters
    ----------
    name
        Of the fixture that gives the front end; stays when the title changes.
    title
        Which front end of which version, for people.
    steps
        Names of the steps of the story that are tried there, in the story's order; none where it
        was not tried.
    says
        What it is tried in, and what does not work, for people.
    """

    name: str
    title: str
    steps: tuple[str, ...] = ()
    says: str = ""


def connect(card: Card, machine: Machine) -> None:
    """Fill in the form; the details can be copied, and the log is the whole one."""
    card.wait_shown("connect")
    card.connected(machine.token)
    details = card.details()["ssh"]
    assert details["user"] == machine.user
    assert re.fullmatch(r"\S{12,}", details["password"])
    assert card.whole_log() == machine.journal().rstrip("\n").split("\n")
    card.part("log-toggle").click()


def terminal(card: Card, machine: Machine) -> None:
    """A shell in the card answers what is typed; keys do nothing else."""
    card.open_inside("terminal")
    shown = TerminalInCard(card.notebook, card.cell).ready()
    shown.type("echo $((6 * 7))-here\n")
    shown.says("42-here")
    card.part("close-terminal").click()
    expect(card.part("inside-terminal")).to_have_count(0)


def files(card: Card, machine: Machine) -> None:
    """A file that is chosen arrives, and is in the list."""
    mine = machine.folder / "story.txt"
    mine.write_text("told")
    card.open_inside("files")
    shown = FilesInCard(card.notebook, card.cell).ready()
    shown.choose(mine)
    shown.wait("done")
    expect(shown.root.get_by_test_id("entry").filter(has_text=mine.name)).to_have_count(1)
    card.part("open-files").click()
    expect(card.part("inside-files")).to_have_count(0)


def desktop(card: Card, machine: Machine) -> None:
    """A desktop is added and drawn in the card."""
    card.open_tab("desktop")
    card.part("desktop-add").click()
    card.open_inside("desktop")
    DesktopInCard(card.notebook, card.cell).drawn()
    card.part("close-desktop").first.click()
    expect(card.part("inside-desktop")).to_have_count(0)


def themes(card: Card, machine: Machine) -> None:
    """The card can be read in a light and in a dark notebook, and is as light as that."""
    grounds = []
    for dark in (False, True):
        card.notebook.set_theme(dark)
        card.wait_shown("copy-command")
        card.root.evaluate(COME)
        hard = hard_to_read(card.root)
        assert not hard, [dark, *hard]
        grounds.append(card.root.evaluate(LIGHTNESS))
    assert grounds[0] > 0.9 and grounds[1] < 0.3, grounds
    card.notebook.set_theme(False)
    card.wait_shown("copy-command")


def reload(card: Card, machine: Machine) -> None:
    """The page is loaded again, and shows the session."""
    before = card.details()
    card.notebook.save()
    card.notebook.reload()
    card.wait_shown("copy-command")
    assert card.details() == before


def restart(card: Card, machine: Machine) -> None:
    """A restart of the kernel is said at once; the cell, run again, shows the session."""
    card.notebook.restart_kernel()
    if not card.notebook.front_end.restart_loads_page:
        expect(card.root).to_have_attribute("data-lost", "gone", timeout=TIMEOUT_MS)
    card.notebook.run_cell(card.cell)
    card.wait_shown("copy-command")
    expect(card.root).to_have_attribute("data-lost", "")


def disconnect(card: Card, machine: Machine) -> None:
    """Nothing is open afterwards."""
    card.disconnect()
    assert machine.status()["phase"] == "idle"


# What comes up softly is there.
COME = """async (card) => {
  const moving = card.getAnimations({ subtree: true });
  await Promise.allSettled(moving.map(({ finished }) => finished));
}"""
# Of a background, 0 to 1.
LIGHTNESS = """(card) => {
  const context = new OffscreenCanvas(1, 1).getContext("2d");
  context.fillStyle = getComputedStyle(card).backgroundColor;
  context.fillRect(0, 0, 1, 1);
  const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
  return (red + green + blue) / 765;
}"""

Step = Callable[[Card, Machine], None]
#: The story, with the names of its steps for people.
STEPS: dict[str, tuple[str, Step]] = {
    "connect": ("Connect, details, copy, log", connect),
    "themes": ("light and dark", themes),
    "terminal": ("terminal", terminal),
    "files": ("files", files),
    "desktop": ("desktop", desktop),
    "reload": ("page loaded again", reload),
    "restart": ("kernel restarted", restart),
    "disconnect": ("Disconnect", disconnect),
}
ALL = tuple(STEPS)


def tell(row: FrontEndRow, card: Card, machine: Machine) -> None:
    """Go through the steps of a front end, in the story's order."""
    assert [name for name in STEPS if name in row.steps] == [*row.steps]
    for name in row.steps:
        STEPS[name][1](card, machine)
