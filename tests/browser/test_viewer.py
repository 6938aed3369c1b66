"""A desktop from the notebook: a click, and a real viewer sees it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.kit.browser.card import Card, show
from tests.kit.browser.front_ends import CLASSIC_FIRST, LAB_FIRST, TIMEOUT_MS, FrontEnd
from tests.kit.desktop.vnc_viewer import Viewer
from tests.kit.machine.machine import DESKTOP_TEST, Machine
from tests.kit.machine.ssh_client import forwarded, ssh
from tests.kit.machine.tokens import find_in_files, find_in_processes
from tests.kit.waiting import eventually

pytestmark = [*DESKTOP_TEST]


def choose_desktop(card: Card) -> None:
    """Switch Desktop on, with the server that this machine has and a size of one's own."""
    card.part("desktop").check()
    card.part("more").click()
    card.part("vnc").select_option("tigervnc")
    card.part("geometry").fill("1024x700")


def desktop(card: Card) -> dict[str, Any]:
    """The details of the card, with those of the desktop, taken from the copy buttons."""
    card.open_tab("desktop")
    card.wait_shown("forward-command")
    copied = {
        "forward_command": card.copied("copy-forward"),
        "viewer_address": card.part("viewer-address").text_content(),
        "password": card.copied("copy-vnc-password"),
        "view_only_password": card.copied("copy-view-only-password"),
    }
    return {**card.details(), "desktop": copied}


@pytest.mark.long
@LAB_FIRST
def test_from_a_click_to_a_viewer_and_away_again(
    front_end: FrontEnd, here: Machine, tmp_path: Path
) -> None:
    card = show(front_end, here, "repr(w), w.get_state()")
    choose_desktop(card)

    card.connected(here.token)
    details = desktop(card)

    assert ssh(details, "whoami", folder=tmp_path).stdout == f"{here.user}\n"
    assert details["desktop"]["viewer_address"] == "localhost:1"
    expect(card.part("desktop-server")).to_contain_text("TigerVNC 1.")
    password = details["desktop"]["password"]
    card.open_tab("desktop")
    expect(card.part("vnc-password")).not_to_contain_text(password)
    with forwarded(details, tmp_path) as port, Viewer(port, password) as viewer:
        assert viewer.size == (1024, 700)
        eventually(lambda: viewer.picture().std() > 10)

    # A new kernel and a page loaded again show it without a click.
    notebook = card.notebook
    notebook.restart_kernel()
    notebook.reload()
    notebook.run_cell(0)
    card.wait_phase("connected")
    assert desktop(card) == details

    # The passwords are where they may be, and nowhere else.
    secrets = [details["desktop"]["password"], details["desktop"]["view_only_password"]]
    notebook.run_cell(1)
    saved = json.dumps(notebook.save()) + notebook.cell_output_text(1)
    assert not any(secret in saved for secret in secrets)
    runtime = Path(here.environment["XDG_RUNTIME_DIR"])
    assert find_in_files(secrets, here.folder, runtime, Path("/tmp"), Path("/run")) == []
    assert find_in_processes(secrets) == []

    card.open_tab("desktop")
    card.open_details()
    card.part("desktop-remove").click()
    expect(card.part("forward-command")).to_have_count(0, timeout=TIMEOUT_MS)
    card.wait_shown("desktop-add")
    assert ssh(details, "whoami", folder=tmp_path).stdout == f"{here.user}\n"
    assert here.status()["desktop"] is None


# In the gate, tests/system/test_desktop.py adds one beside SSH, desktop.test.ts of the card clicks
# for it, and the test above shows its details.
@pytest.mark.slow
def test_a_desktop_is_added_to_what_is_there(
    front_end: FrontEnd, here: Machine, tmp_path: Path
) -> None:
    card = show(front_end, here, "w.vnc, w.geometry, w.desktop = 'tigervnc', '800x600', False")
    card.connected(here.token)
    before = card.details()
    card.notebook.run_cell(1)

    card.open_tab("desktop")
    card.part("desktop-add").click()
    details = desktop(card)

    assert card.details() == before
    password = details["desktop"]["password"]
    with forwarded(details, tmp_path) as port, Viewer(port, password) as viewer:
        assert viewer.size == (800, 600)
    with card.notebook.page.expect_download() as download:
        card.open_details()
        card.part("download-tigervnc").click()
    assert download.value.suggested_filename == "colabwidget.tigervnc"
    assert "ServerName=localhost:1\n" in Path(download.value.path()).read_text()
    card.disconnect()
    expect(card.part("vnc-password")).to_have_count(0)


@CLASSIC_FIRST
def test_what_cannot_be_is_said_and_nothing_is_lost(front_end: FrontEnd, here: Machine) -> None:
    card = show(front_end, here)
    choose_desktop(card)
    card.part("geometry").fill("huge")

    card.connect(here.token)

    expect(card.part("geometry")).to_have_value("huge", timeout=TIMEOUT_MS)
    expect(card.root).to_contain_text("That is not a size of a desktop.", timeout=TIMEOUT_MS)
    card.part("geometry").fill("1024x700")
    card.part("ssh").uncheck()
    card.part("token").fill(here.token)
    card.part("connect").click()
    expect(card.root).to_contain_text("The desktop is reached through SSH")
    expect(card.part("token")).to_have_value(here.token)
    assert here.backend_pid() is None
