"""The terminal in a cell: its echo, and whether its bytes come while a cell prints."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import pty
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

from common import ROUNDS, Table, medians
from playwright.sync_api import Page

from in_cell_parts.pages import LISTEN, TAIL, WHOLE
from tests.kit.browser.front_ends import Lab, Notebook
from tests.kit.machine.ports import free_port, is_open
from tests.kit.waiting import eventually

LETTERS = 48
BYTES = 10_000_000  # through the terminal while a cell prints
FLOOD_S = 8.0
ECHO, ECHO_MORE = 2.5, 5.0  # times a raw WebSocket's; milliseconds more than JupyterLab's

TERMINAL = "import colabwidget\ncolabwidget.Terminal()"
# 5 MB a second, which the page need not keep.
FLOOD = f"""
import time
from IPython.display import clear_output
printed, began = 0, time.time()
while time.time() < began + {FLOOD_S}:
    print("x" * 50_000)
    clear_output(wait=True)
    printed += 50_000
    time.sleep(max(0, began + printed / 5e6 - time.time()))
with open("rate", "w") as file:  # the server may drop what a cell prints, and say so
    file.write(str(printed / (time.time() - began)))
"""


def add_terminal(table: Table, lab: Lab, web: Path) -> None:
    notebook = lab.open_notebook([TERMINAL])
    port = free_port()
    raw = subprocess.Popen([sys.executable, sys.argv[0], "raw", str(port), str(web)])
    try:
        eventually(lambda: is_open(port))
        notebook.run_cell(0)
        pages = {"ours": notebook.page, "raw": lab.context.new_page(), "lab": new_lab(lab)}
        pages["raw"].goto(f"http://127.0.0.1:{port}/")
        pages["raw"].wait_for_function("() => window.loaded")
        pages["raw"].evaluate("(port) => terminal(`ws://127.0.0.1:${port}/terminal`)", port)
        rounds = []
        for _ in range(ROUNDS):
            rounds.append({name: echo(page) for name, page in sorted(pages.items())})
            print(rounds[-1], file=sys.stderr)
    finally:
        raw.terminate()
        raw.wait()
    values = medians(rounds)
    table.add("key to echo in the terminal", values["ours"], "ms")
    table.add("raw WebSocket", values["raw"], "ms")
    table.add("JupyterLab's terminal", values["lab"], "ms")
    table.add("... to the raw WebSocket", values["ours"] / values["raw"], "times", ECHO)
    table.add("... beyond JupyterLab's", values["ours"] - values["lab"], "ms", ECHO_MORE)


def new_lab(lab: Lab) -> Page:
    """A page with a terminal of JupyterLab."""
    page = lab.context.new_page()
    page.goto(f"{lab.server.url}lab/workspaces/terminal?token={lab.server.token}")
    page.wait_for_function("() => window.jupyterapp?.commands.hasCommand('terminal:create-new')")
    page.evaluate("() => jupyterapp.restored")
    page.evaluate("() => void jupyterapp.commands.execute('terminal:create-new')")
    return page


def echo(page: Page) -> float:
    """Milliseconds from a key's event to its letter in the terminal, nothing else being done."""
    page.bring_to_front()
    field = page.locator("textarea.xterm-helper-textarea")
    field.wait_for(state="attached")
    page.wait_for_timeout(1500)
    field.focus()
    # The terminal's own echo: no shell that thinks about each letter.
    page.keyboard.type("clear; cat >/dev/null\n")
    page.wait_for_timeout(1000)
    took = []
    for number in range(LETTERS):
        word = "abcdefghijklmnopqrstuvwx"[: 1 + number % 24]
        page.evaluate("(wanted) => { window.wanted = wanted }", word)
        page.evaluate("() => echo(document.querySelector('.xterm-rows'))")
        page.wait_for_timeout(60 + 7 * (number % 5))
        page.keyboard.press(word[-1])
        took.append(float(page.evaluate("() => echoed")))
        if len(word) == 24:
            page.keyboard.press("Control+c")
            page.keyboard.type("clear; cat >/dev/null\n")
            page.wait_for_timeout(500)
    return median(took)


def serve_raw(port: int, web: str) -> None:
    """A terminal on a WebSocket, and nothing between."""
    from tornado.web import Application, StaticFileHandler
    from tornado.websocket import WebSocketHandler

    class Terminal(WebSocketHandler):
        def open(self, *args: str, **kwargs: str) -> None:
            self.set_nodelay(True)
            self.pid, self.master = pty.fork()
            if self.pid == 0:
                os.environ["TERM"] = "xterm-256color"
                os.execvp("bash", ["bash", "--norc"])
            asyncio.get_running_loop().add_reader(self.master, self.read)

        def read(self) -> None:
            with contextlib.suppress(OSError):
                self.write_message(os.read(self.master, 65536), binary=True)
                return
            asyncio.get_running_loop().remove_reader(self.master)

        def on_message(self, message: str | bytes) -> None:
            os.write(self.master, message if isinstance(message, bytes) else message.encode())

    async def serve() -> None:
        static = {"path": web, "default_filename": "index.html"}
        app = Application([("/terminal", Terminal), ("/(.*)", StaticFileHandler, static)])
        app.listen(port, "127.0.0.1")
        await asyncio.Event().wait()

    asyncio.run(serve())


def add_flood(table: Table, lab: Lab, folder: Path) -> None:
    """Bytes of a file pass the terminal while a cell prints; the page hashes what has come."""
    lines = "".join(f"{number:09d} {'x' * 39}\n" for number in range(BYTES // 50))
    file = folder / "large"
    file.write_text(lines)
    notebook = lab.open_notebook(["import colabwidget\nw = colabwidget.Terminal()\nw", FLOOD])
    notebook.run_cell(0)
    page = notebook.page
    page.locator("[data-testid=stream][data-ready=true]").wait_for()
    page.evaluate(LISTEN, model_id(notebook))
    field = page.locator("textarea.xterm-helper-textarea")
    field.focus()
    page.keyboard.type("stty -opost; PS1=; clear\n")
    page.wait_for_timeout(1000)
    page.keyboard.type(f"printf begin; sleep 1; cat {file}; printf end-$((1+1)); sleep 5\n")
    eventually(lambda: page.evaluate(TAIL) == "begin")
    start = int(page.evaluate("() => heard.end"))
    notebook.run_cell(1, wait=False)
    began = time.monotonic()
    eventually(lambda: page.evaluate(TAIL) == "end-2", 120)
    took = time.monotonic() - began
    expected = hashlib.sha256(lines.encode()).hexdigest()
    found = page.evaluate(WHOLE, [start, len(lines)])
    sent_all = int(page.evaluate("() => heard.all"))
    notebook.wait_idle()
    printed = float((lab.server.notebooks / "rate").read_text()) / 1e6
    table.add("a cell prints meanwhile", printed, "MB/s")
    table.add("through the terminal", len(lines) / 1e6 / took, "MB/s")
    table.add("what came, to what was new", sent_all / int(page.evaluate("() => heard.end")), "x")
    if found != expected:
        print(f"Not whole: {found}")
    table.add("bytes that are not as they were", 0 if found == expected else len(lines), "", 0)


def model_id(notebook: Notebook) -> str:
    output: dict[str, Any] = notebook.page.evaluate("() => rig.outputs(0)")[0]
    return str(output["data"]["application/vnd.jupyter.widget-view+json"]["model_id"])
