"""A notebook as marimo shows it: widgets in shadow roots, its own kernel, no comms of Jupyter's."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path
from textwrap import indent
from typing import Any

from playwright.sync_api import Locator, Page

from tests.kit.browser.front_ends import POLL_MS, TIMEOUT_MS, FrontEnd, Notebook
from tests.kit.browser.notebook_servers import Server

CELL = "@app.cell\ndef _():\n{}\n    return\n"
HEAD = "import marimo\n\napp = marimo.App()\n\n"
TAIL = '\nif __name__ == "__main__":\n    app.run()\n'
# What run mode runs; it reads it for each visit.
APP = "app.py"
# The widget is the cell's last line; the others are as in any notebook.
WRAPPED = "import marimo as mo\n{}\nmo.ui.anywidget({})"


class MarimoServer(Server):
    """marimo, where notebooks are edited."""

    name = "marimo"

    def _command(self, port: int) -> list[str]:
        self.url = f"http://127.0.0.1:{port}/"
        where = ["--host", "127.0.0.1", "--port", str(port)]
        more = ["--headless", "--no-token", "--skip-update-check"]
        return [str(self.python), "-m", "marimo", "edit", str(self.notebooks), *where, *more]

    def _write_settings(self) -> None:
        path = self.home / ".config/marimo/marimo.toml"
        path.parent.mkdir(parents=True)
        path.write_text('[display]\ntheme = "system"\n[runtime]\nauto_instantiate = true\n')

    def _answers(self, connection: Path) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}health", timeout=30):
                return True
        except OSError:
            return False

    def _end_kernels(self) -> None:
        """They are processes of their own, and end as such."""


class MarimoAppServer(MarimoServer):
    """marimo, which runs one notebook as an app: each visit runs its cells by its own kernel."""

    name = "marimo's run mode"

    def _command(self, port: int) -> list[str]:
        self.url = f"http://127.0.0.1:{port}/"
        where = ["--host", "127.0.0.1", "--port", str(port)]
        script = self.notebooks / APP
        script.write_text(HEAD + TAIL)
        more = ["--headless", "--no-token"]
        return [str(self.python), "-m", "marimo", "run", str(script), *where, *more]


class Marimo(FrontEnd):
    """marimo."""

    name = "marimo"
    cell = "marimo-anywidget"
    restart_loads_page = True

    def is_own_error(self, said: str) -> bool:
        """As it is in `FrontEnd`; a page that is loaded anew may speak to the session of before."""
        refused = ("Failed to load resource: the server responded", "Failed to handle request: ")
        gone = "ValueError: Invalid session id"
        return super().is_own_error(said) or (
            said.startswith(refused) and gone in self.server.log_tail(400)
        )

    def open_file(self, path: Path, page: Page | None = None) -> Notebook:
        cells = [cell["source"] for cell in json.loads(path.read_text())["cells"]]
        written = [CELL.format(indent(_wrapped(cell), "    ")) for cell in cells[:1]]
        script = self._place(path)
        script.write_text(HEAD + "\n".join(written) + TAIL)
        notebook = MarimoNotebook(self, page or self.context.new_page(), script)
        notebook.page.goto(f"{self.server.url}?file={script.name}")
        notebook.wait_ready()
        return notebook

    def _place(self, path: Path) -> Path:
        """Where a notebook is written as marimo has them."""
        return path.with_suffix(".py")


class MarimoApp(Marimo):
    """marimo's run mode."""

    name = "marimo-app"
    restart_loads_page = False

    def _place(self, path: Path) -> Path:
        return self.server.notebooks / APP


def _wrapped(code: str) -> str:
    before, _, last = code.rpartition("\n")
    return WRAPPED.format(before, last)


class MarimoNotebook(Notebook):
    """It runs all of its cells when it is opened; it is as dark as the system."""

    def wait_ready(self, milliseconds: float = TIMEOUT_MS) -> None:
        shown = "() => document.querySelector('marimo-anywidget')"
        self.page.wait_for_function(shown, polling=POLL_MS, timeout=milliseconds)

    def run_cell(self, index: int, wait: bool = True) -> None:
        """It has run."""

    def restart_kernel(self) -> None:
        """As its command of that name does after its question; marimo then loads the page anew."""
        # The card keeps the notebook's shortcuts from what is typed in it.
        self.page.evaluate("document.activeElement?.blur()")
        self.page.keyboard.press("Control+k")
        self.page.get_by_role("dialog").get_by_role("combobox").fill("Restart kernel")
        self.page.get_by_role("option", name="Restart kernel").click()
        with self.page.expect_navigation():
            dialog = self.page.get_by_role("alertdialog")
            dialog.get_by_role("button", name="Restart").click()
        self.wait_ready()

    def set_theme(self, dark: bool) -> None:
        self.page.emulate_media(color_scheme="dark" if dark else "light")

    def save(self) -> dict[str, Any]:
        return {}

    def widget_locator(self, index: int = 0) -> Locator:
        return self.cell_locator(index)
