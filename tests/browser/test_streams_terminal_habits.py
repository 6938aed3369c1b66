"""A terminal inside a cell, used as one of a desktop is: wheel, emoji, reversed text, menu."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.kit.browser.contrast import hard_to_read
from tests.kit.browser.front_ends import Lab
from tests.kit.browser.terminal_view import CELL, Shown
from tests.kit.waiting import eventually

# The column of the cursor after two emoji.
COLUMN = r"printf '\r\U1f680\U1fae0\e[6n'; IFS=';' read -rs -d R row column; echo; echo at-$column"


def show(lab: Lab) -> Shown:
    notebook = lab.open_notebook([CELL])
    notebook.run_cell(0)
    return Shown(notebook).ready()


def top(shown: Shown, number: int) -> None:
    """That line is the first one on the screen."""
    eventually(lambda: shown.text().startswith(f"line-{number}.\n"))


def test_the_wheel_emoji_and_reversed_text(lab: Lab) -> None:
    shown = show(lab)
    page = shown.notebook.page

    # A program that has the screen to itself and knows no mouse.
    shown.type("seq -f line-%.0f. 300 | less\n")
    top(shown, 1)
    shown.stage.hover()
    page.mouse.wheel(0, 120)
    top(shown, 4)
    for _ in range(10):
        page.mouse.wheel(0, 4)
    top(shown, 6)
    page.mouse.wheel(0, -600)
    top(shown, 1)
    shown.type("q")

    shown.type(f"clear; {COLUMN}\n")
    shown.says("at-5\n")

    # JupyterLab's text is translucent, which no ground of letters may be.
    shown.type(r"clear; printf '\e[7mreversed\e[0m\e[31;7mred\e[0m %s\n' plain{1..9}" + "\n")
    shown.says("red plain9")
    reversed_text = shown.stage.locator(".xterm-rows span", has_text="reversed").last
    for dark in (False, True):
        shown.notebook.set_theme(dark)
        ground = shown.root.evaluate("(each) => getComputedStyle(each).backgroundColor")
        expect(reversed_text).to_have_css("color", ground)
        assert hard_to_read(shown.root) == []

    shown.type("clear; cat -v\n")
    page.keyboard.press("Control+/")  # a line editor's undo
    shown.says("^_")
    assert lab.errors == []
