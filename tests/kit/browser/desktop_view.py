"""The desktop that a cell of a notebook shows."""

from __future__ import annotations

import time
from typing import Any

from playwright.sync_api import Locator, WebSocket, expect

from tests.kit.browser.stream_view import StreamView

# Where the panel has the launcher of a terminal, on a desktop of 1024x700.
TERMINAL = (134, 683)
GROUND = (40, 61, 81)
# Inside of its window, and not where the tests leave the pointer.
INSIDE = (450, 300)
# The canvas that noVNC draws on, as its size and a few colours of it.
PIXELS = """(stage, places) => {
    const canvas = stage.querySelector('canvas');
    const context = canvas.getContext('2d', { willReadFrequently: true });
    const at = ([x, y]) => [...context.getImageData(x, y, 1, 1).data.slice(0, 3)];
    return { width: canvas.width, height: canvas.height, colours: places.map(at) };
}"""
# What classic Notebook says when it shows a view in an output that a new run has cleared.
CLEARED = "Host is not attached."


class Shown(StreamView):
    """The desktop that a cell shows."""

    @property
    def canvas(self) -> Locator:
        return self.stage.locator("canvas")

    def run_again(self) -> Shown:
        """It is shown by another run of its cell, on a page that was loaded again.

        Classic Notebook removes what was drawn while it loaded the saved widgets, at times:
        docs/front-ends.md. Its own way out is another run.
        """
        for _ in range(4):
            self.notebook.run_cell(0)
            try:
                expect(self.root).to_have_attribute("data-ready", "true", timeout=10_000)
                self.notebook.page.wait_for_timeout(1500)
                if self.root.count():
                    return self
            except AssertionError:
                continue
        return self.ready()

    def click(self, x: int, y: int) -> None:
        """Click on a place of the desktop, however large it is shown."""
        box = self.canvas.bounding_box()
        assert box
        scale = box["width"] / self.pixels()["width"]
        self.canvas.click(position={"x": x * scale, "y": y * scale}, delay=100)

    def open_terminal(self) -> None:
        """A window of a terminal is there; a panel that is still starting takes no click."""
        for _ in range(4):
            self.click(*TERMINAL)
            end = time.monotonic() + 6
            while time.monotonic() < end:
                if not self.near(GROUND, INSIDE):
                    return
                self.notebook.page.wait_for_timeout(100)
        raise AssertionError("no terminal opens")

    def type(self, text: str) -> None:
        self.notebook.page.keyboard.type(text, delay=15)

    def near(self, colour: tuple[int, int, int], place: tuple[int, int]) -> bool:
        """What is shown there has about that colour: pictures are compressed."""
        (found,) = self.pixels(place)["colours"]
        return all(abs(one - other) < 25 for one, other in zip(found, colour, strict=True))

    def pixels(self, *places: tuple[int, int]) -> dict[str, Any]:
        found: dict[str, Any] = self.stage.evaluate(PIXELS, [*map(list, places)])
        return found


def listen(socket: WebSocket, came: list[bytes]) -> None:
    """Keep all that comes through a page's socket."""

    def keep(data: bytes | str) -> None:
        came.append(data.encode() if isinstance(data, str) else data)

    socket.on("framereceived", keep)
