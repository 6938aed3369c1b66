"""A film on the desktop in a cell: as video where the browser decodes it, else in pictures."""

from __future__ import annotations

import pwd
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.kit.browser.desktop_tools import Tools, started
from tests.kit.browser.front_ends import Lab
from tests.kit.desktop.painter import painting
from tests.kit.machine.machine import DESKTOP_TEST, Machine
from tests.kit.sources import ROOT
from tests.kit.waiting import eventually

pytestmark = [
    *DESKTOP_TEST,
    pytest.mark.skipif(not shutil.which("ffmpeg"), reason="needs ffmpeg"),
]

# Counts what is decoded, keeps what hears of failures, and counts what is drawn.
WATCH = """
window.film = { decoded: 0, drawn: 0, decoders: [] };
if (window.VideoDecoder) {
  const Real = VideoDecoder;
  window.VideoDecoder = class extends Real {
    constructor(init) {
      super({ ...init, output: (frame) => (film.decoded++, init.output(frame)) });
      film.decoders.push(init);
    }
  };
}
const draw = CanvasRenderingContext2D.prototype.drawImage;
CanvasRenderingContext2D.prototype.drawImage = function (...all) {
  draw.apply(this, all);
  if (this.canvas.isConnected && this.canvas.width > 640) film.drawn++;
};
"""
NONE = "delete window.VideoDecoder;"
PROGRAM = ROOT / "colabwidget/backend/streams/film/pixelflux_program.py"
FAIL = "() => film.decoders.at(-1).error(new DOMException('broken', 'EncodingError'))"


def count(tools: Tools, name: str) -> int:
    return int(tools.page.evaluate(f"() => film.{name}"))


def more(tools: Tools, name: str, than: int = 20) -> None:
    """So many more of them come."""
    before = count(tools, name)
    eventually(lambda: count(tools, name) > before + than)


@pytest.mark.long
def test_a_film_is_video_until_a_decoder_fails_or_it_is_switched_off(
    lab: Lab, ends: list[Machine]
) -> None:
    lab.context.add_init_script(WATCH)
    shown, machine = started(lab, ends)
    with painting(machine.backend_pid()) as painter:
        tools = Tools(shown, painter)
        expect(tools["Video"]).to_have_attribute("aria-pressed", "true")
        assert count(tools, "decoders.length") <= 1  # noVNC's own try
        painter.show("load")
        more(tools, "decoded")
        assert encoders(machine) == _accounts(machine, b"-rfbunixpath") != set()

        # What is left of it is what the desktop shows.
        painter.show("still")
        tools.drawn()
        eventually(lambda: not encoders(machine))

        tools["Video"].click()
        painter.show("load")
        more(tools, "drawn")
        assert not encoders(machine)
        tools["Video"].click()
        more(tools, "decoded")

        tools.page.evaluate(FAIL)
        expect(tools.note).to_contain_text("The browser could not decode the video.")
        expect(tools["Video"]).to_have_attribute("aria-pressed", "false")
        eventually(lambda: not encoders(machine))
        more(tools, "drawn")
        painter.show("still")
        tools.drawn()
    assert lab.errors == []


@pytest.mark.slow
def test_a_browser_without_the_codec_shows_pictures(lab: Lab, ends: list[Machine]) -> None:
    lab.context.add_init_script(NONE + WATCH)
    shown, machine = started(lab, ends)
    with painting(machine.backend_pid()) as painter:
        tools = Tools(shown, painter)
        painter.show("load")
        more(tools, "drawn")
        expect(tools["Video"]).to_be_hidden()
        assert not encoders(machine)
    assert lab.errors == []


def encoders(machine: Machine) -> set[str]:
    """Accounts of programs that film its display."""
    return _accounts(machine, b"x11grab") | _accounts(machine, str(PROGRAM).encode())


def _accounts(machine: Machine, word: bytes) -> set[str]:
    backend, found = machine.backend_pid(), set()
    assert backend
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes().split(b"\0")
            # setpriv becomes the program once it is the account.
            if word in words and b"setpriv" not in words and _is_below(entry.parent, backend):
                found.add(pwd.getpwuid(entry.stat().st_uid).pw_name)
        except (OSError, KeyError):
            continue
    return found


def _is_below(process: Path, ancestor: int) -> bool:
    while process.name not in (str(ancestor), "0"):
        stat = (process / "stat").read_text()
        process = process.with_name(stat.rpartition(")")[2].split()[1])
    return process.name == str(ancestor)
