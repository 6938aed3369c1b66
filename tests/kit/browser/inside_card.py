"""The terminal and the desktop that the card shows inside itself."""

from __future__ import annotations

from tests.kit.browser.desktop_view import INSIDE
from tests.kit.browser.desktop_view import Shown as Desktop
from tests.kit.browser.front_ends import Notebook
from tests.kit.browser.terminal_view import Shown as Terminal
from tests.kit.waiting import eventually

GROUND = (40, 61, 81)  # of the desktop


class TerminalInCard(Terminal):
    """The terminal inside the card."""

    def __init__(self, notebook: Notebook, cell: int = 0) -> None:
        super().__init__(notebook)
        self.root = notebook.widget_locator(cell).get_by_test_id("inside-terminal")
        self.root = self.root.get_by_test_id("stream")
        self.stage = self.root.get_by_test_id("stream-stage")


class DesktopInCard(Desktop):
    """The desktop inside the card."""

    def __init__(self, notebook: Notebook, cell: int = 0) -> None:
        super().__init__(notebook)
        self.root = notebook.widget_locator(cell).get_by_test_id("inside-desktop")
        self.root = self.root.get_by_test_id("stream")
        self.stage = self.root.get_by_test_id("stream-stage")

    def drawn(self) -> None:
        """The desktop's ground is where it should be."""
        self.ready()
        eventually(lambda: self.near(GROUND, INSIDE))
