"""What may differ from one front end to the next, tried in each of them."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.kit.browser.card import Card, cell, show
from tests.kit.browser.contrast import hard_to_read
from tests.kit.browser.front_ends import LAB_FIRST, TIMEOUT_MS, FrontEnd
from tests.kit.machine.machine import ROOT, Machine
from tests.kit.rows import params

everywhere = pytest.mark.parametrize(
    "front_end",
    params(["lab", "notebook7", "classic"], slow={"notebook7", "classic"}),
    indirect=True,
)

# Shortcuts of the three, in command mode and in edit mode; `dd` deletes a cell, `00` restarts.
LETTERS = "ddaaxxbcvzmyr1kjhlofsp00ii"
KEYS = (
    "Escape",
    "Enter",
    "Shift+Enter",
    "Control+Enter",
    "Alt+Enter",
    "Control+s",
    "Control+a",
    "Control+Shift+Minus",
    "Shift+l",
    "Shift+m",
    "Delete",
    "Escape",
)


def fields(card: Card) -> list[Locator]:
    """All that can be filled in, with everything opened that the form can open."""
    card.part("desktop").check()
    card.part("more").click()
    expect(card.part("public-key")).to_be_visible()
    return card.root.locator("input, select, textarea").all()


def readable_in_both_themes(card: Card) -> set[str]:
    """The card has contrast, light and dark; returns its backgrounds."""
    grounds = set()
    for dark in (False, True):
        card.notebook.set_theme(dark)
        assert hard_to_read(card.root) == [], "dark" if dark else "light"
        grounds.add(card.root.evaluate("card => getComputedStyle(card).backgroundColor"))
    return grounds


def copied_without_the_api(card: Card, button: str) -> str:
    """What a copy button gives where the page lacks the Clipboard API, as over plain HTTP."""
    page = card.notebook.page
    page.evaluate("() => navigator.clipboard.writeText('before')")
    page.evaluate("() => Object.defineProperty(navigator, 'clipboard', { configurable: true })")
    expect(card.part(button)).not_to_contain_text("Copied")
    card.part(button).click()
    expect(card.part(button)).to_contain_text("Copied")
    text: str = page.evaluate(
        "() => { delete navigator.clipboard; return navigator.clipboard.readText() }"
    )
    return text


@everywhere
def test_what_is_typed_in_the_form_is_the_forms_own(front_end: FrontEnd, here: Machine) -> None:
    card = show(front_end, here, "'below'")
    notebook = card.notebook
    card.part("token").click()
    before = notebook.standing()
    found = fields(card)
    assert len(found) >= 9

    # Nothing here is a sign-in form to a password manager.
    assert card.root.locator("form").count() == 0
    for field in found:
        assert field.get_attribute("autocomplete") in ("off", "one-time-code", None)
        assert (field.get_attribute("name") or "cw-").startswith("cw-")
    token = card.part("token")
    expect(token).to_have_attribute("type", "password")
    assert token.get_attribute("autocomplete") == "one-time-code"

    for field in found:
        field.focus()
        if field.get_attribute("data-testid") == "token":
            # Two words are no token, so that Enter is refused.
            notebook.page.keyboard.type("dda x")
            notebook.page.keyboard.press("Enter")
            expect(card.part("field-error")).to_contain_text("not an ngrok authtoken")
        else:
            notebook.page.keyboard.type(LETTERS)
        for key in KEYS:
            notebook.page.keyboard.press(key)
        assert notebook.standing() == before, field.get_attribute("data-testid")
        assert field.evaluate("field => field === document.activeElement")
    for button in card.root.locator("button").all():
        button.focus()
        notebook.page.keyboard.type("ddaaxxmyr")
        assert notebook.standing() == before, button.get_attribute("data-testid")
    card.part("more").press("Enter")
    expect(card.part("public-key")).to_be_hidden()
    assert notebook.standing() == before
    assert here.backend_pid() is None

    line = f"ngrok config add-authtoken {here.token}"
    notebook.page.evaluate("line => navigator.clipboard.writeText(line)", line)
    token.fill("")
    token.press("Control+V")
    expect(token).to_have_value(line)
    assert notebook.standing() == before


@pytest.mark.slow
@everywhere
def test_the_story_in_both_themes(front_end: FrontEnd, here: Machine) -> None:
    card = show(front_end, here, "w.phase")
    notebook = card.notebook
    card.wait_shown("connect")
    grounds = readable_in_both_themes(card)
    assert len(grounds) == (1 if front_end.name == "classic" else 2)

    card.connected(here.token)
    details = card.details()
    assert details["ssh"]["user"] == here.user
    readable_in_both_themes(card)
    load = re.compile(r"^CPU \d+ % · [\d.]+ of [\d.]+ GB · .*disk [\d.]+ GB free")
    expect(card.part("load")).to_have_text(load)
    assert copied_without_the_api(card, "copy-command") == details["ssh"]["command"]
    notebook.run_cell(1)
    assert notebook.cell_output_text(1) == "'connected'"

    notebook.save()
    notebook.reload()
    card.wait_phase("connected")
    assert card.details() == details

    card.disconnect()
    assert here.status()["phase"] == "idle"
    assert front_end.foreign_requests == []


@LAB_FIRST
def test_a_notebook_that_is_not_trusted_runs_nothing(front_end: FrontEnd, here: Machine) -> None:
    card = show(front_end, here)
    card.connected(here.token)
    notebook = card.notebook.save()
    card.notebook.page.close()
    # Its signature is of what was saved: with another cell it is a stranger's notebook.
    notebook["metadata"]["changed"] = True
    path = card.notebook.path.with_stem("strange")
    path.write_text(json.dumps(notebook))

    strange = front_end.open_file(path)
    expect(strange.cell_locator(0)).to_be_visible()
    assert strange.page.get_by_test_id("card").count() == 0

    strange.run_cell(0)
    again = Card(strange)
    if front_end.name == "classic":
        # It removes what was drawn while it loaded the saved widgets: docs/front-ends.md
        strange.page.wait_for_timeout(1000)
        if again.root.count() == 0:
            strange.run_cell(0)
    again.wait_phase("connected")
    assert again.details()["ssh"]["user"] == here.user


@pytest.mark.slow
@pytest.mark.parametrize("front_end", ["lab"], indirect=True)
def test_a_new_build_is_in_the_page_without_a_new_kernel(
    front_end: FrontEnd, here: Machine, tmp_path: Path
) -> None:
    """As developers have it with ANYWIDGET_HMR=1 and `npm run dev`."""
    package = tmp_path / "colabwidget"
    shutil.copytree(ROOT / "colabwidget", package)
    before = "import os, sys\nos.environ['ANYWIDGET_HMR'] = '1'\nsys.path.insert(0, {!r})\n"
    notebook = front_end.open_notebook([before.format(str(tmp_path)) + cell(here)])
    notebook.run_cell(0)
    card = Card(notebook)
    card.wait_shown("connect")

    script = package / "static/card.js"
    script.write_text(script.read_text().replace("Remote access", "Access from afar"))
    expect(card.root).to_contain_text("Access from afar", timeout=TIMEOUT_MS)
    border = "border:1px solid var(--cw-line);"
    assert border in script.read_text()
    script.write_text(script.read_text().replace(border, "border:1px solid rgb(1, 2, 3);"))
    expect(card.root).to_have_css("border-top-color", "rgb(1, 2, 3)", timeout=TIMEOUT_MS)
    card.connected(here.token)
