"""The files inside the card: what is dropped, what is listed, what goes on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Download, Locator, expect

from tests.kit.browser.front_ends import TIMEOUT_MS, Notebook


class FilesInCard:
    """The files inside the card of a cell."""

    def __init__(self, notebook: Notebook, cell: int = 0) -> None:
        self.notebook = notebook
        self.page = notebook.page
        widget = notebook.widget_locator(cell)
        self.card = widget.get_by_test_id("card")
        self.root = widget.get_by_test_id("inside-files").get_by_test_id("stream")

    def open(self) -> FilesInCard:
        self.card.get_by_test_id("open-files").click()
        return self.ready()

    def ready(self) -> FilesInCard:
        expect(self.root).to_have_attribute("data-ready", "true", timeout=TIMEOUT_MS)
        return self

    def drop(self, files: Sequence[Path], on: Locator) -> None:
        """Drag files of this machine over an element, and drop them, as a file manager does."""
        on.scroll_into_view_if_needed()
        box = on.bounding_box()
        assert box
        session = self.page.context.new_cdp_session(self.page)
        data = {"items": [], "files": [str(file) for file in files], "dragOperationsMask": 1}
        place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + min(box["height"] / 2, 40)}
        for kind in ("dragEnter", "dragOver", "drop"):
            session.send("Input.dispatchDragEvent", {"type": kind, "data": data, **place})
        session.detach()

    def choose(self, *files: Path) -> None:
        with self.page.expect_file_chooser() as chooser:
            self.root.get_by_test_id("choose-files").click()
        chooser.value.set_files(files)

    @property
    def transfer(self) -> Locator:
        """The newest."""
        return self.root.get_by_test_id("transfer").first

    @property
    def share(self) -> float:
        """How much of the newest transfer is done, of 1; 0 before it shows."""
        bar = self.transfer.locator("progress")
        return float(bar.evaluate("(bar) => bar.value / bar.max")) if bar.count() else 0.0

    def wait(self, phase: str, note: str = "", timeout: float = TIMEOUT_MS) -> None:
        """Wait until the newest transfer is so far."""
        try:
            expect(self.transfer).to_have_attribute("data-phase", phase, timeout=timeout)
        except AssertionError as error:
            shown = self.root.inner_text()
            raise AssertionError(f"{error}\n{shown}") from error
        if note:
            expect(self.transfer.get_by_test_id("transfer-note")).to_contain_text(note)

    def names(self) -> list[str]:
        return self.root.get_by_test_id("entry").locator("bdi").all_inner_texts()

    def download(self, name: str, timeout: float = TIMEOUT_MS) -> Download:
        """Fetch what the list names so."""
        button = self.root.get_by_role("button", name=f"Download {name}", exact=True)
        with self.page.expect_download(timeout=timeout) as download:
            button.click()
        self.wait("done", timeout=timeout)
        return download.value
