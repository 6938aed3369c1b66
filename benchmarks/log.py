"""The log from a program to the kernel: 100,000 lines through the backend's journal.

A program prints lines as a package manager does, the backend reads it as it reads all its
programs, and a client asks for the lines while they come. Between the two stands a relay that
counts what goes over the socket. `page.py` measures the other half, from the kernel on.

Then the page under a flood: ten thousand lines a second for ten seconds come from a backend to the
widget in JupyterLab. The page draws, a click on Cancel is followed, and all lines are there.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import quantiles

from common import ROOT, Table, needed, resident_mb
from playwright.sync_api import Page, expect, sync_playwright

from colabwidget.ipc import client
from colabwidget.system import paths
from colabwidget.system.files import ensure_private
from tests.doubles import flooding_backend
from tests.kit.browser.card import Card
from tests.kit.browser.front_ends import CHROMIUM_ARGUMENTS, Lab
from tests.kit.browser.notebook_servers import LabServer, running

LINES = 100_000
WIRE = 1.2  # bytes on the socket by bytes of text
GROWTH = 1.1  # memory after four times the lines by memory after the lines
FRAME = 100.0  # milliseconds between two frames of the page, at most
SEARCH = 50.0  # the same while all the lines are searched
CANCEL = 1.0  # seconds until the page shows that a click on Cancel was followed
SECONDS, PIECES, PIECE = 10, 10, 1000  # a second has so many pieces, and a piece so many lines

# The times between two frames of the page, in milliseconds, and of its tasks above 50 ms.
FRAMES = """() => {
  window.frames_ = [];
  window.tasks_ = [];
  new PerformanceObserver((list) => {
    for (const task of list.getEntries()) window.tasks_.push(task.duration);
  }).observe({ entryTypes: ["longtask"] });
  let last = performance.now();
  const next = (now) => {
    window.frames_.push(now - last);
    last = now;
    requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
}"""

# The backend as it is, and a program of its own whose lines it reads; again for each SIGUSR1.
BACKEND = """
import asyncio, signal, sys
from pathlib import Path
from colabwidget.system import paths
from colabwidget.system.files import ensure_private
from colabwidget.backend.server import Server
from colabwidget.runtime import process
from colabwidget.runtime.journal import Journal
from colabwidget.core.secrets import Redactor, Secret

async def main():
    directory = ensure_private(paths.runtime_directory())
    journal = Journal(directory / "journal.log", Redactor())
    journal.redactor.add([Secret("a password of a session")])
    server = Server(journal, ensure_private(directory / "session"))
    works = []
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, lambda: works.append(
        asyncio.ensure_future(process.run(["cat", sys.argv[1]], journal))))
    await server.run(paths.socket_path(), lambda: print("ready", flush=True))

