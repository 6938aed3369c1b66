"""The desktop and the terminal in a cell, against what has a network connection of its own.

The desktop: against websockify with the same noVNC, on the same VNC server, in the same browser,
in turns. The terminal: against xterm.js on a raw WebSocket, and against JupyterLab's own. What
waits for the screen's next picture waits in all of them: it is left out of the terminal's times,
which would hide more than they show.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import hashlib
import os
import pty
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from common import ROOT, Table, medians, must_be_root
from playwright.sync_api import BrowserContext, Page, sync_playwright

from tests.kit.browser.front_ends import CHROMIUM_ARGUMENTS, Lab, Notebook
from tests.kit.browser.notebook_servers import LabServer, running
from tests.kit.desktop.painter import Painter, painting
from tests.kit.machine.machine import Machine, eventually, free_port, is_open, new_user

ROUNDS = int(os.environ.get("ROUNDS", "3"))
FRAMES_S = 4.0  # seconds
KEYS = 20  # of a round
LETTERS = 48
BYTES = 10_000_000  # through the terminal while a cell prints
FLOOD_S = 8.0

SCROLLING, LOADED = 0.95, 0.85  # of websockify's frames
KEY_TO_PIXEL, FIRST_FRAME = 1.5, 2.5  # times websockify's
ECHO, ECHO_MORE = 2.5, 5.0  # times a raw WebSocket's; milliseconds more than JupyterLab's

CARD = """
import colabwidget
colabwidget.ConnectWidget(user={user!r}, tunnel="direct", address="127.0.0.1", desktop=True)
"""
DESKTOP = "import colabwidget\ncolabwidget.Desktop()"
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
# Counts what noVNC shows, and tells when a place of it has another colour than before.
WATCH = """
const draw = CanvasRenderingContext2D.prototype.drawImage;
window.watch = { frames: 0, colour: "", first: null, changed: null, pressed: 0 };
CanvasRenderingContext2D.prototype.drawImage = function (...all) {
  draw.apply(this, all);
  const { canvas } = this;
  if (!canvas.isConnected || canvas.width < 640) return;
  watch.frames++;
  if (!watch.changed && !watch.first) return;
  const place = [canvas.width / 2, canvas.height / 2, 1, 1];
  const colour = String(this.getImageData(...place).data);
  // At first it shows what has no colour.
  if (watch.first && !["0,0,0,0", "0,0,0,255"].includes(colour)) {
    watch.first(performance.now());
    watch.first = null;
  }
  if (!watch.changed) return;
  if (colour === watch.colour) return;
  watch.colour = colour;
  watch.changed(performance.now() - watch.pressed);
};
addEventListener("keydown", () => (watch.pressed = performance.now()), true);
"""
FIRST = "() => { watch.came = new Promise((done) => (watch.first = done)); }"
NEXT_CHANGE = "() => { watch.came = new Promise((done) => (watch.changed = done)); }"
# What xterm.js shows it shows at once, and not with the next picture; WebGL draws no text that
# could be read.
AT_ONCE = """
const channel = new MessageChannel();
const asked = [];
channel.port1.onmessage = () => asked.shift()?.(performance.now());
window.requestAnimationFrame = (run) => (channel.port2.postMessage(0), asked.push(run));
window.cancelAnimationFrame = () => undefined;
const context = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
  return kind.startsWith("webgl") ? null : context.call(this, kind, ...more);
};
let pressed = 0;
addEventListener("keydown", () => (pressed = performance.now()), true);
window.echo = (rows) => {
  window.echoed = new Promise((done) => {
    const seen = new MutationObserver(() => {
      if (!rows.textContent.includes(window.wanted)) return;
      seen.disconnect();
      done(performance.now() - pressed);
    });
    seen.observe(rows, { childList: true, subtree: true, characterData: true });
  });
};
"""
# Keeps the bytes that arrive for streams, by their numbers.
LISTEN = """async (id) => {
  const { rendermime } = rig.panel().content;
  const mime = "application/vnd.jupyter.widget-view+json";
  const manager = await rendermime.createRenderer(mime)._manager.promise;
  const model = await manager.get_model(id);
  window.heard = { parts: [], end: 0, all: 0 };
  model.on("msg:custom", (content, buffers) => {
    if (content.type !== "data") return;
    const [{ buffer, byteOffset, byteLength }] = buffers;
    const bytes = new Uint8Array(buffer, byteOffset, byteLength).slice();
    heard.all += bytes.length;
    heard.end = Math.max(heard.end, content.at + bytes.length);
    heard.parts.push([content.at, bytes]);
  });
}"""
WHOLE = """async ([from, size]) => {
  heard.parts.sort((one, other) => one[0] - other[0]);
  const whole = new Uint8Array(size);
  let end = from;
  for (const [at, bytes] of heard.parts) {
    if (at > end) return `a gap at ${end}`;
    if (at + bytes.length <= end) continue;
    whole.set(bytes.subarray(end - at).subarray(0, from + size - end), end - from);
    end = Math.min(at + bytes.length, from + size);
    if (end === from + size) break;
  }
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", whole));
  return [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}"""
TAIL = """() => {
  const last = heard.parts.find(([at, bytes]) => at + bytes.length === heard.end);
  return last ? new TextDecoder().decode(last[1].slice(-5)) : "";
}"""
HTML = """<!doctype html>
<meta charset="utf-8">
<style>#screen { width: 1100px; height: 380px }</style>
<div id="screen"></div>
<script type="module">
const screen = document.getElementById("screen");
window.desktop = async (password) => {
  screen.replaceChildren();
  const { default: RFB } = await import("./novnc.js");
  const address = `ws://${location.host}/websockify`;
  const rfb = new RFB(screen, address, { shared: true, credentials: { password } });
  rfb.scaleViewport = true;
  rfb.background = "transparent";
  window.rfb = rfb;
};
window.terminal = async (address) => {
  const { Terminal, FitAddon } = await import("./xterm.js");
  const term = new Terminal({ cursorBlink: false, fontSize: 13, scrollback: 10_000 });
  const fit = new FitAddon();
  term.loadAddon(fit);
  term.open(screen);
  fit.fit();
  const socket = new WebSocket(address);
  socket.binaryType = "arraybuffer";
  socket.onmessage = ({ data }) => term.write(new Uint8Array(data));
  const encoder = new TextEncoder();
  socket.onopen = () => term.onData((text) => socket.send(encoder.encode(text)));
};
window.loaded = true;
</script>
"""
MODULES = {
    "novnc": 'export { default } from "@novnc/novnc"',
    "xterm": 'export * from "@xterm/xterm"; export * from "@xterm/addon-fit"',
}


def main(*parts: str) -> int:
    must_be_root()
    if not shutil.which("Xtigervnc"):
        print("Skipped: it takes tigervnc-standalone-server.")
        return 0
    table = Table(f"The desktop and the terminal in a cell, medians of {ROUNDS} rounds")
    with (
        (ROOT / "tests" / "conftest.py").open() as lock,
        sync_playwright() as playwright,
        tempfile.TemporaryDirectory() as folder,
    ):
        if "desktop" in parts:
            fcntl.flock(lock, fcntl.LOCK_EX)  # as the tests that have one
        web = Path(folder, "web")
        write_pages(web)
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=CHROMIUM_ARGUMENTS
        )

        @contextmanager
        def lab(script: str) -> Iterator[Lab]:
            made = browser.new_context(viewport={"width": 1280, "height": 900})
            made.add_init_script(script)
            yield Lab(server, made)
            made.close()
            server.clear()

        with running(TerminalLabServer(Path(sys.executable), Path(folder, "lab"))) as server:
            python, environment = str(server.python), server.environment
            machine = Machine(server.home, new_user(), server.ngrok, python, environment)
            try:
                if "desktop" in parts:
                    with websockified(machine, web) as theirs, lab(WATCH) as ours:
                        add_desktop(table, ours, machine, *theirs)
                    machine.stop()
                if "terminal" in parts:
                    with lab(AT_ONCE) as ours:
                        add_terminal(table, ours, web)
                if "flood" in parts:
                    with lab("") as ours:
                        add_flood(table, ours, Path(folder))
            finally:
                machine.end()
        browser.close()
    return table.end()


class TerminalLabServer(LabServer):
    """JupyterLab with its own terminal."""

    _arguments = tuple(word for word in LabServer._arguments if "terminals_enabled" not in word)


def write_pages(web: Path) -> None:
    """A page with the same noVNC and the same xterm.js, built as ours are."""
    web.mkdir()
    (web / "index.html").write_text(HTML)
    command = [ROOT / "js" / "node_modules" / ".bin" / "esbuild", "--bundle", "--minify"]
    command += ["--format=esm", "--target=es2022", "--log-level=error"]
    for name, source in MODULES.items():
        to = f"--outfile={web / name}.js"
        subprocess.run([*command, to], input=source, text=True, cwd=ROOT / "js", check=True)


# The desktop


@contextmanager
def websockified(machine: Machine, web: Path) -> Iterator[tuple[str, str]]:
    """The address of a page that reaches the desktop of a session, and its password."""
    details = machine.connect(
        "--desktop", "--vnc", "tigervnc", "--geometry", "1280x800", tunnel="direct"
    )
    there = details["desktop"]["forward_command"].rpartition("localhost:")[2].split()[0]
    port = free_port()
    ends = [f"127.0.0.1:{port}", f"127.0.0.1:{there}"]
    server = subprocess.Popen(
        [sys.executable, "-m", "websockify", "--web", web, *ends],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        eventually(lambda: is_open(port))
        yield f"http://127.0.0.1:{port}/", details["desktop"]["password"]
    finally:
        server.terminate()
        server.wait()


class Ours:
    """The desktop in the card, in JupyterLab."""

    def __init__(self, lab: Lab, user: str) -> None:
        self.notebook = lab.open_notebook([CARD.format(user=user)])
        self.page = self.notebook.page
        self.notebook.run_cell(0)

    def open(self) -> None:
        """Show the desktop."""
        self._click("open-desktop")

    def close(self) -> None:
        """Show it no more."""
        self._click("close-desktop")
        self.page.wait_for_function("() => !document.querySelector('[data-testid=stream] canvas')")

    def load_again(self) -> None:
        """Load the page anew."""
        self.notebook.save()
        self.notebook.reload()
        self.page.get_by_test_id("open-desktop").wait_for()

    def _click(self, button: str) -> None:
        self.page.evaluate("(id) => document.querySelector(`[data-testid=${id}]`).click()", button)


class Theirs:
    """The same desktop in a page of noVNC, by way of websockify."""

    def __init__(self, context: BrowserContext, address: str, password: str) -> None:
        self.page = context.new_page()
        self.address, self.password = address, password
        self.load_again()

    def open(self) -> None:
        """Show the desktop."""
        self.page.evaluate("(password) => void desktop(password)", self.password)

    def close(self) -> None:
        """Show it no more."""
        self.page.evaluate("() => rfb.disconnect()")
        self.page.wait_for_function("() => !document.querySelector('canvas')")

    def load_again(self) -> None:
        """Load the page anew."""
        self.page.goto(self.address)
        self.page.wait_for_function("() => window.loaded")


def add_desktop(table: Table, lab: Lab, machine: Machine, address: str, password: str) -> None:
    ours, theirs = Ours(lab, machine.user), Theirs(lab.context, address, password)
    with painting(machine.backend_pid()) as painter:
        rounds = []
        for turn in range(ROUNDS):
            ways: list[tuple[str, Ours | Theirs]] = [("ours", ours), ("theirs", theirs)]
            found: dict[str, float] = {}
            for name, way in ways[:: 1 if turn % 2 else -1]:
                found |= {f"{name} {what}": value for what, value in measured(way, painter).items()}
            rounds.append(found)
            print({name: round(value, 1) for name, value in found.items()}, file=sys.stderr)
    for what, budget in (("scroll", SCROLLING), ("load", LOADED)):
        ratios = [found[f"ours {what}"] / found[f"theirs {what}"] for found in rounds]
        table.add(f"{what}: frames a second", median(f[f"ours {what}"] for f in rounds))
        table.add(f"{what}: websockify's", median(f[f"theirs {what}"] for f in rounds))
        # A budget is an upper bound here: websockify's frames to ours.
        table.add(f"{what}: websockify's to ours", 1 / median(ratios), "times", 1 / budget)
    values = medians(rounds)
    for what, budget in (("key", KEY_TO_PIXEL), ("cold", FIRST_FRAME), ("warm", FIRST_FRAME)):
        title = {"key": "key to pixel", "cold": "first frame, page fresh", "warm": "first frame"}
        table.add(title[what], values[f"ours {what}"], "ms")
        table.add(f"{title[what]}: websockify's", values[f"theirs {what}"], "ms")
        ratio = values[f"ours {what}"] / values[f"theirs {what}"]
        table.add(f"{title[what]}: ratio", ratio, "times", budget)


def measured(way: Ours | Theirs, painter: Painter) -> dict[str, float]:
    painter.show("still")
    way.load_again()
    way.page.bring_to_front()
    way.page.wait_for_timeout(1000)
    found = {"cold": to_first(way)}
    way.page.wait_for_timeout(500)
    way.close()
    warm = []
    for _ in range(5):
        way.page.wait_for_timeout(300)
        warm.append(to_first(way))
        way.page.wait_for_timeout(300)
        if len(warm) < 5:
            way.close()
    found["warm"] = median(warm)
    found["key"] = key_to_pixel(way.page)
    for mode in ("scroll", "load"):
        painter.show(mode)
        way.page.wait_for_timeout(1000)
        found[mode] = frames_a_second(way.page)
    painter.show("still")
    way.close()
    return found


def to_first(way: Ours | Theirs) -> float:
    """Milliseconds from the command to open it to its first picture."""
    way.page.evaluate(FIRST)
    began = float(way.page.evaluate("() => performance.now()"))
    way.open()
    return float(way.page.evaluate("() => watch.came")) - began


def key_to_pixel(page: Page) -> float:
    """Milliseconds from a key's event in the page to the pixel that it changes."""
    page.locator("canvas").first.focus()
    took = []
    for number in range(KEYS + 2):
        page.evaluate(NEXT_CHANGE)
        page.wait_for_timeout(120 + 13 * (number % 7))
        page.keyboard.press("a")
        took.append(float(page.evaluate("() => watch.came")))
    page.evaluate("() => (watch.changed = null)")
    return median(took[2:])


def frames_a_second(page: Page) -> float:
    before, began = page.evaluate("() => [watch.frames, performance.now()]")
    page.wait_for_timeout(FRAMES_S * 1000)
    after, ended = page.evaluate("() => [watch.frames, performance.now()]")
    return float(1000 * (after - before) / (ended - began))


# The terminal


def add_terminal(table: Table, lab: Lab, web: Path) -> None:
    notebook = lab.open_notebook([TERMINAL])
    port = free_port()
    raw = subprocess.Popen([sys.executable, __file__, "raw", str(port), str(web)])
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


# A flood beside it


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


if __name__ == "__main__":
    if sys.argv[1:2] == ["raw"]:
        serve_raw(int(sys.argv[2]), sys.argv[3])
    else:
        sys.exit(main(*(sys.argv[1:] or ("desktop", "terminal", "flood"))))
