"""The desktop and the terminal inside the card: real shells, a real desktop, a real browser."""

from __future__ import annotations

from card import Card
from playwright.sync_api import expect
from rig import FrontEnd, Lab, Notebook
from test_streams_terminal import Shown as Terminal

CELL = "import colabwidget\nw = colabwidget.ConnectWidget(tunnel=None{})\nw"


def show(front_end: FrontEnd, options: str = "") -> Card:
    """The form, with "In this notebook only" chosen from Python."""
    notebook = front_end.open_notebook([CELL.format(options), "print(w.tunnel, w.phase)"])
    notebook.run_cell(0)
    return Card(notebook)


class InCard(Terminal):
    """The terminal inside the card."""

    def __init__(self, notebook: Notebook) -> None:
        super().__init__(notebook)
        inside = notebook.widget_locator().get_by_test_id("inside-terminal")
        self.root = inside.get_by_test_id("stream")
        self.stage = self.root.get_by_test_id("stream-stage")


def test_a_terminal_alone_takes_no_session(lab: Lab) -> None:
    card = show(lab)
    assert card.part("tunnel-none").is_checked()
    assert card.part("token").count() == card.part("region").count() == 0
    card.part("connect").click()

    terminal = InCard(card.notebook).ready()
    # It has focus: who asked for it wants to type.
    expect(terminal.field).to_be_focused()
    card.notebook.page.keyboard.type("mark=here; echo $((6 * 7))-answers\n")
    terminal.says("42-answers")
    card.notebook.run_cell(1)
    assert card.notebook.cell_output_text(1).split() == ["none", "idle"]
