"""A page of the notebook as the bridge: real Chromium, real JupyterLab, OpenSSH on a computer."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.kit.browser.card import Card, show
from tests.kit.browser.front_ends import FrontEnd
from tests.kit.machine.machine import Machine
from tests.kit.through import Computer, has_programs

pytestmark = [
    pytest.mark.skipif(not has_programs(), reason="takes root, OpenSSH and unshare"),
    pytest.mark.parametrize("front_end", ["lab"], indirect=True),
]


class Program:
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


@pytest.fixture
def computer(tmp_path: Path) -> Computer:
    return Computer(tmp_path / "computer")


@pytest.fixture
def programs() -> Iterator[list[Program]]:
    """Those that a test has started; they are ended after it."""
    started: list[Program] = []
    yield started
    for each in started:
        each.end()


def shown(front_end: FrontEnd, here: Machine) -> Card:
    """The card of a session through the server."""
    card = show(front_end, here)
    card.part("tunnel-through").check()
    card.part("connect").click()
    card.wait_phase("connected")
    return card


def bridge(card: Card, code: str) -> None:
    """Paste a code."""
    if not card.part("bridge-code").is_visible():
        card.open_details()
        card.part("bridge").locator("summary").click()
    card.part("bridge-code").fill(code)
    card.part("bridge-start").click()


def test_ssh_goes_through_the_page(
    front_end: FrontEnd, here: Machine, computer: Computer, programs: list[Program]
) -> None:
    card = shown(front_end, here)
    program = Program(computer, "pair", "--way", "page", text=card.copied("copy-pairing"))
    programs.append(program)
    bridge(card, program.code)
    name = program.says(r"ssh (\w+)")
    expect(card.part("bridge-said")).to_contain_text("This page is the bridge")
    said = computer.run("ssh", name, "id -un; exit 3")
    assert (said.returncode, said.stdout.decode()) == (3, f"{here.user}\n"), said.stderr
