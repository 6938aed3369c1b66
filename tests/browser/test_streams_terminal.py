"""A terminal inside a cell: a real shell, a real JupyterLab, a real browser."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Locator, expect
from rig import TIMEOUT_MS, FrontEnd, Lab, Notebook

CELL = "import colabwidget\ncolabwidget.Terminal()"
# What a terminal shows is drawn; xterm.js keeps it as text for screen readers only when asked.
TEXT = """(stage) => [...stage.querySelectorAll('.xterm-rows > div')]
    .map((row) => row.textContent.replace(/\\u00a0/g, ' ').trimEnd()).join('\\n')"""


class Shown:
    """The terminal that a cell shows."""

    def __init__(self, notebook: Notebook, cell: int = 0) -> None:
        self.notebook = notebook
        self.root = notebook.widget_locator(cell).get_by_test_id("stream")
        self.stage = self.root.get_by_test_id("stream-stage")

    def ready(self) -> Shown:
        expect(self.root).to_have_attribute("data-ready", "true", timeout=TIMEOUT_MS)
        return self

    def text(self) -> str:
        return str(self.stage.evaluate(TEXT))

    def says(self, text: str) -> None:
        """The text is on the screen."""
        self.notebook.page.wait_for_function(
            f"([stage, text]) => ({TEXT})(stage).includes(text)",
            arg=[self.stage.element_handle(), text],
        )

    def type(self, text: str) -> None:
        self.field.focus()
        self.notebook.page.keyboard.type(text)

    @property
    def field(self) -> Locator:
        return self.stage.locator("textarea.xterm-helper-textarea")


def show(front_end: FrontEnd, *cells: str) -> Shown:
    notebook = front_end.open_notebook([CELL, *cells])
    notebook.run_cell(0)
    return Shown(notebook).ready()


def test_what_is_typed_runs_and_a_large_file_arrives_whole(lab: Lab, tmp_path: Path) -> None:
    shown = show(lab)
    shown.type("echo $((6 * 7))-answers\n")
    shown.says("42-answers")
