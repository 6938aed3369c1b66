"""What is pasted into a terminal, and what a program prints there, runs nothing."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.kit.browser.front_ends import Lab
from tests.kit.browser.terminal_view import CELL, COPY, Shown

# Asks where the cursor is; the number of letters that came after the first answer.
ASK = (
    r"printf '\e[6n'; IFS= read -rs -d R -t 9 first; IFS= read -rs -t 1 -d R more; "
    r"echo answers-${#first}-${#more}-$((1 + 1))"
)


def test_a_paste_runs_nothing(lab: Lab) -> None:
    notebook = lab.open_notebook([CELL, CELL])
    notebook.run_cell(0)
    shown = Shown(notebook).ready()
    keys, page = shown.notebook.page.keyboard, shown.notebook.page
    folder = shown.notebook.path.parent

    def paste(text: str) -> None:
        page.evaluate(COPY, text)
        shown.field.focus()
        keys.press("Control+Shift+V")

    shown.type("echo rea''dy\n")
    shown.says("ready")
    # The end of the paste, as a terminal marks it, in the text itself.
    paste("echo attack-$((1 + 1)) \x1b[201~; touch pwned-1\n\x9b201~touch pwned-2\n#")
    shown.says("touch pwned-2")
    shown.interrupt()
    # It has no marks for pastes: each line would run. What is typed before it reads is bash's.
    shown.type("clear; PS1='pl''ain> ' sh\n")
    shown.says("plain>")
    ask = shown.root.get_by_test_id("stream-ask")
    paste("touch pwned-3\ntouch pwned-4\n")
    expect(ask).to_contain_text("Paste 3 lines?")
    expect(ask.get_by_role("button", name="Cancel")).to_be_focused()
    keys.press("Enter")
    expect(ask).to_have_count(0)
    expect(shown.field).to_be_focused()
    paste("echo one-$((1 + 1))")  # a line without an end runs nothing
    shown.says("echo one-")
    keys.press("Enter")
    shown.says("one-2")
    assert not [path.name for path in folder.iterdir() if path.name.startswith("pwned")]
    paste("echo two-$((1 + 1))\necho three-$((1 + 2))\n")
    ask.get_by_role("button", name="Paste").click()
    shown.says("three-3")

    # Two views of a shell, one answer.
    shown.type("exit\nclear\n")
    shown.notebook.run_cell(1)
    other = Shown(shown.notebook, 1).ready()
    for number, view in enumerate((other, shown)):
        view.type(f"clear; x={number}; {ASK}-$x\n")
        view.says(f"-0-2-{number}")
        assert "answers-0" not in view.text()
    assert lab.foreign_requests == lab.errors == []
