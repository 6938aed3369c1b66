"""The tools around the desktop in a cell, and what comes of them on its X server."""

from __future__ import annotations

from playwright.sync_api import Locator, Page

from tests.kit.browser.desktop_view import Shown
from tests.kit.browser.front_ends import FrontEnd
from tests.kit.desktop.painter import QUARTERS, Painter
from tests.kit.machine.machine import Machine
from tests.kit.waiting import eventually

DESKTOP = "import colabwidget\ncolabwidget.Desktop('1024x700', vnc='tigervnc')"
# As X11's keysymdef.h has them.
CONTROL, SHIFT, ALT, SUPER = 0xFFE3, 0xFFE1, 0xFFE9, 0xFFEB
ESCAPE, TAB, RETURN, BACKSPACE, UP, DELETE, F4 = (
    *(0xFF1B, 0xFF09, 0xFF0D, 0xFF08, 0xFF52),
    *(0xFFFF, 0xFFC1),
)
LEFT, RIGHT, WHEEL = 1, 3, 4


class Tools:
    """The tools of a desktop, and the program on it that tells what comes of them."""

    def __init__(self, shown: Shown, painter: Painter) -> None:
        self.shown = shown
        self.painter = painter
        self.page: Page = shown.notebook.page
        self.note = shown.root.get_by_test_id("stream-say")
        self.drawn()
        painter.heard()

    def __getitem__(self, name: str) -> Locator:
        return self.shown.root.get_by_role("button", name=name, exact=True)

    def heard(self, *expected: int | tuple[int, int, int]) -> None:
        """Exactly these keys and clicks have come to the X server since it was last asked."""
        wanted = [[*one] if isinstance(one, tuple) else [one] for one in expected]
        came: list[list[int]] = []

        def enough() -> bool:
            came.extend(self.painter.heard())
            return len(came) >= len(wanted)

        eventually(enough, what=lambda: f"{came} came, not {wanted}")
        assert len(came) == len(wanted), f"{came}, not {wanted}"
        for one, other in zip(came, wanted, strict=True):
            # A click is off by what the picture is scaled down.
            off = 4 if len(one) > 1 else 0
            near = len(one) == len(other) and one[0] == other[0]
            assert near and all(abs(a - b) <= off for a, b in zip(one, other, strict=True)), came

    def drawn(self) -> None:
        """The four quarters are where they were painted."""
        places = ((100, 100), (900, 100), (100, 600), (900, 600))
        eventually(lambda: all(map(self.shown.near, QUARTERS, places)))

    def has_keyboard(self) -> bool:
        field = self.shown.root.get_by_test_id("stream-keys")
        return bool(field.evaluate("(field) => field.matches(':focus')"))


def started(front_end: FrontEnd, ends: list[Machine], *cells: str) -> tuple[Shown, Machine]:
    machine = front_end.server.machine()
    ends.append(machine)
    notebook = front_end.open_notebook([DESKTOP, *cells])
    notebook.run_cell(0)
    return Shown(notebook).ready(), machine


def box_of(element: Locator) -> dict[str, float]:
    """Where it is on the page; nothing where it is not shown."""
    box = element.bounding_box()
    if not box:
        return {}
    return {"x": box["x"], "y": box["y"], "width": box["width"], "height": box["height"]}
