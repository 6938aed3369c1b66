"""What a terminal inside a cell is used with: links, search, the clipboard, tmux, vim and htop."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.kit.browser.contrast import hard_to_read
from tests.kit.browser.front_ends import FrontEnd, Lab
from tests.kit.browser.terminal_view import CELL, COPY, Shown
from tests.kit.machine.processes import command_line
from tests.kit.rows import params
from tests.kit.waiting import eventually

# Where a text is on the screen; the last row that has it counts.
PLACE = """([stage, text]) => {
    for (const row of [...stage.querySelectorAll('.xterm-rows > div')].reverse()) {
        const at = row.textContent.replace(/\\u00a0/g, ' ').indexOf(text);
        if (at < 0) continue;
        const { x, y, height } = row.getBoundingClientRect();
        const { width } = stage.querySelector('.xterm-helper-textarea').getBoundingClientRect();
        return [x + (at + text.length / 2) * width, y + height / 2];
    }
}"""
# Counts how often a terminal shows that a bell was rung.
BELLS = """
window.bells = 0;
new MutationObserver((all) => {
    for (const { target } of all) if (target.classList.contains("cws-flash")) window.bells += 1;
}).observe(document, { subtree: true, attributes: true, attributeFilter: ["class"] });
"""
OTHER = "other = colabwidget.Terminal('logs')\nother"
LINKS = r"""
clear
echo {good} ftp://127.0.0.1/ file:///etc/passwd 'javascript:alert(1)'
link() {{ printf '\e]8;;%s\e\\%s-link\e]8;;\e\\ ' "$1" $2; }}
link {good} named; link file:///etc/passwd file; link 'javascript:alert(1)' script
echo
"""
COLOURS = r"""
clear
for n in 0 1 2 3 4 5 6 7; do
    printf "\e[3${n}mtext-$n \e[9${n}mtext-$n\e[0m \e[4${n}mtext-$n \e[10${n}mtext-$n\e[0m\n"
