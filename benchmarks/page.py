"""100,000 lines of log reach the page whole, over the notebook's own channel.

The page counts what arrives on its websocket for numbered batches in custom messages. For
comparison, what a kernel sends for `Output.append_stdout`: 2,000 lines, since its bytes grow
with the square of them. Budget: at most 1.2 times the text. Meanwhile the page must answer
clicks, and backend and kernel must not grow with the log.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from jupyter_client.manager import start_new_kernel  # noqa: E402
from playwright.sync_api import WebSocket, sync_playwright  # noqa: E402

from tests.doubles import flooding_backend  # noqa: E402
from tests.kit.browser.card import Card  # noqa: E402
from tests.kit.browser.front_ends import CHROMIUM_ARGUMENTS, Lab, Notebook  # noqa: E402
from tests.kit.browser.notebook_servers import LabServer, running  # noqa: E402

LINES = 100_000
OUTPUT_LINES = 2_000
WIRE_BUDGET = 1.2
GROWTH_BUDGET_MB = 20.0
OUTPUT_LINE = "00000000 Setting up some-package:amd64 (1:2.3.4-5+deb12u6) ...\n"
OUTPUT = f"""
import ipywidgets
out = ipywidgets.Output()
for number in range({OUTPUT_LINES}):
    out.append_stdout({OUTPUT_LINE!r})
"""


class Wire:
    """Counts the bytes that a page's websockets receive."""

    def __init__(self, notebook_page: object) -> None:
        self.received = 0
        notebook_page.on("websocket", self._listen)  # type: ignore[attr-defined]

    def _listen(self, websocket: WebSocket) -> None:
        websocket.on("framereceived", self._count)

    def _count(self, data: str | bytes) -> None:
        self.received += len(data)


def memory_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def opened(lab: Lab, cells: list[str]) -> tuple[Notebook, Wire]:
    notebook = lab.open_notebook(cells)
    wire = Wire(notebook.page)
    notebook.reload()  # its websockets are counted from their start
    return notebook, wire


def ours(lab: Lab) -> bool:
    server = lab.server
    with flooding_backend(server.python, server.environment) as (pid, add):
        notebook, wire = opened(lab, ["import colabwidget, os\ncolabwidget.ConnectWidget()"])
        notebook.run_cell(0)
        card = Card(notebook)
        card.wait_phase("working")
        card.wait_shown("log")
        kernel = next(each for each in server.processes() if "ipykernel" in command_line(each))
        before, wire_before = (memory_mb(pid), memory_mb(kernel)), wire.received
        began = time.monotonic()
        add(LINES)
        slowest, clicks = 0.0, 0
        last = f"{LINES - 1:08d} Setting up"
        while last not in card.part("log").inner_text():
            clicked = time.monotonic()
            card.part("log").click(timeout=10_000)
            slowest, clicks = max(slowest, time.monotonic() - clicked), clicks + 1
            notebook.page.wait_for_timeout(100)
        took = time.monotonic() - began
        lab.grant_clipboard()
        lines = card.whole_log()
        text_bytes = sum(len(line) + 1 for line in lines)
        whole = len(lines) == LINES and all(
            line.startswith(f"{number:08d} ") for number, line in enumerate(lines)
        )
        ratio = (wire.received - wire_before) / text_bytes
        grown = memory_mb(pid) - before[0], memory_mb(kernel) - before[1]
    print(f"{LINES} lines in custom messages: {'whole' if whole else 'NOT WHOLE'}, {took:.1f} s")
    print(f"  bytes on the wire / text   {ratio:.2f}  (budget {WIRE_BUDGET})")
    print(f"  backend grew by            {grown[0]:.1f} MB  (budget {GROWTH_BUDGET_MB:.0f})")
    print(f"  kernel grew by             {grown[1]:.1f} MB  (budget {GROWTH_BUDGET_MB:.0f})")
    print(f"  slowest of {clicks} clicks         {slowest * 1000:.0f} ms")
    return whole and ratio <= WIRE_BUDGET and max(grown) <= GROWTH_BUDGET_MB


def theirs() -> None:
    """Count what a kernel sends; a page that had to draw it would take minutes."""
    manager, client = start_new_kernel()
    try:
        began = time.monotonic()
        request = client.execute(OUTPUT)
        sent = 0
        while True:
            frames = client.iopub_channel.socket.recv_multipart()
            sent += sum(map(len, frames))
            message = client.session.deserialize(client.session.feed_identities(frames)[1])
            if (
                message["msg_type"] == "status"
                and message["content"]["execution_state"] == "idle"
                and message["parent_header"]["msg_id"] == request
            ):
                break
        took = time.monotonic() - began
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    text = OUTPUT_LINES * len(OUTPUT_LINE)
    print(f"{OUTPUT_LINES} lines by Output.append_stdout: {took:.1f} s in the kernel alone")
    print(f"  bytes on the wire / text   {sent / text:.0f}")


def command_line(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().decode()


def main() -> int:
    with (
        tempfile.TemporaryDirectory() as home,
        running(LabServer(Path(sys.executable), Path(home))) as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=CHROMIUM_ARGUMENTS
        )
        good = ours(Lab(server, browser.new_context(viewport={"width": 1280, "height": 900})))
        browser.close()
    theirs()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
