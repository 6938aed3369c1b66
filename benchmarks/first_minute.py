"""What a user does, and how long it takes, from an open notebook to each goal.

Running the cell, a paste, and a click are an action each. The tunnel is the stand-in for ngrok, and
all packages are there already: what is measured is ours and the machine's.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from common import ROUNDS, Table, medians, must_be_root
from playwright.sync_api import Browser, sync_playwright

from tests.kit.browser.card import Card, cell
from tests.kit.browser.front_ends import CHROMIUM_ARGUMENTS, Lab, Notebook
from tests.kit.browser.inside_card import DesktopInCard, TerminalInCard
from tests.kit.browser.notebook_servers import LabServer, Server, running
from tests.kit.machine.accounts import new_user
from tests.kit.machine.machine import Machine


class User:
    """A user of a new notebook, whose actions are counted."""

    def __init__(self, lab: Lab, machine: Machine) -> None:
        self.notebook: Notebook = lab.open_notebook([cell(machine)])
        self.token = machine.token
        self.began = time.monotonic()
        self.notebook.run_cell(0)
        self.actions = 1
        self.card = Card(self.notebook)

    def click(self, part: str) -> None:
        """Click on a part of the card, once it is shown."""
        self.card.wait_shown(part)
        self.card.part(part).click()
        self.actions += 1

    def connect(self) -> None:
        """Paste the token and connect."""
        self.card.wait_shown("token")
        self.card.part("token").fill(self.token)
        self.actions += 1
        self.click("connect")
        self.card.wait_phase("connected")


def shell(user: User) -> None:
    user.click("open-terminal")
    terminal = TerminalInCard(user.notebook).ready()
    terminal.type("echo $((6 * 7))-here\n")
    terminal.says("42-here")


def desktop(user: User) -> None:
    user.click("open-desktop")
    DesktopInCard(user.notebook).drawn()


def ssh(user: User) -> None:
    user.connect()
    user.click("copy-command")


def editor(user: User) -> None:
    user.connect()
    user.click("tab-vscode")
    user.card.wait_shown("vscode")
    user.actions += 1  # a click on the link leaves the browser


#: What a user wants, how that is done, and how many actions it may take.
GOALS: dict[str, tuple[Callable[[User], None], int]] = {
    "a shell in the cell": (shell, 2),
    "a desktop in the cell": (desktop, 2),
    "the ssh command": (ssh, 4),
    "VS Code": (editor, 5),
}


def main() -> int:
    must_be_root()
    table = Table(f"From an open notebook to each goal, median of {ROUNDS}")
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=CHROMIUM_ARGUMENTS
        )
        with running(LabServer(Path(sys.executable), Path(folder, "lab"))) as server:
            for goal, (reach, most) in GOALS.items():
                found = medians([once(browser, server, reach) for _ in range(ROUNDS)])
                table.add(f"{goal}: actions", found["actions"], "", most)
                table.add(f"{goal}: time", found["time"], "s")
        browser.close()
    return table.end()


def once(browser: Browser, server: Server, reach: Callable[[User], None]) -> dict[str, float]:
    """Reach a goal on a machine of its own, with nothing left of the one before."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    machine = server.machine(new_user())
    try:
        user = User(Lab(server, context), machine)
        reach(user)
        return {"actions": user.actions, "time": time.monotonic() - user.began}
    finally:
        machine.end()
        server.clear()
        context.close()


if __name__ == "__main__":
    sys.exit(main())
