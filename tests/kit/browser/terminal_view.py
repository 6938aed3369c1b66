"""The terminal that a cell of a notebook shows."""

from __future__ import annotations

from playwright.sync_api import Locator, expect

from tests.kit.browser.front_ends import POLL_MS, TIMEOUT_MS, Notebook

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
        stage = self.stage.element_handle()
        frame = stage.owner_frame()
        assert frame
        shows = f"([stage, text]) => ({TEXT})(stage).includes(text)"
        frame.wait_for_function(shows, arg=[stage, text], polling=POLL_MS)

    def type(self, text: str) -> None:
        self.field.focus()
        self.notebook.page.keyboard.type(text)

    @property
    def field(self) -> Locator:
        return self.stage.locator("textarea.xterm-helper-textarea")
