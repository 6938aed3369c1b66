"""A notebook as a user has it: open in a real browser, on a real server, in either front end."""

import json
import re
from collections.abc import Collection, Iterable
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, TimeoutError

from tests.kit.browser.notebook_servers import Server
from tests.kit.rows import marked

HERE = Path(__file__).parent
#: A name of this machine that browsers take for another one's: its pages are no secure context.
OTHER_HOST = "notebook.test"
# Playwright's own list, which a second switch of that name replaces, and the windows of Chromium's
# address bar: each context makes two of them, for a third of the cost of its first page.
SWITCHED_OFF = (
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades"),
    *("HttpsFirstBalancedModeAutoEnable", "LensOverlay", "MediaRouter", "PaintHolding"),
    *("ThirdPartyStoragePartitioning", "AvoidCorsURLLoaderRestartOnRedirect"),
    *("TcpPortRandomizationWin", "OptimizationHints", "NetworkTimeServiceQuerying"),
    *("AimEnabled", "PreconnectToSearch", "WebUIOmniboxPopup", "WebUIOmniboxAimPopup"),
)
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--disable-features={','.join(SWITCHED_OFF)}",
    # Whatever asks for another machine gets no answer.
    f"--host-resolver-rules=MAP {OTHER_HOST} 127.0.0.1, MAP *.localhost 127.0.0.1"
    ", MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
# Generous: two cores may run a browser, a server, two kernels and apt at once.
TIMEOUT_MS = 60_000
# A kernel that has not begun by then has lost one of its ports, or the machine is very busy.
KERNEL_MS = 30_000
# A look at every frame, which is Playwright's own way, makes the page draw sixty frames a second.
POLL_MS = 100
_numbers = count(1)


def _first(name: str, other: str) -> pytest.MarkDecorator:
    names = [name, pytest.param(other, marks=pytest.mark.slow)]
    return pytest.mark.parametrize("front_end", names, indirect=True)


# For tests that find the same in either front end: `make test` runs one, `make slow` the other.
CLASSIC_FIRST = _first("classic", "lab")
LAB_FIRST = _first("lab", "classic")


def in_front_ends(
    argument: str, rows: Iterable[Any], slow: Collection[str] = ()
) -> pytest.MarkDecorator:
    """Try each row in the ``front_ends`` that it names; its id ends with the front end's name.

    Parameters
    ----------
    argument
        The test's argument that is a row.
    rows
        With a ``name`` and with names of ``front_ends``.
    slow
        Ids of those that `make test` leaves to `make slow`.
    """
    tried = {f"{row.name}-{name}": (name, row) for row in rows for name in row.front_ends}
    given = marked(tried, slow)
    return pytest.mark.parametrize(("front_end", argument), given, indirect=["front_end"])


class FrontEnd:
    """One front end in one browser context. Subclasses know its addresses and its markup."""

    name = ""
    _script = ""
    _path = ""
    #: CSS of a cell, and of where its outputs are in it.
    cell = ""
    outputs = ""
    #: What its own page says of itself when it is used as the tests do.
    own_errors: tuple[str, ...] = ()
    #: Its page is loaded anew with the kernel: nothing is left that could tell of the old one.
    restart_loads_page = False

    def __init__(self, server: Server, context: BrowserContext) -> None:
        self.server = server
        #: Where pages are opened: the server's own address, or that of a line to it.
        self.url = server.url
        self.context = context
        #: Uncaught errors and console errors of all pages, oldest first.
        self.errors: list[str] = []
        #: Addresses outside of this machine that a page asked for; none was answered.
        self.foreign_requests: list[str] = []
        context.set_default_timeout(TIMEOUT_MS)
        if self._script:
            context.add_init_script(path=HERE / self._script)
        context.on("weberror", lambda error: self.errors.append(str(error.error)))
        context.on("console", self._note_console)
        context.on("request", lambda request: self._note_address(request.url))

    def is_own_error(self, said: str) -> bool:
        """Whether its own page says so of itself."""
        return said in self.own_errors

    def _note_console(self, message: Any) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def _note_address(self, url: str) -> None:
        parts = urlsplit(url)
        local = parts.hostname in ("127.0.0.1", "localhost")
        if parts.scheme in ("http", "https", "ws", "wss") and not local:
            self.foreign_requests.append(url)

    def grant_clipboard(self) -> None:
        """Pages may read and write the clipboard without a question."""
        origin = self.url.rstrip("/")
        self.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=origin)

    def open_notebook(self, cells: list[str], name: str = "") -> "Notebook":
        """A new notebook with these code cells, none of them run, its kernel ready."""
        path = self.server.notebooks / f"{name or f'notebook-{next(_numbers)}'}.ipynb"
        path.write_text(json.dumps(notebook_of(cells)))
        return self.open_file(path)

    def open_file(self, path: Path, page: Page | None = None) -> "Notebook":
        """A notebook that is in the server's folder already, in a page of its own."""
        page = page or self.context.new_page()
        address = self._path.format(path=path.relative_to(self.server.notebooks), name=path.stem)
        page.goto(f"{self.url}{address}?token={self.server.token}")
        notebook = Notebook(self, page, path)
        try:
            notebook.wait_ready(KERNEL_MS)
        except TimeoutError:
            # A kernel has ports that were free a moment before. Where another program has taken one
            # since, the server starts the kernel again, and a page that connects never hears of it.
            notebook.reload()
        return notebook


