"""The main story in Firefox and WebKitGTK: form, connect, copy, log, terminal, desktop, reload."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.browser.front_ends.rows import OTHER_BROWSERS
from tests.kit.browser.card import cell
from tests.kit.browser.front_ends import notebook_of
from tests.kit.browser.notebook_servers import Server
from tests.kit.browser.other_browsers import (
    CONTROL,
    ENTER,
    FIREFOX,
    SHIFT,
    TIMEOUT,
    WEBKIT_DRIVER,
    OtherBrowser,
    firefox,
    webkit,
)
from tests.kit.browser.story import FrontEndRow
from tests.kit.machine.accounts import new_user
from tests.kit.machine.machine import DESKTOP_TEST, Machine
from tests.kit.waiting import eventually

pytestmark = [*DESKTOP_TEST]

KERNEL_S = 45.0  # until a page and its kernel are there
CODE = ".jp-Notebook-cell .cm-content"
CARD = "document.querySelector('[data-testid=card]')"
TEXT = "document.querySelector('.xterm-rows').textContent"
RIG = Path(__file__).parents[1] / "kit" / "browser" / "page_lab.js"
# What is drawn on the desktop's canvas has more than one colour.
DRAWN = """(() => {
  const canvas = document.querySelector("[data-testid=stream-stage] canvas");
  if (!canvas?.width) return false;
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return new Set(new Uint32Array(data.buffer)).size > 1;
})()"""
# Kept before any part of the page sees it.
LISTEN = """
window.pasted = null;
document.addEventListener(
  "paste", ({ clipboardData }) => (window.pasted = clipboardData.getData("text/plain")), true);
"""


Start = Callable[..., AbstractContextManager[OtherBrowser]]
BROWSERS: dict[str, tuple[Path, Start]] = {
    "firefox": (FIREFOX, firefox),
    "webkit": (WEBKIT_DRIVER, webkit),
}


@pytest.fixture
def browser_of(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OtherBrowser]:
    """A browser that is not Chromium."""
    program, start = BROWSERS[request.param]
    if not program.exists():
        pytest.skip(f"no {program}, which scripts/setup-tests.sh installs on Debian")
    with start(tmp_path) as browser:
        yield browser


@pytest.fixture
def machine(lab_server: Server) -> Iterator[Machine]:
    """The colabwidget of JupyterLab's server."""
    if os.geteuid() != 0:
        pytest.skip("makes accounts, which takes root")
    made = lab_server.machine(new_user())
    yield made
    made.end()
    lab_server.clear()


def phase(browser: OtherBrowser, name: str) -> None:
    browser.wait(f"{CARD}?.dataset.phase === {name!r}")


def part(name: str) -> str:
    return f"[data-testid={name}]"


def shown(name: str) -> str:
    return f"document.querySelector({part(name)!r})"


def load(browser: OtherBrowser, server: Server, path: Path, seconds: float = TIMEOUT) -> None:
    """The notebook is open, and its kernel is ready."""
    place = f"lab/workspaces/{browser.name}/tree/{path.name}"
    browser.go(f"{server.url}{place}?token={server.token}")
    browser.run(RIG.read_text())
    browser.wait("rig.ready()", seconds)


def typed(browser: OtherBrowser, line: str, answer: str) -> None:
    """A shell in the cell answers what is typed."""
    browser.wait(f"{shown('stream')}?.dataset.ready === 'true'")
    browser.click(".xterm-screen")
    browser.type(line)
    browser.press(ENTER)
    browser.wait(f"{TEXT}.includes({answer!r})")


@dataclass
class Story:
    """The main story in a browser; its methods are named as the steps of the table are."""

    browser: OtherBrowser
    machine: Machine
    server: Server
    command: str = ""

    @property
    def path(self) -> Path:
        return self.server.notebooks / f"{self.browser.name}.ipynb"

    def begin(self) -> None:
        self.path.write_text(json.dumps(notebook_of([cell(self.machine)])))
        try:
            load(self.browser, self.server, self.path, KERNEL_S)
        except AssertionError:  # the kernel has lost one of its ports, or the machine is very busy
            for session in self.server.api("GET", "sessions"):
                if session["path"] == self.path.name:
                    self.server.api("DELETE", f"sessions/{session['id']}")
            load(self.browser, self.server, self.path)
        self.browser.click(CODE)
        self.browser.press(ENTER, held=(SHIFT,))

    def connect(self) -> None:
        """Form, connect, details, copy, log."""
        browser = self.browser
        phase(browser, "idle")
        browser.click(part("token"))
        browser.type(self.machine.token)
        browser.press(ENTER)
        phase(browser, "connected")
        self.command = browser.wait(f"{shown('ssh-command')}?.textContent")
        assert re.fullmatch(rf"ssh -p \d+ {self.machine.user}@127\.0\.0\.1", self.command)
        browser.click(part("copy-command"))
        browser.wait(f"{shown('copy-command')}.textContent.includes('Copied')")
        assert browser.run(f"return {CARD}.innerHTML").count(self.machine.token) == 0
        browser.open(part("details-toggle"))
        browser.open(part("log-toggle"))
        browser.wait(f"{shown('log')}?.textContent.includes('Connected')")

    def terminal(self) -> None:
        """What is typed arrives, and what was copied is pasted."""
        browser = self.browser
        browser.click(part("open-terminal"))
        typed(browser, "echo $((6 * 7))-here", "42-here")
        browser.run(LISTEN)
        browser.press("v", held=(CONTROL, SHIFT))
        assert browser.wait("pasted") == self.command
        browser.wait(f"{TEXT}.includes({self.command!r})")
        browser.click(part("close-terminal"))

    def reload(self) -> None:
        """A page that is loaded again shows the session."""
        self.browser.run("rig.save()")
        eventually(lambda: "application/vnd.jupyter.widget-view+json" in self.path.read_text())
        load(self.browser, self.server, self.path)
        phase(self.browser, "connected")

    def desktop(self) -> None:
        """It is drawn, and text of this computer is pasted there."""
        browser = self.browser
        browser.click(part("tab-desktop"))
        browser.click(part("desktop-add"))
        browser.open(part("details-toggle"))
        browser.click(part("open-desktop"))
        browser.wait(DRAWN)
        browser.run(LISTEN)
        browser.click(f"{part('stream-stage')} canvas")
        browser.wait(f"document.activeElement.matches({part('stream-keys')!r})")
        browser.press("v", held=(CONTROL,))
        assert browser.wait("pasted") == self.command
        assert browser.run(f"return {shown('stream-clipboard')}.value") == self.command

    def disconnect(self) -> None:
        """Nothing is open afterwards."""
        browser = self.browser
        browser.click(part("disconnect"))
        browser.wait(f"{CARD}?.dataset.phase === 'idle' || {shown('disconnect-confirm')}")
        if browser.run(f"return !!{shown('disconnect-confirm')}"):
            browser.click(part("disconnect-confirm"))
        phase(browser, "idle")
        assert self.machine.status()["phase"] == "idle"


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("browser_of", "row"),
    [pytest.param(row.name, row, id=row.name) for row in OTHER_BROWSERS],
    indirect=["browser_of"],
)
def test_the_main_story(
    browser_of: OtherBrowser, row: FrontEndRow, machine: Machine, lab_server: Server
) -> None:
    story = Story(browser_of, machine, lab_server)
    story.begin()
    for name in row.steps:
        getattr(story, name)()
