"""A terminal inside a cell: a real shell, a real JupyterLab, a real browser."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.kit.browser.front_ends import CLASSIC_FIRST, TIMEOUT_MS, FrontEnd, Lab
from tests.kit.browser.terminal_view import CELL, Shown
from tests.kit.waiting import eventually


def show(front_end: FrontEnd, *cells: str) -> Shown:
    notebook = front_end.open_notebook([CELL, *cells])
    notebook.run_cell(0)
    return Shown(notebook).ready()


@pytest.mark.slow
def test_what_is_typed_runs_and_a_large_file_arrives_whole(lab: Lab, tmp_path: Path) -> None:
    shown = show(lab)
    shown.type("echo $((6 * 7))-answers\n")
    shown.says("42-answers")

    # 50 MB in lines that name their number: the last rows can only be these if none is missing
    # or in another place, since a terminal shows what it is given in that order.
    lines = "".join(f"{number:07d} {'x' * 41}\n" for number in range(1_000_000))
    (tmp_path / "large").write_text(lines)
    shown.type(f"cat {tmp_path}/large; echo all-$((1 + 1))\n")
    shown.says("all-2")
    assert "0999999 xxx" in shown.text()


def test_a_shell_lives_on_over_reload_and_restart(lab: Lab) -> None:
    shown = show(lab)
    shown.type("mark=here; echo $mark-before\n")
    shown.says("here-before")

    shown.notebook.save()
    shown.notebook.reload()
    shown.ready().says("here-before")
    shown.type("echo $mark-$((1 + 1))\n")
    shown.says("here-2")

    shown.notebook.restart_kernel()
    shown.type("lost")
    note = shown.root.get_by_test_id("stream-say")
    expect(note).to_contain_text("run this cell again", timeout=TIMEOUT_MS)
    shown.notebook.run_cell(0)
    shown.ready().says("here-2")
    expect(note).to_be_hidden()
    assert "lost" not in shown.text()
    shown.type("echo $mark-$((2 + 2))\n")
    shown.says("here-4")
    shown.type("exit\n")
    expect(note).to_contain_text("The shell has ended.")
    shown.root.get_by_role("button", name="New shell").click()
    shown.ready()
    shown.type("echo $mark-$((2 + 3))\n")
    shown.says("\n-5")


@pytest.mark.slow
def test_a_busy_cell_that_prints_a_flood_loses_nothing(lab: Lab, tmp_path: Path) -> None:
    flood = (
        "import time\n"
        "from IPython.display import clear_output\n"
        "end = time.time() + 3\n"
        "while time.time() < end:\n"
        "    print('x' * 50_000)\n"
        "    clear_output(wait=True)\n"
        "    time.sleep(0.01)"
    )
    shown = show(lab, flood)
    lines = "".join(f"{number:07d}\n" for number in range(200_000))
    (tmp_path / "large").write_text(lines)
    shown.notebook.run_cell(1, wait=False)
    shown.type(f"cat {tmp_path}/large; echo all-$((1 + 1))\n")
    shown.says("all-2")
    assert "0199999" in shown.text()
    assert shown.notebook.standing()["runs"][1] in (None, 2)


@pytest.mark.slow
def test_what_a_shell_prints_goes_on_while_a_cell_runs(lab: Lab, tmp_path: Path) -> None:
    """And so does typing: Colab's kernel, which hears it between cells, has its own test."""
    mark = tmp_path / "typed"
    busy = (
        "import os, time\n"
        "end = time.time() + 60\n"
        f"while time.time() < end and not os.path.exists({str(mark)!r}):\n"
        "    time.sleep(0.05)\n"
        f"print('typed', os.path.exists({str(mark)!r}))"
    )
    shown = show(lab, busy)
    shown.type("for i in $(seq 12); do echo tick-$i; sleep 0.1; done\n")
    shown.says("tick-1\n")
    shown.notebook.run_cell(1, wait=False)
    shown.says("tick-12")
    shown.type(f"touch {mark}; echo $((6 * 7))-typed\n")
    shown.says("42-typed")
    expect(shown.root.get_by_test_id("stream-say")).to_be_hidden()
    shown.notebook.wait_idle()
    assert shown.notebook.cell_output_text(1) == "typed True\n"


@CLASSIC_FIRST
def test_keys_are_the_shell_s_and_what_is_copied_is_the_clipboard_s(
    front_end: FrontEnd, tmp_path: Path
) -> None:
    front_end.grant_clipboard()
    shown = show(front_end, "1 + 1")
    keys = shown.notebook.page.keyboard
    before = shown.notebook.standing()
    # An editor: Escape and single letters are what notebooks have shortcuts on.
    shown.type(f"vi -u NONE {tmp_path}/note\n")
    shown.says("~\n~\n~")
    shown.type("iwritten with dd, aa and bb")
    keys.press("Escape")
    shown.type(":wq\n")
    eventually(lambda: (tmp_path / "note").exists())
    assert (tmp_path / "note").read_text() == "written with dd, aa and bb\n"
    standing = shown.notebook.standing()
    assert standing["cells"] == before["cells"]
    assert standing["runs"] == before["runs"]

    shown.type("clear; echo copy-me-''please\n")
    shown.says("copy-me-please\n")
    row = shown.stage.locator(".xterm-rows > div", has_text="copy-me-please").last.bounding_box()
    assert row
    shown.notebook.page.mouse.dblclick(row["x"] + 40, row["y"] + row["height"] / 2)
    keys.press("Control+Shift+C")
    page = shown.notebook.page
    eventually(lambda: page.evaluate("navigator.clipboard.readText()") == "copy-me-please")
    page.evaluate("navigator.clipboard.writeText('echo pasted-$((1 + 1))')")
    shown.field.focus()
    keys.press("Control+Shift+V")
    shown.says("echo pasted-")
    keys.press("Enter")
    shown.says("pasted-2")

    keys.press("Control+Shift+F")
    expect(shown.root.get_by_label("Find")).to_be_focused()
    keys.press("Escape")
    expect(shown.field).to_be_focused()
    keys.press("Control+Shift+Period")
    expect(shown.root.get_by_role("button", name="Find")).to_be_focused()
    assert front_end.errors == []


@pytest.mark.slow
def test_a_slow_page_costs_nobody_memory_and_is_right_in_the_end(lab: Lab) -> None:
    shown = show(lab)
    shown.type("yes $(seq 1 300)\n")
    page = shown.notebook.page
    slow = lab.context.new_cdp_session(page)
    slow.send("Emulation.setCPUThrottlingRate", {"rate": 20})
    page.wait_for_timeout(2000)
    before = memory(lab)
    page.wait_for_timeout(4000)
    assert memory(lab) - before < 30
    slow.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    shown.interrupt()
    shown.type("clear; echo $((6 * 7))-over\n")
    shown.says("42-over")


def memory(lab: Lab) -> float:
    """MB of the server, its kernels and all below them."""
    found = 0
    for pid in lab.server.processes():
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith("VmRSS:"):
                    found += int(line.split()[1])
    return found / 1000
