"""The main job: a notebook in a browser, a token, a click, and a real ssh client is in."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.kit.browser.card import show
from tests.kit.browser.front_ends import CLASSIC_FIRST, FrontEnd
from tests.kit.machine.machine import Machine
from tests.kit.machine.ssh_client import ssh, ssh_session

ROOT = Path(__file__).parents[2]


@pytest.mark.long
@CLASSIC_FIRST
def test_from_a_token_to_a_shell_and_again_after_restart_and_reload(
    front_end: FrontEnd, here: Machine, tmp_path: Path
) -> None:
    """Done: the kernel is restarted. Seen: Run the cell again: the same session and details."""
    card = show(front_end, here)
    notebook = card.notebook

    card.connect(here.token, region="eu")
    expect(card.part("token")).to_have_count(0)
    card.wait_phase("connected")
    details = card.details()
    assert ssh(details, "whoami", folder=tmp_path).stdout == f"{here.user}\n"
    assert "Connected after" in "\n".join(card.whole_log())

    notebook.restart_kernel()
    notebook.reload()
    # No click since: the connection has outlived the kernel and the page.
    assert ssh(details, "whoami", folder=tmp_path).stdout == f"{here.user}\n"

    notebook.run_cell(0)
    card.wait_phase("connected")
    assert card.details() == details

    card.disconnect()
    expect(card.part("token")).to_have_value("")
    expect(card.part("region")).to_have_value("eu")
    assert ssh(details, "whoami", folder=tmp_path).returncode == 255
    assert front_end.foreign_requests == []
    assert here.token not in "".join(front_end.errors)


@CLASSIC_FIRST
def test_who_is_in_is_on_the_card_and_is_ended_there(
    front_end: FrontEnd, here: Machine, tmp_path: Path
) -> None:
    card = show(front_end, here)
    card.connected(here.token)
    expect(card.part("closing")).to_contain_text("if no client signs in")
    details = card.details()

    with ssh_session(details, tmp_path) as session:
        expect(card.part("standing")).to_contain_text("1 signed in from 127.0.0.1")
        card.open_details()
        expect(card.part("present")).to_contain_text("from 127.0.0.1")
        expect(card.part("closing")).to_have_count(0)
        card.part("end-ssh").click()
        assert session.wait(20) == 255
    expect(card.part("present")).to_have_count(0)
    expect(card.part("standing")).to_have_count(0)

    card.part("never-close").click()
    expect(card.part("closing")).to_have_count(0)
    card.part("new-passwords").click()
    card.part("change-keep").click()
    card.part("show-password").click()
    expect(card.part("password")).not_to_have_text(details["ssh"]["password"])
    assert ssh(card.details(), "whoami", folder=tmp_path).stdout == f"{here.user}\n"
    assert here.token not in "".join(front_end.errors)
    card.disconnect()


@CLASSIC_FIRST
def test_nobody_is_thrown_out_without_a_question(
    front_end: FrontEnd, here: Machine, tmp_path: Path
) -> None:
    card = show(front_end, here)
    card.connected(here.token)

    with ssh_session(card.details(), tmp_path) as session:
        card.part("disconnect").click()
        card.wait_shown("disconnect-confirm")
        card.part("disconnect-keep").click()
        expect(card.part("disconnect-confirm")).to_have_count(0)
        card.wait_phase("connected")
        assert session.poll() is None

        card.part("disconnect").click()
        card.part("disconnect-confirm").click()
        card.wait_phase("idle")
        assert session.wait(20) == 255


@CLASSIC_FIRST
def test_options_that_cannot_be_used_are_explained_without_a_traceback(
    front_end: FrontEnd, here: Machine
) -> None:
    notebook = front_end.open_notebook(
        ["import colabwidget\ncolabwidget.ConnectWidget(region='moon')"]
    )
    notebook.run_cell(0)

    text = notebook.cell_output_text(0)
    assert text.startswith("ngrok has no region 'moon'.\n")
    assert "Traceback" not in text
