"""The desktop inside a cell: a real VNC server and XFCE, a real JupyterLab, a real browser."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect
from rig import TIMEOUT_MS, FrontEnd, Notebook
from support import DESKTOP_TEST, Machine, eventually

pytestmark = [*DESKTOP_TEST]

CELL = "import colabwidget\ncolabwidget.Desktop()"
# The canvas that noVNC draws on, as its size and a few colours of it.
PIXELS = """(stage, places) => {
    const canvas = stage.querySelector('canvas');
    const context = canvas.getContext('2d', { willReadFrequently: true });
    const at = ([x, y]) => [...context.getImageData(x, y, 1, 1).data.slice(0, 3)];
    return { width: canvas.width, height: canvas.height, colours: places.map(at) };
}"""


class Shown:
    """The desktop that a cell shows."""

    def __init__(self, notebook: Notebook, cell: int = 0) -> None:
        self.notebook = notebook
        self.root = notebook.widget_locator(cell).get_by_test_id("stream")
        self.stage = self.root.get_by_test_id("stream-stage")

    def ready(self) -> Shown:
        expect(self.root).to_have_attribute("data-ready", "true", timeout=TIMEOUT_MS)
        return self

    def pixels(self, *places: tuple[int, int]) -> dict[str, Any]:
        found: dict[str, Any] = self.stage.evaluate(PIXELS, [*map(list, places)])
        return found


def show(front_end: FrontEnd, *cells: str) -> Shown:
    notebook = front_end.open_notebook([CELL, *cells])
    notebook.run_cell(0)
    return Shown(notebook)


def test_the_desktop_of_a_session_is_in_the_cell(front_end: FrontEnd, here: Machine) -> None:
    here.connect("--desktop", "--vnc", "tigervnc", "--geometry", "1024x700", tunnel="direct")

    shown = show(front_end).ready()

    assert (shown.pixels()["width"], shown.pixels()["height"]) == (1024, 700)
    # The session draws its panel and its ground.
    eventually(lambda: len(set(map(tuple, shown.pixels((500, 300), (60, 690))["colours"]))) > 1)
