"""A terminal inside a cell, used as one of a desktop is: wheel, emoji, reversed text, menu."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.kit.browser.contrast import hard_to_read
from tests.kit.browser.front_ends import Lab
from tests.kit.browser.terminal_view import CELL, Shown
from tests.kit.waiting import eventually

# The column of the cursor after two emoji.
COLUMN = r"printf '\r\U1f680\U1fae0\e[6n'; IFS=';' read -rs -d R row column; echo; echo at-$column"


# Sets JupyterLab's own terminals.
SET = """async (raw) => {
    const config = JSON.parse(document.getElementById("jupyter-config-data").textContent);
    const xsrf = document.cookie.match(/_xsrf=([^;]*)/)?.[1] ?? "";
    const headers = { "Content-Type": "application/json", "X-XSRFToken": xsrf };
    const url = `${config.fullSettingsUrl}/@jupyterlab/terminal-extension:plugin`;
    await fetch(url, { method: "PUT", headers, body: JSON.stringify({ raw }) });
}"""


def show(lab: Lab) -> Shown:
    notebook = lab.open_notebook([CELL])
    notebook.run_cell(0)
    return Shown(notebook).ready()


def top(shown: Shown, number: int) -> None:
    """That line is the first one on the screen."""
    eventually(lambda: shown.text().startswith(f"line-{number}.\n"))


@pytest.mark.slow
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

    shown.type("clear; echo rea''dy; cat -v\n")
    shown.says("ready")
    page.keyboard.press("Control+/")  # a line editor's undo
    shown.says("^_")
    assert lab.errors == []


@pytest.mark.long
def test_its_menu_its_size_and_what_a_program_has_for_the_clipboard(lab: Lab) -> None:
    lab.grant_clipboard()
    shown = show(lab)
    page, keys = shown.notebook.page, shown.notebook.page.keyboard
    menu = shown.root.get_by_test_id("stream-menu")
    cells = page.locator(".lm-Menu")

    def choose(name: str) -> None:
        shown.stage.click(button="right", position={"x": 60, "y": 40})
        menu.get_by_role("menuitem", name=name).click()
        expect(menu).to_have_count(0)
        expect(shown.field).to_be_focused()

    shown.type("clear; echo copy-me-''please\n")
    shown.says("copy-me-please\n")
    row = shown.stage.locator(".xterm-rows > div", has_text="copy-me-please").last.bounding_box()
    assert row
    page.mouse.dblclick(row["x"] + 40, row["y"] + row["height"] / 2)
    choose("Copy")
    eventually(lambda: page.evaluate("navigator.clipboard.readText()") == "copy-me-please")
    page.evaluate("navigator.clipboard.writeText('echo pasted-$((1 + 1))\\x1b[201~; touch ran\\n')")
    choose("Paste")
    shown.says("touch ran")
    shown.interrupt()
    keys.insert_text("echo one\ntouch ran\n")  # as a keyboard on glass hands on a clipboard
    shown.says("one\ntouch")
    shown.interrupt()
    assert not (shown.notebook.path.parent / "ran").exists()

    # Over a program that takes the mouse, which gets that click all the same.
    shown.type(r"clear; printf '\e[?1000h\e[?1006h'; echo o''n-now; cat -v" + "\n")
    shown.says("on-now")
    shown.stage.click(button="right", position={"x": 60, "y": 40})
    expect(menu.get_by_role("menuitem", name="Copy")).to_be_focused()
    assert "[<2;" not in shown.text()
    keys.press("Escape")
    expect(shown.field).to_be_focused()
    choose("Right click for the program")
    shown.says("[<2;")
    expect(cells).to_have_count(0)
    shown.interrupt()
    shown.type(r"printf '\e[?1000l'; clear; seq 100" + "\n")
    shown.says("\n99\n100\n")
    choose("Clear")
    eventually(lambda: "\n99\n" not in shown.text())
    shown.type("echo after-$((1 + 1))\n")
    shown.says("after-2")

    # The size of the letters and of the view are there when the page is loaded again.
    before = shown.stage.locator(".xterm-rows > div").count()
    for _ in range(4):
        shown.root.get_by_role("button", name="More").click()
        menu.get_by_role("menuitem", name="Larger text").click()
    eventually(lambda: shown.stage.locator(".xterm-rows > div").count() < before - 3)
    box = shown.root.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] - 4, box["y"] + box["height"] - 4)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 4, box["y"] + box["height"] + 80)
    page.mouse.up()
    shown.root.get_by_role("button", name="More").click()
    menu.get_by_role("menuitemcheckbox", name="Screen reader support").click()
    shown.type("clear; echo heard-$((1 + 1))\n")
    expect(shown.stage.get_by_role("listitem").filter(has_text="heard-2")).to_have_count(1)
    shown.type(r"printf '\e]0;old-title\a\e]52;c;%s\a' $(printf 'for you\33' | base64)" + "\n")
    offer = shown.root.get_by_test_id("stream-offer")
    expect(offer).to_contain_text("for you␛")
    assert page.evaluate("navigator.clipboard.readText()") != "for you␛"
    offer.get_by_role("button", name="Copy").click()
    expect(offer).to_have_count(0)
    eventually(lambda: page.evaluate("navigator.clipboard.readText()") == "for you␛")
    expect(shown.root.locator(".cws-title")).to_have_text("old-title")

    shown.notebook.save()
    shown.notebook.reload()
    shown.ready().says("heard-2")
    expect(offer).to_have_count(0)
    again = shown.root.bounding_box()
    assert again and again["height"] > box["height"] + 60
    assert shown.stage.locator(".xterm-rows > div").count() < before + 3
    expect(shown.stage.get_by_role("listitem").filter(has_text="heard-2")).to_have_count(1)
    expect(shown.root.locator(".cws-title")).to_have_text("old-title")
    shown.type("exit\n")
    shown.root.get_by_role("button", name="New shell").click()
    shown.ready()
    expect(shown.root.locator(".cws-title")).not_to_have_text("old-title")
    assert lab.foreign_requests == lab.errors == []


BARS = r"""
clear
for n in $(seq 30); do printf '\r'; printf '%*s' "$(tput cols)" | tr ' ' '#'; done
printf '\e[?25l'; echo; echo wide-$((1 + 1))
"""


@pytest.mark.long
def test_what_was_printed_is_drawn_again_as_it_was(lab: Lab, tmp_path: Path) -> None:
    shown = show(lab)
    page = shown.notebook.page
    script = tmp_path / "bars.sh"
    script.write_text(BARS)
    shown.type(f". {script}\n")
    shown.says("wide-2")
    # In a narrower window, each half of a bar would be a line of its own.
    shown.notebook.save()
    page.set_viewport_size({"width": 1000, "height": 900})
    page.wait_for_timeout(300)
    shown.notebook.reload()
    shown.ready().says("wide-2")
    bars = [line for line in shown.text().splitlines() if line.startswith("##")]
    assert 1 <= len(bars) <= 2
    # What was cleared stays away, and what was forgotten is still set.
    shown.type("seq 100\n")
    shown.says("\n99\n100\n")
    shown.root.get_by_role("button", name="More").click()
    shown.root.get_by_role("menuitem", name="Clear").click()
    shown.type("yes $(seq 1 50) | head -c 800000 >/dev/stdout; clear; echo all-$((1 + 1))\n")
    shown.says("all-2")
    shown.notebook.save()
    shown.notebook.reload()
    shown.ready().says("all-2")
    assert "\n99\n" not in shown.text()
    assert shown.stage.locator(".xterm-cursor").count() == 0
    # Screen readers are served where the notebook's own terminals serve them.
    expect(shown.stage.locator(".xterm-accessibility")).to_have_count(0)
    page.evaluate(SET, '{"screenReaderMode": true}')
    shown.notebook.reload()
    shown.ready()
    expect(shown.stage.get_by_role("listitem").filter(has_text="all-2")).to_have_count(1)
    page.evaluate(SET, "{}")
    assert lab.errors == []