done
"""
# Ends with a key: Ctrl+C may come just between two programs, and then ends neither.
# A key that came between two reads would wait for the end of its line.
UNTIL_KEY = "stty -icanon; until read -t 0.1 -n 1; do {}; done; stty sane; echo over-$((1 + 1))\n"


def place(shown: Shown, text: str) -> tuple[float, float]:
    """The middle of that text, in the page."""
    x, y = shown.notebook.page.evaluate(PLACE, [shown.stage.element_handle(), text])
    return x, y


def show(front_end: FrontEnd, *cells: str) -> Shown:
    notebook = front_end.open_notebook([CELL, *cells])
    notebook.run_cell(0)
    return Shown(notebook).ready()


def run(shown: Shown, script: str) -> None:
    """Let the shell run these lines; what is typed takes its time."""
    path = shown.notebook.path.with_suffix(".sh")
    path.write_text(script)
    shown.type(f". ./{path.name}\n")


@pytest.mark.slow
def test_what_a_terminal_is_used_with(lab: Lab) -> None:
    lab.context.add_init_script(BELLS)
    shown = show(lab, OTHER, "other.end()", CELL)
    links(lab, shown)
    bells(shown)
    search(shown)
    clipboard(shown)
    sizes(shown)
    ends(shown)
    colours(shown)
    assert lab.foreign_requests == lab.errors == []


def links(lab: Lab, shown: Shown) -> None:
    page, pages = shown.notebook.page, lab.context.pages
    address = f"{lab.server.url}api"
    run(shown, LINKS.format(good=address))
    shown.says("named-link file-link script-link")
    # None of these is a link, or there would be more pages in the end.
    for text in ("ftp://127", "file:///etc", "javascript", "file-link", "script-link"):
        page.mouse.move(*place(shown, text))
        page.mouse.click(*place(shown, text))
    for text in (address, "named-link"):
        page.bring_to_front()
        eventually(lambda text=text: underlined(shown, text))
        with lab.context.expect_page() as opened:
            page.mouse.click(*place(shown, text))
        opened.value.wait_for_url(address)
        assert opened.value.evaluate("[opener, document.referrer]") == [None, ""]
        opened.value.close()
    # What stands there may be anything: the address is told.
    expect(shown.stage).to_have_attribute("title", address)
    assert lab.context.pages == pages


def underlined(shown: Shown, text: str) -> bool:
    """Whether that text is while the pointer comes to it."""
    x, y = place(shown, text)
    shown.notebook.page.mouse.move(x, y + 100)
    shown.notebook.page.mouse.move(x, y)
    found = shown.stage.locator(".xterm-rows span[style*=underline]", has_text=text)
    return found.count() > 0 and css(found.last, "text-decoration-style") == "solid"


def bells(shown: Shown) -> None:
    page = shown.notebook.page
    shown.type(r"printf '\a\a\a'; echo $((6 * 7))-rung" + "\n")
    shown.says("42-rung")
    assert page.evaluate("bells") == 1
    page.emulate_media(reduced_motion="reduce")
    expect(shown.stage).not_to_have_class(re.compile("cws-flash"))
    shown.type(UNTIL_KEY.format(r"printf '\a'"))
    expect(shown.stage).to_have_class(re.compile("cws-flash"))
    expect(shown.stage).to_have_css("opacity", "1")
    stop(shown)


def stop(shown: Shown) -> None:
    """Press keys until the loop reads one: each `read` sets the terminal anew, and may lose it."""

    def is_over() -> bool:
        shown.type("q")
        time.sleep(1)
        return "over-2" in shown.text()

    eventually(is_over)
    shown.notebook.page.keyboard.press("Control+u")  # what it has not read


def colours(shown: Shown) -> None:
    run(shown, COLOURS)
    shown.says("text-7 text-7")
    ground = shown.stage.locator(".xterm-scrollable-element")
    grounds = set()
    for dark in (True, False):
        shown.notebook.set_theme(dark)
        eventually(lambda: css(ground, "background-color") == css(shown.root, "background-color"))
        grounds.add(css(ground, "background-color"))
        assert hard_to_read(shown.root) == []
    assert len(grounds) == 2
    # The system's colours, in which the cursor is still seen.
    shown.notebook.page.emulate_media(forced_colors="active", color_scheme="dark")
    shown.field.focus()  # elsewhere it is an outline
    cursor = shown.stage.locator(".xterm-cursor")
    eventually(lambda: css(cursor, "background-color") == css(shown.root, "color"))
    assert css(ground, "background-color") not in grounds


def css(element: Locator, name: str) -> str:
    read = "(each, name) => getComputedStyle(each).getPropertyValue(name)"
    return str(element.evaluate(read, name))


def search(shown: Shown) -> None:
    keys = shown.notebook.page.keyboard
    before = shown.notebook.standing()
    run(shown, "clear; seq -f line-%.0f. 1 12000; echo needle-{1,2,3}")
    shown.says("needle-3\n")
    keys.press("Control+Shift+F")
    field, found = shown.root.get_by_label("Find"), shown.root.get_by_test_id("stream-found")
    expect(field).to_be_focused()
    keys.type("needle")
    expect(found).to_have_text("3 of 3")
    keys.press("Enter")
    expect(found).to_have_text("2 of 3")
    shown.root.get_by_role("button", name="Previous match").click()
    expect(found).to_have_text("1 of 3")
    field.press("Shift+Enter")
    expect(found).to_have_text("2 of 3")
    # The first of the last 10,000 lines is there.
    field.fill("line-2002.")
    expect(found).to_have_text("1 of 1")
    shown.says("line-2001.\nline-2002.\nline-2003.")
    field.fill("line-1900.")
    expect(found).to_have_text("No match")
    keys.type("dd")
    keys.press("Escape")
    expect(field).to_be_hidden()
    expect(shown.field).to_be_focused()
    assert shown.notebook.standing() == before


def clipboard(shown: Shown) -> None:
    page, keys = shown.notebook.page, shown.notebook.page.keyboard
    # Without leave to use the clipboard; keys and the browser's own paste need none.
    page.evaluate("Object.defineProperty(navigator, 'clipboard', {})")
    shown.type("clear; echo typed-$((1 + 1))\n")
    shown.says("typed-2")
    page.mouse.dblclick(*place(shown, "typed-2"))
    keys.press("Control+c")
    expect(shown.field).to_be_focused()
    shown.type("echo ")
    keys.press("Control+Shift+V")
    shown.type("-again\n")
    shown.says("\ntyped-2-again")
    # With nothing selected, it interrupts.
    shown.type("sh -c 'echo begun; exec sleep 1000'\n")
    shown.says("\nbegun")
    shown.interrupt()
    shown.type("echo code-$?\n")
    shown.says("code-130")
    # Several lines are pasted as one text, and run when Enter is pressed.
    page.evaluate(COPY, "echo first-$((1 + 1))\necho second-$((1 + 2))\n")
    shown.field.focus()
    keys.press("Control+Shift+V")
    shown.says("echo second-")
    keys.press("Enter")
    shown.says("second-3")
    shown.says("+ 2))\nfirst-2\nsecond-3")


def sizes(shown: Shown) -> None:
    page = shown.notebook.page
    shown.type(UNTIL_KEY.format("clear; stty size"))
    rows, columns = size(shown)
    box = shown.root.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] - 4, box["y"] + box["height"] - 4)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 4, box["y"] + box["height"] + 80)
    page.mouse.up()
    eventually(lambda: size(shown) == (rows + 5, columns) or size(shown) == (rows + 6, columns))
    page.set_viewport_size({"width": 1000, "height": 900})
    eventually(lambda: size(shown)[1] < columns - 20)
    page.set_viewport_size({"width": 1280, "height": 900})
    eventually(lambda: size(shown)[1] == columns)
    page.evaluate("jupyterapp.commands.execute('application:toggle-left-area')")
    eventually(lambda: size(shown)[1] > columns + 20)
    assert shown.stage.locator(".xterm-selection > div").count() == 0
    stop(shown)


def size(shown: Shown) -> tuple[int, int]:
    """Rows and columns, as the shell sees them and as they are drawn."""

    def both() -> tuple[int, int] | None:
        found = re.fullmatch(r"(\d+) (\d+)", shown.text().strip())
        drawn = shown.stage.locator(".xterm-rows > div").count()
        return (drawn, int(found[2])) if found and int(found[1]) == drawn else None

    seen: tuple[int, int] = eventually(both)
    return seen


def ends(shown: Shown) -> None:
    seconds = 100_000 + os.getpid()
    shown.type(f"sleep {seconds} & sleep {seconds}\n")
    eventually(lambda: len(sleeping(seconds)) == 2)
    ask = shown.root.get_by_test_id("stream-ask")
    shown.root.get_by_role("button", name="End shell").click()
    expect(ask).to_contain_text("End the shell, with all that runs in it?")
    shown.notebook.page.keyboard.press("Escape")
    expect(ask).to_have_count(0)
    assert len(sleeping(seconds)) == 2
    shown.root.get_by_role("button", name="End shell").click()
    ask.get_by_role("button", name="End it").click()
    note = shown.root.get_by_test_id("stream-say")
    expect(note).to_contain_text("The shell has ended.")
    expect(shown.root.get_by_role("button", name="End shell")).to_be_disabled()
    eventually(lambda: not sleeping(seconds))
    note.get_by_role("button", name="New shell").click()
    expect(shown.field).to_be_focused()
    shown.ready().notebook.page.keyboard.type("mark=first; echo $mark-$((1 + 1))\n")
    shown.says("\nfirst-2")

    # Another name is another shell; the same name is the same one.
    shown.notebook.run_cell(1)
    logs = Shown(shown.notebook, 1).ready()
    expect(logs.root).to_have_attribute("aria-label", "Terminal logs")
    logs.root.scroll_into_view_if_needed()
    logs.type("echo $mark-$((1 + 1))\n")
    logs.says("\n-2")
    shown.notebook.run_cell(3)
    same = Shown(shown.notebook, 3).ready()
    same.root.scroll_into_view_if_needed()
    same.says("\nfirst-2")
    same.type("exit\n")
    for each in (same, shown):
        expect(each.root.get_by_test_id("stream-say")).to_contain_text("The shell has ended.")
    expect(logs.root).to_have_attribute("data-ready", "true")
    shown.notebook.run_cell(2)
    expect(logs.root.get_by_test_id("stream-say")).to_contain_text("The shell has ended.")
    note.get_by_role("button", name="New shell").click()
    shown.ready()


def sleeping(seconds: int) -> list[int]:
    """Numbers of the processes that wait so long."""
    pids = [int(each.name) for each in Path("/proc").iterdir() if each.name.isdigit()]
    return [pid for pid in pids if command_line(pid) == f"sleep {seconds} "]


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[str]:
    """A command of a tmux of its own."""
    command = f"tmux -S {tmp_path}/socket -f /dev/null"
    yield command
    subprocess.run([*command.split(), "kill-server"], capture_output=True)


@pytest.mark.slow
def test_tmux_vim_and_htop(lab: Lab, tmux: str) -> None:
    lab.context.add_init_script(BELLS)
    shown = show(lab)
    page, keys = shown.notebook.page, shown.notebook.page.keyboard
    note = lab.server.notebooks / "note"
    note.write_text("".join(f"line {number}\n" for number in range(100)))
    shown.type(rf"printf '\a'; echo before-$((1 + 1)); vim -u NONE -c 'set mouse=a' {note}" + "\n")
    shown.says("line 20")
    # A click moves its cursor.
    page.mouse.click(*place(shown, "line 7"))
    shown.type("iunsaved ")
    shown.says("unsaved ")
    shown.notebook.save()
    shown.notebook.reload()
    shown.ready().says("unsaved ")
    assert page.evaluate("bells") == 0  # it was rung before
    page.set_viewport_size({"width": 1000, "height": 900})
    shown.type("words ")
    keys.press("Escape")
    shown.type(":wq\n")
    shown.says("before-2\n")
    assert "line 20" not in shown.text()
    assert "unsaved words " in note.read_text().splitlines()[7]

    split = r"new \; set -g mouse on \; split-window -h htop"
    shown.type(f"clear; echo before-$((1 + 2)); {tmux} {split}\n")
    shown.says("F1Help")
    # The mouse chooses a pane, and a button of the program in the other one.
    page.mouse.click(*place(shown, "# "))
    shown.type("echo left-$((1 + 1))\n")
    shown.says("left-2")
    page.mouse.click(*place(shown, "F1Help"))
    shown.says("Released under the GNU GPL")
    before = width(shown)
    page.set_viewport_size({"width": 1280, "height": 900})
    eventually(lambda: width(shown) > before + 20)
    keys.press("Escape")  # out of htop's help, which a change of the size may have closed
    shown.says("F1Help")
    shown.notebook.save()
    shown.notebook.reload()
    shown.ready().says("left-2")
    shown.says("F1Help")
    page.mouse.click(*place(shown, "left-2"))
    shown.type(f"{tmux} kill-server\n")
    shown.says("before-3\n[server exited]")
    assert lab.errors == []


def width(shown: Shown) -> int:
    """Columns of what tmux shows, whose last line ends in the last of them."""
    return len(shown.text().strip("\n").split("\n")[-1])


@pytest.mark.parametrize("front_end", params(["notebook7", "frames"], slow={"notebook7"}))
def test_elsewhere(front_end: str, request: pytest.FixtureRequest) -> None:
    shown = show(request.getfixturevalue(front_end))
    shown.type("echo $((6 * 7))-answers\n")
    shown.says("42-answers")
    shown.notebook.page.keyboard.press("Control+Shift+F")
    expect(shown.root.get_by_label("Find")).to_be_focused()
