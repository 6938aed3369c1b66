"""A notebook as Voila shows it: its outputs alone, of a kernel that each visit starts anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Locator, Page

from tests.kit.browser.front_ends import POLL_MS, TIMEOUT_MS, FrontEnd, Notebook
from tests.kit.browser.notebook_servers import JUPYTER_SERVER, Server

CDNS = ("cdn.jsdelivr.net", "cdnjs.cloudflare.com")


class VoilaServer(Server):
    """A Jupyter server with Voila's extension, as on a hub."""

    name = "Voila"
    _module = "jupyter_server"
    _arguments = JUPYTER_SERVER
    _runtime_file = "jpserver-{}.json"


class Voila(FrontEnd):
    """Voila."""

    name = "voila"
    cell = ".jp-Cell"
    outputs = ".jp-Cell-outputArea"

    def _note_address(self, url: str) -> None:
        # Its own page asks for fonts and for MathJax.
        if urlsplit(url).hostname not in CDNS:
            super()._note_address(url)

    def _note_console(self, message: Any) -> None:
        # Where a Jupyter server has Voila as its extension, it refuses what a page says as it goes.
        goes = "/voila/api/shutdown/" in message.location["url"]
        if not goes and "ERR_NAME_NOT_RESOLVED" not in message.text:
            super()._note_console(message)

    def open_file(self, path: Path, page: Page | None = None) -> Notebook:
        page = page or self.context.new_page()
        notebook = VoilaNotebook(self, page, path)
        notebook.visit()
        return notebook


class VoilaNotebook(Notebook):
    """Each visit runs all cells, by a kernel of its own, in the theme that the address names."""

    _theme = "light"

    def visit(self) -> None:
        path = self.path.relative_to(self.front_end.server.notebooks)
        address = f"{self.front_end.server.url}voila/render/{path}?theme={self._theme}"
        self.page.goto(f"{address}&token={self.front_end.server.token}")
        self.wait_ready()

    def wait_ready(self, milliseconds: float = TIMEOUT_MS) -> None:
        shown = "() => document.querySelector('#rendered_cells')?.checkVisibility()"
        self.page.wait_for_function(shown, polling=POLL_MS, timeout=milliseconds)

    def run_cell(self, index: int, wait: bool = True) -> None:
        """The visit has run it."""

    def reload(self) -> None:
        self.visit()

    def set_theme(self, dark: bool) -> None:
        self._theme = "dark" if dark else "light"
        self.visit()

    def save(self) -> dict[str, Any]:
        return self.saved()

    def widget_locator(self, index: int = 0) -> Locator:
        return self.cell_locator(index)
