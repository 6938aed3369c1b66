"""The sound of a desktop in a cell: a real PulseAudio, a real browser that is listened to."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.test_streams_desktop import show
from tests.kit.browser.desktop_view import Shown
from tests.kit.browser.front_ends import FrontEnd
from tests.kit.browser.heard import loudest, tap
from tests.kit.desktop.on_machine import programs
from tests.kit.machine.machine import DESKTOP_TEST, Machine
from tests.kit.waiting import eventually

pytestmark = [
    *DESKTOP_TEST,
    pytest.mark.parametrize("front_end", ["lab"], indirect=True),
    pytest.mark.skipif(
        not all(shutil.which(name) for name in ("pulseaudio", "parec", "ffmpeg")),
        reason="needs pulseaudio, pulseaudio-utils and ffmpeg",
    ),
]

CELL = "import colabwidget\ncolabwidget.Desktop('800x600', vnc='tigervnc')"
TONE = 440  # Hz


def folder(machine: Machine) -> Path:
    return Path(f"/run/colabwidget-{pwd.getpwuid(os.geteuid()).pw_name}")


@contextmanager
def playing(machine: Machine, hertz: int = TONE, seconds: int = 30) -> Iterator[None]:
    """A program on the desktop plays a tone."""
    command = ["ffmpeg", "-loglevel", "error", "-f", "lavfi", "-re"]
    command += ["-i", f"sine={hertz}:duration={seconds}", "-ac", "2", "-f", "pulse", "test"]
    where = {"PULSE_SERVER": f"unix:{folder(machine)}/pulse/native", "HOME": "/nonexistent"}
    program = subprocess.Popen(command, env={**os.environ, **where}, stdin=subprocess.DEVNULL)
    try:
        yield
    finally:
        program.kill()
        program.wait()


def is_heard(shown: Shown, hertz: int = TONE) -> bool:
    found = loudest(shown.notebook.page)
    return found["level"] > 0.01 and abs(found["hertz"] - hertz) < 3


def test_a_tone_is_heard_in_the_page_until_it_is_muted(front_end: FrontEnd, here: Machine) -> None:
    tap(front_end.context)
    shown = show(front_end, CELL, "colabwidget.disconnect()").ready()
    assert "pulseaudio" not in programs(here)
    button = shown.root.get_by_role("button", name="Sound")
    expect(button).to_have_attribute("aria-pressed", "false")

    button.click()
    eventually((folder(here) / "pulse/native").exists)
    with playing(here):
        eventually(lambda: is_heard(shown))
        button.click()
        expect(button).to_have_attribute("aria-pressed", "false")
        eventually(lambda: {"parec", "ffmpeg"}.isdisjoint(programs(here)))
        # Its player goes on, so that it is heard again.
        button.click()
        eventually(lambda: is_heard(shown))

    shown.notebook.run_cell(1)
    expect(button).to_have_attribute("aria-pressed", "false", timeout=30_000)
    eventually(lambda: {"parec", "ffmpeg", "pulseaudio"}.isdisjoint(programs(here)))
    assert front_end.errors == []
