"""What VS Code's webview does that no other front end does, with its own widget managers."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.kit.browser.card import Card
from tests.kit.browser.contrast import hard_to_read
from tests.kit.browser.front_ends import FrontEnd
from tests.kit.browser.terminal_view import Shown
from tests.kit.browser.vscode import THEMES

pytestmark = pytest.mark.parametrize("front_end", ["vscode8", "vscode7"], indirect=True)

CARD = "import colabwidget\ncolabwidget.ConnectWidget()"
BOXED = "import colabwidget, ipywidgets\nipywidgets.VBox([colabwidget.ConnectWidget()])"
TERMINAL = "import colabwidget\ncolabwidget.Terminal()"
GROUND = "e => getComputedStyle(e).backgroundColor"
# The light value that its manager puts on the page in every theme.
LAYOUT = "e => getComputedStyle(e).getPropertyValue('--jp-layout-color1').trim()"
ADDRESS = "https://example.org/here"


@pytest.mark.parametrize("code", [CARD, BOXED], ids=["alone", "boxed"])
def test_a_dark_window_has_a_dark_card_and_no_white_around_it(
    front_end: FrontEnd, code: str
) -> None:
    notebook = front_end.open_notebook([code])
    notebook.run_cell(0)
    card = Card(notebook)
    card.wait_shown("connect")
    notebook.set_theme(dark=True)
    assert card.root.evaluate(LAYOUT) in ("white", "#fff", "#ffffff")

    assert hard_to_read(card.root) == []
    dark = THEMES["dark"]["--vscode-editor-background"]
    expect(card.root).to_have_css("background-color", rgb(dark))
    output = notebook.widget_locator().locator(".cell-output-ipywidget-background")
    assert output.evaluate(GROUND) == "rgba(0, 0, 0, 0)"


def test_a_cell_that_is_run_again_shows_one_card(front_end: FrontEnd) -> None:
    notebook = front_end.open_notebook([CARD])
    for _ in range(2):
        notebook.run_cell(0)
        card = Card(notebook)
        card.wait_shown("connect")
    expect(card.root).to_have_count(1)
    assert front_end.errors == []


def test_a_link_in_a_terminal_is_the_editors_to_open(front_end: FrontEnd) -> None:
    notebook = front_end.open_notebook([TERMINAL])
    notebook.run_cell(0)
    shown = Shown(notebook).ready()
    shown.type("echo https://exam''ple.org/here\n")
    shown.says(ADDRESS)
    row = shown.stage.locator(".xterm-rows > div", has_text=ADDRESS)
    box = row.bounding_box()
    assert box
    notebook.page.mouse.move(box["x"] + 40, box["y"] + 90)
    notebook.page.mouse.move(box["x"] + 40, box["y"] + 5, steps=5)
    expect(row.locator("span[style*=underline]")).not_to_have_count(0)
    notebook.page.mouse.click(box["x"] + 40, box["y"] + 5)
    frame = shown.stage.element_handle().owner_frame()
    assert frame
    frame.wait_for_function("() => window.opened.length")
    assert frame.evaluate("() => window.opened") == [ADDRESS]
    assert front_end.errors == []


def rgb(colour: str) -> str:
    return "rgb({}, {}, {})".format(*bytes.fromhex(colour[1:]))
