"""The widget as its user sees it: what can be read, filled in and clicked."""

from __future__ import annotations

import contextlib
import re
from typing import Any

from playwright.sync_api import Locator, TimeoutError, expect

from tests.kit.browser.front_ends import TIMEOUT_MS, FrontEnd, Notebook
from tests.kit.machine.machine import Machine

#: Copy buttons that are in one tab only; the password's is in each.
_IN_A_TAB = {
    "copy-command": "terminal",
    "copy-forward": "desktop",
    "copy-vnc-password": "desktop",
}


def cell(machine: Machine) -> str:
    """The code of a cell that shows the widget as `w`."""
    return f"import colabwidget\nw = colabwidget.ConnectWidget(user={machine.user!r})\nw"


def show(front_end: FrontEnd, machine: Machine, *cells: str) -> Card:
    """The widget in a new notebook; the cells come below it and are not run."""
    front_end.grant_clipboard()
    notebook = front_end.open_notebook([cell(machine), *cells])
    notebook.run_cell(0)
    return Card(notebook)


class Card:
    """The widget that a cell shows."""

    def __init__(self, notebook: Notebook, cell: int = 0) -> None:
        self.notebook = notebook
        self.cell = cell
        self.root = notebook.widget_locator(cell).get_by_test_id("card")

    def part(self, name: str) -> Locator:
        return self.root.get_by_test_id(name)

    def wait_phase(self, *phases: str) -> None:
        expect(self.root).to_have_attribute(
            "data-phase", re.compile("|".join(phases)), timeout=TIMEOUT_MS
        )

    def wait_shown(self, name: str) -> None:
        expect(self.part(name)).to_be_visible(timeout=TIMEOUT_MS)

    def connect(self, token: str, region: str | None = None) -> None:
        """Paste a token, choose a region, click Connect."""
        self.part("token").fill(token)
        if region is not None:
            self.part("region").select_option(region)
        self.part("connect").click()

    def connected(self, token: str, region: str | None = None) -> None:
        """Connect, and wait until it is done."""
        self.connect(token, region)
        self.wait_phase("connected")

    def disconnect(self) -> None:
        """Disconnect, and wait until it is done; who has just signed out may still be counted."""
        self.part("disconnect").click()
        idle = self.root.locator("xpath=self::*[@data-phase='idle']")
        asks = self.part("disconnect-confirm")
        expect(idle.or_(asks)).to_be_visible(timeout=TIMEOUT_MS)
        if asks.count():
            asks.click()
        self.wait_phase("idle")

    def open_tab(self, name: str) -> None:
        """Choose one of the ways in: ``"terminal"``, ``"vscode"`` or ``"desktop"``."""
        self.part(f"tab-{name}").click()
        self.wait_shown(f"panel-{name}")

    def open_details(self) -> None:
        """Show what is rarely needed."""
        if self.part("details-toggle").get_attribute("aria-expanded") == "false":
            self.part("details-toggle").click()

    def open_inside(self, name: str) -> None:
        """Open ``"terminal"``, ``"desktop"`` or ``"files"`` in the card, wherever its button is."""
        button, toggle = self.part(f"open-{name}"), self.part("details-toggle")
        expect(button.or_(toggle).first).to_be_visible(timeout=TIMEOUT_MS)
        # Details that come meanwhile take it in.
        for _ in range(3):
            if button.is_hidden() and toggle.count():
                self.open_details()
            with contextlib.suppress(TimeoutError):
                button.click(timeout=5000)
                return
        button.click()

    def open_log(self) -> None:
        if self.part("log").count() == 0 or not self.part("log").is_visible():
            if self.part("log-toggle").count() == 0:
                self.open_details()
            self.part("log-toggle").click()
        self.wait_shown("log")

    def copied(self, button: str) -> str:
        """What is on the clipboard after a click on a copy button, in a tab or among details."""
        if button in _IN_A_TAB and self.part(button).count() == 0:
            self.open_tab(_IN_A_TAB[button])
        elif self.part(button).is_hidden() and self.part("details-toggle").count():
            self.open_details()
        self.part(button).click()
        expect(self.part(button)).to_contain_text("Copied")
        text: str = self.notebook.page.evaluate("() => navigator.clipboard.readText()")
        return text

    def details(self) -> dict[str, Any]:
        """The connection details, taken from the copy buttons."""
        host, user, port = "", "", 0
        command = self.copied("copy-command")
        if match := re.fullmatch(r"ssh -p (\d+) (\S+)@(\S+)", command):
            port, user, host = int(match[1]), match[2], match[3]
        return {
            "ssh": {
                "command": command,
                "password": self.copied("copy-password"),
                "known_hosts": self.copied("copy-known-hosts"),
                "host": host,
                "port": port,
                "user": user,
            }
        }

    def whole_log(self) -> list[str]:
        """All lines of the log, as the copy button gives them."""
        self.open_log()
        return self.copied("log-copy").rstrip("\n").split("\n")
