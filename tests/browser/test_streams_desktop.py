"""The desktop inside a cell: a real VNC server and XFCE, a real JupyterLab, a real browser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.kit.browser.desktop_view import CLEARED, GROUND, INSIDE, Shown, listen
from tests.kit.browser.files_view import FilesInCard
from tests.kit.browser.front_ends import LAB_FIRST, FrontEnd
from tests.kit.machine.machine import DESKTOP_TEST, Machine
from tests.kit.waiting import eventually

pytestmark = [*DESKTOP_TEST]

CELL = "import colabwidget\ncolabwidget.Desktop()"
# What is typed paints the terminal, and shows that what follows it runs.
RED, BLUE = (200, 30, 60), (30, 60, 200)
PAINT_RED, PAINT_BLUE = (
    "printf '\\033[48;2;{};{};{}m\\033[2J\\033[H'".format(*colour) for colour in (RED, BLUE)
)
# Another part of the page copies a text.
COPY = """(text) => {
  const field = document.body.appendChild(document.createElement("textarea"));
  field.value = text;
  field.select();
  if (!document.execCommand("copy")) throw new Error("not copied");
  field.remove();
}"""
CHOICE = ("--desktop", "--vnc", "tigervnc", "--geometry", "1024x700")


def show(front_end: FrontEnd, cell: str = CELL, *cells: str) -> Shown:
    notebook = front_end.open_notebook([cell, *cells])
    notebook.run_cell(0)
    return Shown(notebook)


def idle(machine: Machine) -> float:
    """For how long the one view of the desktop has been idle."""
    (view,) = [each for each in machine.status()["present"] if each["kind"] == "desktop"]
    return float(view["idle"])


@pytest.mark.slow
@LAB_FIRST
def test_the_desktop_of_a_session_is_in_the_cell(front_end: FrontEnd, here: Machine) -> None:
    details = here.connect(*CHOICE, tunnel="direct")
    came: list[bytes] = []
    front_end.context.on("page", lambda page: page.on("websocket", lambda one: listen(one, came)))

    shown = show(front_end).ready()

    assert (shown.pixels()["width"], shown.pixels()["height"]) == (1024, 700)
    # The session draws its panel and its ground.
    eventually(lambda: len(set(map(tuple, shown.pixels((500, 300), (60, 690))["colours"]))) > 1)

    # The view is idle, whatever is drawn, until its pointer moves.
    shown.notebook.page.wait_for_timeout(2000)
    assert idle(here) > 1.5
    shown.canvas.hover(position={"x": 60, "y": 60})
    eventually(lambda: idle(here) < 1.5)

    # Another kernel shows the same desktop; the view of the one before says so when it is used.
    shown.notebook.restart_kernel()
    for x in (40, 80):
        shown.canvas.hover(position={"x": x, "y": 40})
    words = re.compile("[Rr]un (the cell|this one|this cell) again")
    # The classic Notebook tells nothing: three questions without an answer do.
    expect(shown.root.get_by_test_id("stream-say")).to_contain_text(words, timeout=30_000)
    shown.notebook.run_cell(0)
    expect(shown.root).to_have_count(1)
    shown.ready()
    eventually(lambda: shown.near(GROUND, INSIDE))

    secrets = [details["desktop"][name] for name in ("password", "view_only_password")]
    assert sum(map(len, came)) > 20_000
    assert not [secret for secret in secrets for one in came if secret.encode() in one]


@pytest.mark.long
@LAB_FIRST
def test_a_desktop_needs_no_tunnel_and_what_is_typed_arrives(
    front_end: FrontEnd, here: Machine, tmp_path: Path
) -> None:
    code = "import colabwidget\ncolabwidget.Desktop('1024x700', vnc='tigervnc')"
    shown = show(front_end, code).ready()
    assert (shown.pixels()["width"], shown.pixels()["height"]) == (1024, 700)
    eventually(lambda: len(set(map(tuple, shown.pixels((500, 300), (60, 690))["colours"]))) > 1)

    shown.open_terminal()
    # Its window takes keys a moment after it is there; what is typed paints it.
    shown.notebook.page.wait_for_timeout(1000)
    shown.type(f"{PAINT_RED}; read line; echo $line > ~/typed\n")
    eventually(lambda: shown.near(RED, INSIDE))

    # What was copied outside is pasted there, and the other way.
    shown.root.get_by_role("button", name="Clipboard").click()
    field = shown.root.get_by_test_id("stream-clipboard")
    field.fill("three small words")
    shown.click(500, 350)
    shown.notebook.page.keyboard.press("Control+Shift+V")
    shown.notebook.page.wait_for_timeout(300)
    shown.type("\n")
    typed = front_end.server.home / "typed"
    eventually(lambda: typed.exists() and typed.read_text() == "three small words\n")
    shown.type("echo $((6 * 7))-copied\n")
    eventually(lambda: "42-copied" in copied(shown, field))

    compose(shown, front_end.server.home / "composed")
    paste_from_outside(shown, front_end.server.home / "pasted")
    drop(shown, tmp_path / "dropped here.txt")

    # A page that is loaded again and a second page show the same.
    green = (20, 160, 60)
    shown.type("printf '\\033[48;2;20;160;60m\\033[2J'\n")
    eventually(lambda: shown.near(green, INSIDE))
    shown.notebook.save()
    shown.notebook.reload()
    if front_end.name == "classic":
        shown.run_again()
        eventually(lambda: shown.near(green, INSIDE))
        assert {*front_end.errors} <= {CLEARED}
        return  # its pages do not know the widgets of each other
    shown.ready()
    eventually(lambda: shown.near(green, INSIDE))
    assert front_end.errors == []
    other = Shown(front_end.open_file(shown.notebook.path)).ready()
    eventually(lambda: other.near(green, INSIDE))
    other.root.get_by_label("Size").select_option("resize")
    width = int(other.stage.evaluate("(stage) => stage.clientWidth"))
    eventually(lambda: abs(other.pixels()["width"] - width) < 2)
    eventually(lambda: abs(shown.pixels()["width"] - width) < 2)


def drop(shown: Shown, file: Path) -> None:
    """What is dropped on its picture arrives beside the notebook; the picture stays as it is."""
    file.write_text("dear")
    files = FilesInCard(shown.notebook)
    files.drop([file], shown.stage)
    files.ready().wait("done", "1 file arrived")
    assert (shown.notebook.path.parent / file.name).read_text() == "dear"
    files.root.get_by_role("button", name="Close files").click()
    expect(files.root).to_have_count(0)
    assert shown.near(RED, INSIDE)
    shown.click(500, 350)


def compose(shown: Shown, file: Path) -> None:
    """What an input method composes is seen while it does, and then written on the desktop."""
    page = shown.notebook.page
    shown.type(f"{PAINT_BLUE}; read line; echo $line > {file}\n")
    eventually(lambda: shown.near(BLUE, INSIDE))
    field = shown.root.get_by_test_id("stream-keys")
    expect(field).to_have_css("opacity", "0")
    input_method = page.context.new_cdp_session(page)
    for text in ("n", "に", "日本"):
        at = len(text)
        input_method.send(
            "Input.imeSetComposition", {"text": text, "selectionStart": at, "selectionEnd": at}
        )
        expect(field).to_have_value(text)
        expect(field).to_have_css("opacity", "1")
    input_method.send("Input.insertText", {"text": "日本"})
    expect(field).to_have_value("")
    shown.type("\n")
    eventually(lambda: file.exists() and file.read_text() == "日本\n")


def paste_from_outside(shown: Shown, file: Path) -> None:
    """What was copied on this computer is pasted there, though the page may not read it."""
    page = shown.notebook.page
    shown.type(f"clear; {PAINT_RED}; read -n 14 line; echo $line > {file}\n")
    eventually(lambda: shown.near(RED, INSIDE))
    page.evaluate(COPY, "copied outside")
    shown.click(500, 350)
    page.keyboard.press("Control+Shift+V")
    eventually(lambda: file.exists() and file.read_text() == "copied outside\n")


def copied(shown: Shown, field: Locator) -> str:
    """All that is in the terminal, copied there."""
    for key in ("Control+Shift+A", "Control+Shift+C"):
        shown.notebook.page.keyboard.press(key)
    shown.notebook.page.wait_for_timeout(300)
    return field.input_value()