class Lab(FrontEnd):
    """JupyterLab 4."""

    name = "lab"
    _script = "page_lab.js"
    # A workspace each: pages that are open at once do not take each other's place.
    _path = "lab/workspaces/{name}/tree/{path}"
    cell = ".jp-Notebook-cell"
    outputs = ".jp-Cell-outputArea"


class Lab3(Lab):
    """JupyterLab 3.6."""

    name = "lab3"


class Collaboration(Lab):
    """JupyterLab 4 with jupyter-collaboration: all pages of a notebook edit one document."""

    name = "collaboration"


class Notebook7(Lab):
    """Notebook 7: JupyterLab's parts, a notebook a page."""

    name = "notebook7"
    _path = "notebooks/{path}"
    # Of a part of JupyterLab's that it has no settings of.
    own_errors = ("Cannot read properties of undefined (reading 'schema')",)


class Classic(FrontEnd):
    """The classic Notebook 6.5."""

    name = "classic"
    _script = "page_classic.js"
    _path = "notebooks/{path}"
    cell = "#notebook-container > .cell"
    outputs = ".output"


class Notebook:
    """An open notebook. Its methods return when what they name is done, in either front end."""

    def __init__(self, front_end: FrontEnd, page: Page, path: Path) -> None:
        self.front_end = front_end
        self.page = page
        self.path = path

    def wait_ready(self, milliseconds: float = TIMEOUT_MS) -> None:
        """The document is shown, its kernel is connected and idle, widgets can be drawn."""
        ready = "() => window.rig?.ready()"
        self.page.wait_for_function(ready, polling=POLL_MS, timeout=milliseconds)

    def wait_idle(self) -> None:
        """The kernel does nothing and no cell waits for it."""
        self.page.wait_for_function("() => rig.idle()", polling=POLL_MS)

    def run_cell(self, index: int, wait: bool = True) -> None:
        """Cell `index` (from 0) has run; with `wait` false it has only been started."""
        self._do("run", index, wait=wait)

    def run_all(self, wait: bool = True) -> None:
        """All code cells have run; each of them must succeed."""
        self._do("runAll", wait=wait)

    def restart_kernel(self) -> None:
        """A new kernel is ready, as after Restart Kernel and its question."""
        self._do("restart")
        self.wait_ready()

    def reload(self) -> None:
        """The page is loaded anew, as by F5; the kernel runs on."""
        self.page.reload()
        self.wait_ready()

    def save(self) -> dict[str, Any]:
        """The notebook as it is on disk after a save with widget state switched on."""
        self._do("save")
        return self.saved()

    def saved(self) -> dict[str, Any]:
        """The notebook as it is on disk now."""
        notebook: dict[str, Any] = json.loads(self.path.read_text())
        return notebook

    def saved_widget_state(self) -> dict[str, Any]:
        """Models by id in the file on disk; none where no widget state was saved."""
        widgets = self.saved()["metadata"].get("widgets", {})
        state: dict[str, Any] = widgets.get("application/vnd.jupyter.widget-state+json", {})
        return state.get("state", {})

    def set_theme(self, dark: bool) -> None:
        """The front end is light, or dark."""
        self._do("theme", dark)

    def standing(self) -> dict[str, Any]:
        """Cells, mode and selection: what a key changes that the notebook takes for its own."""
        found: dict[str, Any] = self.page.evaluate("() => rig.standing()")
        return found

    def cell_locator(self, index: int) -> Locator:
        """Cell `index` with its outputs."""
        return self.page.locator(self.front_end.cell).nth(index)

    def widget_locator(self, index: int = 0) -> Locator:
        """Where the outputs of cell `index` are drawn; locate the parts of a widget from here."""
        return self.cell_locator(index).locator(self.front_end.outputs).first

    def cell_output_text(self, index: int) -> str:
        """What cell `index` printed, returned and raised, as plain text without colours."""
        return "".join(_text(output) for output in self.page.evaluate("i => rig.outputs(i)", index))

    def _do(self, name: str, *arguments: object, wait: bool = True) -> None:
        self.page.evaluate(
            """([name, args]) => {
              const task = (window.rigTask = { done: false, error: null });
              rig[name](...args).then(
                () => { task.done = true },
                (error) => { task.done = true; task.error = String(error) },
              );
            }""",
            [name, list(arguments)],
        )
        if wait:
            self.page.wait_for_function("() => rigTask.done", polling=POLL_MS)
            error = self.page.evaluate("() => rigTask.error")
            assert error is None, f"{name}: {error}"


def notebook_of(cells: list[str]) -> dict[str, Any]:
    """A notebook with these code cells, none of them run."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "cells": [
            {
                "id": f"cell-{number}",
                "cell_type": "code",
                "metadata": {},
                "execution_count": None,
                "outputs": [],
                "source": source,
            }
            for number, source in enumerate(cells)
        ],
    }


def _text(output: dict[str, Any]) -> str:
    if output["output_type"] == "error":
        traceback = "\n".join(output["traceback"])
        return re.sub(r"\x1b\[[\d;]*m", "", traceback)
    text = output.get("text", output.get("data", {}).get("text/plain", ""))
    return "".join(text)
