"""The desktop in a cell on a narrow screen that is touched."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, CDPSession, expect

from tests.kit.browser.desktop_tools import (
    BACKSPACE,
    LEFT,
    RETURN,
    RIGHT,
    UP,
    WHEEL,
    Tools,
    box_of,
    started,
)
from tests.kit.browser.front_ends import Notebook7
from tests.kit.browser.notebook_servers import Server
from tests.kit.desktop.painter import painting
from tests.kit.machine.machine import DESKTOP_TEST, Machine
from tests.kit.waiting import eventually

pytestmark = [*DESKTOP_TEST]


class Phone(Notebook7):
    """Notebook 7 on a narrow screen that is touched."""


@pytest.fixture
def phone(notebook7_server: Server, browser: Browser) -> Iterator[Phone]:
    context = browser.new_context(viewport={"width": 320, "height": 800}, has_touch=True)
    yield Phone(notebook7_server, context)
    context.close()
    notebook7_server.clear()


@pytest.mark.slow
def test_fingers_are_enough_on_a_phone(phone: Phone, ends: list[Machine]) -> None:
    shown, machine = started(phone, ends)
    with painting(machine.backend_pid()) as painter:
        tools = Tools(shown, painter)
        box = shown.root.bounding_box()
        assert box and box["width"] < 300
        for tool in shown.root.get_by_role("button").all():
            place = tool.bounding_box()
            if tool.is_visible() and place:
                assert place["height"] >= 32 and place["x"] + place["width"] < 320
        fingers = Fingers(tools)
        fingers.touch((50, 40))
        tools.heard((LEFT, *fingers.at(50, 40)))
        fingers.touch((50, 40), (90, 40))
        tools.heard((RIGHT, *fingers.at(70, 40)))
        fingers.touch((50, 40), (90, 40), down=100)
        tools.heard((WHEEL, *fingers.at(70, 40)))

        # The device's keyboard comes for the field that has the focus, and stays.
        field = shown.root.get_by_test_id("stream-keyboard")
        tools["Keyboard"].tap()
        expect(field).to_be_focused()
        before = shown.notebook.standing()
        tools.page.keyboard.insert_text("dé")
        for key in ("Backspace", "Enter", "ArrowUp"):
            tools.page.keyboard.press(key)
        tools.heard(ord("d"), ord("é"), BACKSPACE, RETURN, UP)
        fingers.touch((50, 40))
        tools.heard((LEFT, *fingers.at(50, 40)))
        expect(field).to_be_focused()
        # A word that the keyboard puts right while it is written.
        fingers.send("Input.imeSetComposition", text="te", selectionStart=2, selectionEnd=2)
        fingers.send("Input.insertText", text="to")
        tools.heard(ord("t"), ord("e"), BACKSPACE, ord("o"))
        assert shown.notebook.standing() == before
        tools["Keyboard"].tap()
        expect(field).not_to_be_focused()

        # What is larger than the view is moved by a finger.
        shown.root.get_by_label("Size").select_option("actual")
        tools["Move"].tap()
        fingers.touch((200, 200), down=-190)
        tools["Move"].tap()
        fingers.touch((100, 100))
        ((button, _, below),) = eventually(painter.heard)
        assert button == LEFT and below > 200


class Fingers:
    """Fingers on the desktop, at places from its shown corner."""

    def __init__(self, tools: Tools) -> None:
        self.tools = tools
        self.session: CDPSession = tools.page.context.new_cdp_session(tools.page)

    def send(self, method: str, **what: object) -> None:
        self.session.send(method, what)

    def box(self) -> dict[str, float]:
        canvas = self.tools.shown.canvas
        canvas.scroll_into_view_if_needed()
        return box_of(canvas)

    def at(self, x: float, y: float) -> tuple[int, int]:
        """Where that is on the desktop, while it is scaled."""
        scale = self.tools.shown.pixels()["width"] / self.box()["width"]
        return round(x * scale), round(y * scale)

    def touch(self, *fingers: tuple[int, int], down: int = 0) -> None:
        box = self.box()

        def tell(kind: str, moved: float = 0) -> None:
            places = [
                {"x": box["x"] + x, "y": box["y"] + y + moved, "id": number}
                for number, (x, y) in enumerate(fingers)
            ]
            points = places if kind != "touchEnd" else []
            self.send("Input.dispatchTouchEvent", type=kind, touchPoints=points)

        tell("touchStart")
        for step in range(1, 11) if down else ():
            tell("touchMove", down * step / 10)
        tell("touchEnd")
