"""What stands around the desktop in a cell: its tools, keys, and ways out and back."""

from __future__ import annotations

import re

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.kit.browser.contrast import AXE
from tests.kit.browser.desktop_tools import (
    ALT,
    CONTROL,
    DELETE,
    ESCAPE,
    F4,
    LEFT,
    SHIFT,
    SUPER,
    TAB,
    Tools,
    box_of,
    started,
)
from tests.kit.browser.front_ends import Lab
from tests.kit.browser.output_frames import Frames
from tests.kit.desktop.painter import QUARTERS, painting
from tests.kit.machine.machine import DESKTOP_TEST, Machine
from tests.kit.waiting import eventually

pytestmark = [*DESKTOP_TEST]

CHORDS = {
    "Ctrl+Alt+Del": [CONTROL, ALT, DELETE],
    "Alt+Tab": [ALT, TAB],
    "Alt+F4": [ALT, F4],
    "Ctrl+W": [CONTROL, ord("w")],
    "Ctrl+Esc": [CONTROL, ESCAPE],
    "Super": [SUPER],
    "Esc": [ESCAPE],
}
# JupyterLab's body has no height: axe-core takes what overflows it for hidden.
JUDGE = """async (root, rules) => {
  document.body.style.height = "100vh";
  const only = rules ? { runOnly: rules } : {};
  const { violations, incomplete, passes } = await axe.run(root, only);
  document.body.style.height = "";
  const seen = passes.find(({ id }) => id === "color-contrast")?.nodes.length ?? 0;
  return [seen, [...violations, ...incomplete].flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html}\\n${failureSummary}`))];
}"""
# Seconds after which the kernel gives up a page that says nothing.
IMPATIENT = """from colabwidget.kernel.streams import credit
usual, credit.SILENT_MAX = credit.SILENT_MAX, 1"""
PATIENT = "credit.SILENT_MAX = usual"
BUSY_MS = 2500
# As a page in the background that does nothing for a while.
AWAY = """(ms) => {
  Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
  setTimeout(() => {
    const end = performance.now() + ms;
    while (performance.now() < end);
  });
}"""
BACK = """() => {
  delete document.visibilityState;
  document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.mark.slow
def test_every_tool_does_what_it_says(lab: Lab, ends: list[Machine]) -> None:
    shown, machine = started(lab, ends, IMPATIENT, PATIENT)
    with painting(machine.backend_pid()) as painter:
        tools = Tools(shown, painter)
        chords_arrive(tools)
        who_only_looks_changes_nothing(tools)
        the_screen_is_filled(tools)
        a_picture_is_saved(tools)
        what_is_larger_than_the_view_can_be_reached(tools)
        nothing_keeps_the_keyboard(tools)
        nothing_is_wrong_for_axe(tools)
        a_view_that_was_given_up_comes_back(tools)
        assert lab.errors == []


def chords_arrive(tools: Tools) -> None:
    tools["Send keys"].click()
    for name, keysyms in CHORDS.items():
        tools[name].click()
        tools.heard(*keysyms)
        assert tools.has_keyboard()
    # Who has none but the keyboard sends more than one of them.
    tools["Super"].press("Enter")
    expect(tools["Super"]).to_be_focused()
    tools.heard(SUPER)
    tools["Send keys"].click()


def who_only_looks_changes_nothing(tools: Tools) -> None:
    tools["View only"].click()
    tools.shown.click(300, 300)
    tools.page.keyboard.type("ab")
    tools["Send keys"].click()
    expect(tools["Esc"]).to_be_disabled()
    tools["Send keys"].click()
    tools["View only"].click()
    tools.shown.click(600, 300)
    tools.page.keyboard.type("c")
    tools.heard((LEFT, 600, 300), ord("c"))


def the_screen_is_filled(tools: Tools) -> None:
    tools["Full screen"].click()
    expect(tools["Leave full screen"]).to_be_attached()
    width = int(tools.page.evaluate("() => innerWidth"))
    eventually(lambda: box_of(tools.shown.canvas).get("width") == width)
    tools.page.keyboard.type("f")
    tools.shown.click(200, 200)
    tools.heard(ord("f"), (LEFT, 200, 200))
    # The bar comes out for the keyboard, and the way out is in it.
    expect(tools["Leave full screen"]).not_to_be_in_viewport()
    tools.page.keyboard.press("Control+Shift+Period")
    tools.heard(CONTROL, SHIFT)
    expect(tools["Leave full screen"]).to_be_in_viewport()
    tools["Leave full screen"].click()
    eventually(lambda: not tools.page.evaluate("() => document.fullscreenElement"))
    # Nothing that noVNC had laid over the page is left there.
    tools.shown.click(220, 200)
    tools.heard((LEFT, 220, 200))


def a_picture_is_saved(tools: Tools) -> None:
    with tools.page.expect_download() as saved:
        tools["Screenshot"].click()
    assert saved.value.suggested_filename.endswith(".png")
    with Image.open(saved.value.path()) as picture:
        assert (picture.format, picture.size) == ("PNG", (1024, 700))
        for colour, place in zip(QUARTERS, ((9, 9), (1014, 9), (9, 690), (1014, 690)), strict=True):
            found = picture.convert("RGB").getpixel(place)
            assert all(abs(a - b) < 25 for a, b in zip(found, colour, strict=True))


def what_is_larger_than_the_view_can_be_reached(tools: Tools) -> None:
    size = tools.shown.root.get_by_label("Size")
    size.select_option("actual")
    stage, canvas = tools.shown.stage.bounding_box(), tools.shown.canvas.bounding_box()
    assert stage and canvas and canvas["width"] == 1024 > stage["width"]
    tools.shown.click(1000, 680)
    tools.heard((LEFT, 1000, 680))
    size.select_option("scale")


def nothing_keeps_the_keyboard(tools: Tools) -> None:
    hint = tools.shown.root.get_by_text("Ctrl+Shift+. leaves the desktop")
    shadow = "(hint) => getComputedStyle(hint).boxShadow"
    tools["Keyboard"].press("Enter")
    assert tools.has_keyboard() and hint.evaluate(shadow) != "none"
    tools.page.keyboard.press("Tab")
    before = tools.shown.notebook.standing()
    tools.page.keyboard.type("dd")
    tools.heard(TAB, ord("d"), ord("d"))
    assert tools.shown.notebook.standing() == before
    tools.page.keyboard.press("Control+Shift+Period")
    tools.heard(CONTROL, SHIFT)
    assert hint.evaluate(shadow) == "none"
    # From there the Tab key passes by it, and what was held down is not held there.
    inside = "(root) => root.contains(document.activeElement)"
    presses = 0
    while tools.shown.root.evaluate(inside):
        tools.page.keyboard.press("Tab")
        presses += 1
        assert presses < 12 and not tools.has_keyboard()
    tools["Keyboard"].press("Enter")
    tools.page.keyboard.type("d")
    tools.heard(ord("d"))


def nothing_is_wrong_for_axe(tools: Tools) -> None:
    tools["Send keys"].click()
    tools["Clipboard"].click()
    tools.page.evaluate(AXE.read_text())
    for rules in (None, ["color-contrast"]):
        seen, wrong = tools.shown.root.evaluate(JUDGE, rules)
        assert seen > 10 and not wrong, "\n\n".join(wrong)
        tools.shown.notebook.set_theme(dark=True)
    tools["Send keys"].click()
    tools["Clipboard"].click()


def a_view_that_was_given_up_comes_back(tools: Tools) -> None:
    tools.shown.notebook.run_cell(1)
    tools.painter.show("scroll")
    tools.page.evaluate(AWAY, BUSY_MS)
    # No page looks: it stays as it is.
    expect(tools.note).to_contain_text("The desktop is not connected.")
    expect(tools.shown.root).to_have_attribute("data-ready", "false")
    tools.painter.show("still")
    tools.shown.notebook.run_cell(2)
    tools.page.evaluate(BACK)
    tools.shown.ready()
    expect(tools.note).to_be_hidden()
    tools.drawn()
    tools["Keyboard"].press("Enter")
    tools.page.keyboard.type("r")
    tools.heard(ord("r"))


def test_a_frame_of_another_origin_shows_it_and_says_what_it_lacks(
    frames: Frames, ends: list[Machine]
) -> None:
    shown, machine = started(frames, ends)
    assert shown.root.evaluate("() => origin") == "null"
    with painting(machine.backend_pid()) as painter:
        tools = Tools(shown, painter)
        shown.click(300, 300)
        shown.notebook.page.keyboard.type("k")
        tools.heard((LEFT, 300, 300), ord("k"))

        tools["Full screen"].click()
        expect(tools.note).to_contain_text("The browser allows no full screen here.")

        # No file comes: the picture is there to be saved otherwise.
        tools["Screenshot"].click()
        picture = shown.root.get_by_role("img", name="Screenshot")
        size = "(picture) => [picture.naturalWidth, picture.naturalHeight]"
        eventually(lambda: picture.evaluate(size) == [1024, 700])
        tools["Close screenshot"].click()
        expect(picture).to_be_hidden()

        # Neither does what is copied on the desktop come into the clipboard, which is said.
        painter.copy("seven short words, and none of them")
        expect(tools["Clipboard"]).to_have_attribute("title", re.compile("copied on the desktop:"))
        tools["Clipboard"].click()
        field = shown.root.get_by_test_id("stream-clipboard")
        expect(field).to_have_value("seven short words, and none of them")
        selected = "(field) => field.value.slice(field.selectionStart, field.selectionEnd)"
        assert field.evaluate(selected) == "seven short words, and none of them"
    # What Chromium itself says of it.
    assert all("The Clipboard API has been blocked" in error for error in frames.errors)
