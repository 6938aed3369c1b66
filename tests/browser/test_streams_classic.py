"""The terminal and the desktop in the classic Notebook with Colab's packages, without subshells."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.kit.browser.desktop_view import CLEARED
from tests.kit.browser.desktop_view import Shown as Desktop
from tests.kit.browser.front_ends import TIMEOUT_MS, Classic, Notebook
from tests.kit.browser.terminal_view import Shown as Terminal
from tests.kit.desktop.painter import QUARTERS, SQUARE, Painter, painting
from tests.kit.machine.machine import DESKTOP_TEST
from tests.kit.waiting import eventually

TERMINAL = "import colabwidget\ncolabwidget.Terminal()"
DESKTOP = "import colabwidget\ncolabwidget.Desktop('1024x700', vnc='tigervnc')"
# Prints while it runs, which the terminal goes on beside.
BUSY = "import time\nfor number in range(6):\n    print(number)\n    time.sleep(0.5)"
WAITS = "Input waits for the running cell."
DARK, LIGHT = SQUARE
MIDDLE = (560, 300)  # beside the pointer
PLACES = ((100, 100), (900, 100), (100, 600), (900, 600))


def shown(notebook: Notebook, cell: int = 0) -> Terminal:
    notebook.run_cell(cell)
    return Terminal(notebook, cell).ready()


def test_a_terminal_in_colab_s_kernel(classic: Classic, tmp_path: Path) -> None:
    notebook = classic.open_notebook([TERMINAL, BUSY])
    terminal = shown(notebook)
    terminal.type("echo $((6 * 7))-answers\n")
    terminal.says("42-answers")

    # 5 MB in lines that name their number: what is last shows that none before it is missing.
    lines = "".join(f"{number:07d} {'x' * 41}\n" for number in range(100_000))
    (tmp_path / "large").write_text(lines)
    terminal.type(f"cat {tmp_path}/large; echo all-$((1 + 1))\n")
    terminal.says("all-2")
    numbers = [int(row[:7]) for row in terminal.text().split("\n") if "xxxx" in row]
    assert numbers[-1] == 99_999
    assert numbers == list(range(numbers[0], 100_000))

    # What a shell prints goes on while a cell runs; what is typed waits, and the view says so.
    terminal.type("for n in $(seq 100); do echo tick-$n; sleep 0.1; done\n")
    terminal.says("tick-2")
    notebook.run_cell(1, wait=False)
    notebook.page.wait_for_timeout(300)
    terminal.type("echo $((40 + 2))-late\n")
    note = terminal.root.get_by_test_id("stream-say")
    expect(note).to_contain_text(WAITS, timeout=TIMEOUT_MS)
    before = last_tick(terminal)
    eventually(lambda: last_tick(terminal) > before + 5, 3)
    assert notebook.standing()["runs"][1] in (None, "*")
    assert "42-late" not in terminal.text()
    notebook.wait_idle()
    expect(note).not_to_contain_text(WAITS)
    terminal.says("42-late")
    assert classic.errors == []


def last_tick(terminal: Terminal) -> int:
    ticks = [row[5:] for row in terminal.text().split("\n") if row.startswith("tick-")]
    return int(ticks[-1]) if ticks else 0


@pytest.mark.slow
@DESKTOP_TEST[0]
@DESKTOP_TEST[1]
def test_a_desktop_in_colab_s_kernel(classic: Classic) -> None:
    machine = classic.server.machine()
    try:
        notebook = classic.open_notebook([DESKTOP])
        notebook.run_cell(0)
        desktop = Desktop(notebook).ready()
        with painting(machine.backend_pid()) as painter:
            drawn(desktop, painter)
            # A key that is typed reaches the program that has the desktop's keyboard.
            eventually(lambda: desktop.near(DARK, MIDDLE))
            desktop.canvas.focus()
            notebook.page.keyboard.press("x")
            eventually(lambda: desktop.near(LIGHT, MIDDLE))

            # Neither a reload nor a new kernel takes the desktop away.
            notebook.save()
            notebook.reload()
            drawn(Desktop(notebook).run_again())
            notebook.restart_kernel()
            notebook.run_cell(0)
            again = Desktop(notebook).ready()
            drawn(again)
            eventually(lambda: again.near(LIGHT, MIDDLE))
            again.canvas.focus()
            notebook.page.keyboard.press("x")
            eventually(lambda: again.near(DARK, MIDDLE))
        assert {*classic.errors} <= {CLEARED}
    finally:
        machine.end()


def drawn(desktop: Desktop, painter: Painter | None = None) -> None:
    """The four quarters are where they were painted."""
    if painter:
        painter.show("still")
    eventually(
        lambda: all(
            desktop.near(colour, place) for colour, place in zip(QUARTERS, PLACES, strict=True)
        )
    )
