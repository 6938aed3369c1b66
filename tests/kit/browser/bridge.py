"""The two ends of a page as the bridge: the program on a computer, and the card's own code."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Page

from tests.kit.browser.other_browsers import OtherBrowser
from tests.kit.through import Computer

_JS = Path(__file__).parents[3] / "js"


def be_the_bridge(page: Page, code: str) -> dict[str, str]:
    """Have any page try it, as a card does; what it says of it then."""
    script = f"code => {{ {_built()}; return built.start(code).then(() => built.now()); }}"
    said: dict[str, str] = page.evaluate(script, code)
    return said


def be_the_bridge_in(browser: OtherBrowser, code: str) -> dict[str, str]:
    """The same in the page of another browser."""
    then = "window.bridgeSaid = JSON.stringify(built.now())"
    browser.run(f"{_built()}; void built.start({code!r}).then(() => {{ {then}; }});")
    said: dict[str, str] = json.loads(browser.wait("window.bridgeSaid"))
    return said


def _built() -> str:
    source = _JS / "src" / "bridge" / "bridge.ts"
    command = [str(_JS / "node_modules" / ".bin" / "esbuild"), str(source), "--bundle"]
    command += ["--format=iife", "--global-name=built"]
    return subprocess.run(command, check=True, capture_output=True).stdout.decode()


class BridgeProgram:
    """The program that stays open on a computer."""

    def __init__(self, computer: Computer, *arguments: str, text: str = "") -> None:
        self._running = subprocess.Popen(
            [sys.executable, "-m", "colabwidget", "through", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=computer.variables(),
            text=True,
            cwd="/",
        )
        assert self._running.stdin
        self._running.stdin.write(f"{text}\n")
        self._running.stdin.close()
        self.code = self.says(r"^  (\d+-[0-9a-f]{32})$")

    def says(self, pattern: str) -> str:
        """Wait for a line, and return what the pattern's group has of it."""
        assert self._running.stdout
        before = ""
        for line in self._running.stdout:
            before += line
            if found := re.search(pattern, line):
                return found[1] if found.groups() else found[0]
        raise AssertionError(before)

    def end(self, number: int = signal.SIGINT) -> None:
        assert self._running.stdout
        self._running.send_signal(number)
        self._running.wait(20)
        self._running.stdout.close()
