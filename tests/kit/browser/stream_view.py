"""What a cell shows of a stream: a terminal or a desktop."""

from __future__ import annotations

from typing import TypeVar

from playwright.sync_api import expect

from tests.kit.browser.front_ends import TIMEOUT_MS, Notebook

_View = TypeVar("_View", bound="StreamView")


class StreamView:
    """The stream that a cell shows."""

    def __init__(self, notebook: Notebook, cell: int = 0) -> None:
        self.notebook = notebook
        # Files that are shown beside it come after it.
        self.root = notebook.widget_locator(cell).get_by_test_id("stream").first
        self.stage = self.root.get_by_test_id("stream-stage")

    def ready(self: _View) -> _View:
        """It is shown, and its other end answers."""
        expect(self.root).to_have_attribute("data-ready", "true", timeout=TIMEOUT_MS)
        return self
