"""The terminal that a cell of a notebook shows."""

from __future__ import annotations

from playwright.sync_api import Locator

from tests.kit.browser.front_ends import POLL_MS
from tests.kit.browser.stream_view import StreamView
from tests.kit.waiting import eventually

CELL = "import colabwidget\ncolabwidget.Terminal()"
# What a terminal shows is drawn; xterm.js keeps it as text for screen readers only when asked.
TEXT = """(stage) => [...stage.querySelectorAll('.xterm-rows > div')]
    .map((row) => row.textContent.replace(/\\u00a0/g, ' ').trimEnd()).join('\\n')"""
# Puts a text on the clipboard without leave to use it.
COPY = """(text) => {
    const field = document.body.appendChild(document.createElement("textarea"));
    field.value = text;
    field.select();
    document.execCommand("copy");
    field.remove();
}"""


class Shown(StreamView):
    """The terminal that a cell shows."""

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

    def interrupt(self) -> None:
        """Press Ctrl+C, and see the prompt after it: what is typed sooner goes with the line."""
        before = self.text().count("^C")
        self.field.press("Control+c")

        def prompts() -> bool:
            text = self.text().rstrip()
            return text.count("^C") > before and text.endswith(("$", "#"))

        eventually(prompts, what=self.text)

    @property
    def field(self) -> Locator:
        return self.stage.locator("textarea.xterm-helper-textarea")