asyncio.run(main())
"""


def main() -> int:
    return to_the_kernel() | under_a_flood()


def to_the_kernel() -> int:
    table = Table(f"{LINES:,} lines from a program to the kernel")
    text = "".join(map(line, range(LINES)))
    with tempfile.TemporaryDirectory(prefix="cw-", dir="/tmp") as name:
        folder = Path(name)
        (folder / "lines").write_text(text)
        with backend(folder) as process, Relay(folder) as relay:
            reader = needed(client.find())
            before = resident_mb(process.pid)
            started = time.perf_counter()
            process.send_signal(10)
            assert pull(reader, 0, LINES) == text
            seconds = time.perf_counter() - started
            once = relay.count, resident_mb(process.pid)
            for part in range(1, 4):
                process.send_signal(10)
                pull(reader, part * LINES, (part + 1) * LINES)
            after = resident_mb(process.pid, "VmHWM")
            reader.stop()
    size = len(text.encode())
    table.add("text", size / 1e6, "MB")
    table.add("time", seconds, "s")
    table.add("bytes on the socket", once[0] / size, "times the text", WIRE)
    table.add("backend before", before, "MB")
    table.add("backend after them", once[1], "MB")
    table.add("at most, in four times as many", after / once[1], "times that", GROWTH)
    return table.end()


def under_a_flood() -> int:
    rate = PIECES * PIECE
    table = Table(f"{rate:,} lines a second for {SECONDS} s, on a page in JupyterLab")
    with (
        tempfile.TemporaryDirectory() as home,
        running(LabServer(Path(sys.executable), Path(home))) as server,
        sync_playwright() as playwright,
        flooding_backend(server.python, server.environment) as (_, order),
    ):
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=CHROMIUM_ARGUMENTS
        )
        lab = Lab(server, browser.new_context(viewport={"width": 1280, "height": 900}))
        lab.grant_clipboard()
        notebook = lab.open_notebook(["import colabwidget\ncolabwidget.ConnectWidget()"])
        notebook.run_cell(0)
        card, page = Card(notebook), notebook.page
        card.wait_phase("working")
        card.wait_shown("log")
        page.evaluate(FRAMES)
        quiet = frames(page, lambda: page.wait_for_timeout(3000))

        def flood(count: int) -> None:
            began = time.perf_counter()
            for piece in range(1, count + 1):
                order(PIECE)
                pause = began + piece / PIECES - time.perf_counter()
                page.wait_for_timeout(max(pause, 0.001) * 1000)

        flooded = frames(page, lambda: flood(SECONDS * PIECES))
        tasks = page.evaluate("() => window.tasks_")
        text = f"{SECONDS * rate:,} lines"
        page.wait_for_function(
            "text => document.querySelector('[data-testid=log-count]').textContent === text",
            arg=text,
        )
        whole = [f"{number:08d}" for number in range(PIECE)] * SECONDS * PIECES
        assert [each[:8] for each in card.whole_log()] == whole
        card.part("log-search").click()
        searched = frames(page, lambda: search(card))
        pouring = threading.Event()
        thread = threading.Thread(target=pour, args=(order, pouring))
        thread.start()
        page.wait_for_timeout(1000)
        clicked = time.perf_counter()
        card.part("cancel").click()
        card.wait_phase("idle")
        answered = time.perf_counter() - clicked
        pouring.set()
        thread.join()
        browser.close()
    table.add("longest frame of a page at rest", max(quiet), "ms")
    # A machine that is busy with others holds up a page at rest as well.
    table.add("longest frame in the flood", max(flooded), "ms", max(FRAME, *quiet))
    table.add("longest task of the page's own", max(tasks, default=0.0), "ms", FRAME)
    table.add("99 of 100 frames in the flood", quantiles(flooded, n=100)[98], "ms")
    table.add("longest frame in a search", max(searched), "ms", SEARCH)
    table.add("Cancel is followed after", answered, "s", CANCEL)
    return table.end()


def search(card: Card) -> None:
    """Look for what is in every line, in some, and in none."""
    for text, found in (("SETTING", " of 100,000"), ("00999 ", " of 100"), ("xyz", "Not found")):
        card.part("log-query").fill("")
        card.part("log-query").press_sequentially(text)
        expect(card.part("log-found")).to_contain_text(found)


def frames(page: Page, meanwhile: Callable[[], object]) -> list[float]:
    """Return the times between the page's frames, in milliseconds."""
    page.evaluate("() => { window.frames_.length = 0 }")
    meanwhile()
    found: list[float] = page.evaluate("() => window.frames_")
    return found


def pour(order: Callable[[int], None], over: threading.Event) -> None:
    while not over.wait(1 / PIECES):
        order(PIECE)


def line(number: int) -> str:
    return (
        f"Unpacking libexample-{number}:amd64 (2:1.{number % 97}-3+deb12u1) over (“{number}”) ...\n"
    )


def pull(reader: client.Client, position: int, end: int) -> str:
    """Ask for lines, as they come, until they are all there."""
    parts = []
    while position < end:
        part = reader.journal(position)
        if part["count"]:
            parts.append(part["text"] + "\n")
            position = part["since"] + part["count"]
        else:
            time.sleep(0.01)
    return "".join(parts)


@contextlib.contextmanager
def backend(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    run = folder / "run"
    run.mkdir(mode=0o700)
    process = subprocess.Popen(
        [sys.executable, "-c", BACKEND, str(folder / "lines")],
        env={**os.environ, "XDG_RUNTIME_DIR": str(run), "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
    )
    try:
        assert needed(process.stdout).readline() == b"ready\n"
        yield process
        process.wait(20)
    finally:
        process.kill()
        process.communicate()


class Relay:
    """Stands where this process looks for the backend, and counts what goes through."""

    def __init__(self, folder: Path) -> None:
        self._theirs = folder / "run" / "colabwidget" / "backend.sock"
        os.environ["XDG_RUNTIME_DIR"] = str(folder / "kernel")
        ensure_private(paths.runtime_directory())
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(paths.socket_path()))
        self._listener.listen()
        self.count = 0

    def __enter__(self) -> Relay:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def _serve(self) -> None:
        near, _ = self._listener.accept()
        far = socket.socket(socket.AF_UNIX)
        far.connect(str(self._theirs))
        for ends in ((near, far), (far, near)):
            threading.Thread(target=self._copy, args=ends, daemon=True).start()

    def _copy(self, source: socket.socket, sink: socket.socket) -> None:
        while data := source.recv(1 << 18):
            self.count += len(data)
            sink.sendall(data)
        paths.socket_path().unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)


if __name__ == "__main__":
    sys.exit(main())
