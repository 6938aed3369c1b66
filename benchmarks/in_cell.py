"""The desktop and the terminal in a cell, against what has a network connection of its own.

The desktop: against websockify with the same noVNC, on the same VNC server, in the same browser,
in turns. The terminal: against xterm.js on a raw WebSocket, and against JupyterLab's own. What
waits for the screen's next picture waits in all of them: it is left out of the terminal's times,
which would hide more than they show. Parts: ``desktop``, ``motion``, ``lines``, ``terminal`` and
``flood``; ``VNC`` in the environment is the VNC server.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from common import ROOT, ROUNDS, Table, medians, must_be_root
from in_cell_parts import motion
from in_cell_parts.pages import AT_ONCE, FIRST, HTML, MODULES, MOTION, NEXT_CHANGE, WATCH
from in_cell_parts.terminal import add_flood, add_terminal, serve_raw
from playwright.sync_api import BrowserContext, Page, sync_playwright

from tests.doubles.slow_line import SlowLine
from tests.kit.browser.front_ends import CHROMIUM_ARGUMENTS, Lab
from tests.kit.browser.notebook_servers import LabServer, running
from tests.kit.desktop.painter import Painter, painting
from tests.kit.desktop.projector import projecting
from tests.kit.machine.accounts import new_user
from tests.kit.machine.machine import Machine
from tests.kit.machine.ports import free_port, is_open
from tests.kit.waiting import eventually

FRAMES_S = 4.0  # seconds
KEYS = 20  # of a round
VNC = os.environ.get("VNC", "tigervnc")
PARTS = ("desktop", "motion", "lines", "terminal", "flood")

SCROLLING, LOADED = 0.95, 0.85  # of websockify's frames
KEY_TO_PIXEL, FIRST_FRAME = 1.5, 2.5  # times websockify's

CARD = """
import colabwidget
colabwidget.ConnectWidget(user={user!r}, tunnel="direct", address="127.0.0.1", desktop=True)
"""


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
        if {"desktop", "motion", "lines"} & {*parts}:
            fcntl.flock(lock, fcntl.LOCK_EX)  # as the tests that have one
        web = Path(folder, "web")
        write_pages(web)
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=CHROMIUM_ARGUMENTS
        )

        @contextmanager
        def lab(script: str) -> Iterator[Lab]:
            made = browser.new_context(viewport={"width": 1280, "height": 1000})
            made.add_init_script(script)
            yield Lab(server, made)
            made.close()
            server.clear()

        with running(TerminalLabServer(Path(sys.executable), Path(folder, "lab"))) as server:
            machine = server.machine(new_user())
            try:
                if "desktop" in parts:
                    with websockified(machine, web) as theirs, lab(WATCH) as ours:
                        add_desktop(table, ours, machine, *theirs)
                    machine.stop()
                if "motion" in parts:
                    for geometry, shown in motion.SHOWN.items():
                        with (
                            websockified(machine, web, geometry) as theirs,
                            lab(MOTION) as ours,
                        ):
                            add_motion(table, ours, machine, *theirs, shown, geometry)
                        machine.stop()
                if "lines" in parts:
                    with websockified(machine, web) as theirs, lab(MOTION) as ours:
                        add_lines(table, ours, machine, *theirs)
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
    esbuild = ROOT / "js" / "node_modules" / ".bin" / "esbuild"
    command = [str(esbuild), "--bundle", "--minify"]
    command += ["--format=esm", "--target=es2022", "--log-level=error"]
    for name, source in MODULES.items():
        to = f"--outfile={web / name}.js"
        subprocess.run([*command, to], input=source, text=True, cwd=ROOT / "js", check=True)


# The desktop


@contextmanager
def websockified(
    machine: Machine, web: Path, geometry: str = "1280x800"
) -> Iterator[tuple[str, str]]:
    """The address of a page that reaches the desktop of a session, and its password."""
    details = machine.connect("--desktop", "--vnc", VNC, "--geometry", geometry, tunnel="direct")
    port, there = free_port(), f"/run/colabwidget-{machine.user}/vnc.sock"
    ends = [f"127.0.0.1:{port}", "--unix-target", there]
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

    def box(self) -> tuple[float, float]:
        """Return how large it is shown, all of it in the window."""
        canvas = self.page.locator("[data-testid=stream] canvas")
        canvas.wait_for()
        canvas.scroll_into_view_if_needed()
        self.page.wait_for_timeout(500)
        place, window = canvas.bounding_box(), self.page.viewport_size
        assert place and window
        assert place["y"] >= 0 and place["y"] + place["height"] <= window["height"], place
        return place["width"], place["height"]

    def close(self) -> None:
        """Show it no more."""
        self._click("close-desktop")
        self.page.wait_for_function("() => !document.querySelector('[data-testid=stream] canvas')")

    def load_again(self) -> None:
        """Load the page anew."""
        self.notebook.save()
        self.notebook.reload()
        self.page.get_by_test_id("open-desktop").wait_for(state="attached")

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

    def resize(self, width: float, height: float) -> None:
        """Show it in that size."""
        self.page.evaluate(
            "(size) => Object.assign(document.getElementById('screen').style, size)",
            {"width": f"{width}px", "height": f"{height}px"},
        )

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


def add_motion(
    table: Table,
    lab: Lab,
    machine: Machine,
    address: str,
    password: str,
    shown: dict[str, str],
    geometry: str,
) -> None:
    ways = side_by_side(lab, machine, address, password)
    with projecting(machine.backend_pid()) as projector:
        work = motion.work_of(os.getpid(), machine.backend_pid() or 0)
        rounds = motion.measure(ways, projector, shown, work)
    motion.add(table, geometry, rounds, shown)


def add_lines(table: Table, lab: Lab, machine: Machine, address: str, password: str) -> None:
    ports = [int(each.rsplit(":")[-1].partition("/")[0]) for each in (lab.server.url, address)]
    with SlowLine(ports[0]) as our_line, SlowLine(ports[1]) as their_line:
        lab.url = f"http://127.0.0.1:{our_line.port}/"
        ways = side_by_side(lab, machine, f"http://127.0.0.1:{their_line.port}/", password)
        with projecting(machine.backend_pid()) as projector:
            work = motion.work_of(os.getpid(), machine.backend_pid() or 0)
            for megabits in motion.LINES:
                for line in (our_line, their_line):
                    line.limit(megabits)
                rounds = motion.measure(ways, projector, motion.ON_LINES, work, motion.SECONDS_SLOW)
                motion.add(table, f"{megabits:g} Mbit/s", rounds, motion.ON_LINES)


def side_by_side(lab: Lab, machine: Machine, address: str, password: str) -> dict[str, motion.Way]:
    """Return both ways, shown in the same size."""
    ours, theirs = Ours(lab, machine.user), Theirs(lab.context, address, password)
    ours.page.bring_to_front()
    ours.open()
    theirs.resize(*ours.box())
    ours.close()
    return {"ours": ours, "theirs": theirs}


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


if __name__ == "__main__":
    if sys.argv[1:2] == ["raw"]:
        serve_raw(int(sys.argv[2]), sys.argv[3])
    else:
        sys.exit(main(*(sys.argv[1:] or PARTS)))
