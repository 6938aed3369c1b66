"""The desktop in a cell on a screen with two pixels for each of the page's."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.browser.test_streams_desktop import show
from tests.kit.browser.front_ends import FrontEnd
from tests.kit.desktop.on_machine import process_of
from tests.kit.machine.machine import DESKTOP_TEST, Machine
from tests.kit.waiting import eventually

pytestmark = [
    *DESKTOP_TEST,
    pytest.mark.parametrize("front_end", ["lab"], indirect=True),
]

CELL = "import colabwidget\ncolabwidget.Desktop('800x600', vnc='tigervnc')"
# What the canvas has, and as how many pixels of the page it is drawn.
DRAWN = """(stage) => {
  const canvas = stage.querySelector("canvas");
  return [canvas.width, canvas.getBoundingClientRect().width, stage.clientWidth];
}"""


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, device_scale_factor=2)
    yield context
    context.close()


def scale(machine: Machine) -> int:
    """How many times as large as usual the desktop draws its widgets."""
    variables = Path(f"/proc/{process_of(machine, 'xfce4-panel')}/environ").read_text().split("\0")
    found = subprocess.run(
        ["xfconf-query", "--channel", "xsettings", "--property", "/Gdk/WindowScalingFactor"],
        env=dict(each.split("=", 1) for each in variables if "=" in each),
        capture_output=True,
        text=True,
        check=False,
    )
    return int(found.stdout or 1)


def test_a_desktop_has_a_pixel_for_each_of_the_screens(front_end: FrontEnd, here: Machine) -> None:
    shown = show(front_end, CELL).ready()
    size = shown.root.get_by_label("Size")

    size.select_option("sharp")
    eventually(lambda: scale(here) == 2)
    eventually(lambda: shown.pixels()["width"] > 1000)
    pixels, drawn, wide = shown.stage.evaluate(DRAWN)
    assert (pixels, drawn) == (2 * wide, wide)

    size.select_option("resize")
    eventually(lambda: scale(here) == 1)
    eventually(lambda: shown.pixels()["width"] == wide)
    assert front_end.errors == []
