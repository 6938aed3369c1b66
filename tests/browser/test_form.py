"""Bad input: each has its own clear error, and the form keeps the rest.

What the form itself refuses is the same code in every front end: each of these is tried in one.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.kit.browser.card import Card, show
from tests.kit.browser.front_ends import CLASSIC_FIRST, LAB_FIRST, FrontEnd
from tests.kit.machine.machine import Machine
from tests.kit.machine.tokens import find_in_files


@pytest.fixture
def card(front_end: FrontEnd, here: Machine) -> Card:
    return show(front_end, here, "w.region, w.ssh, w.user, w.phase")


def refused(card: Card, words: str) -> None:
    """The form is there still, and says what is wrong beside the field."""
    expect(card.part("field-error")).to_contain_text(words)
    expect(card.part("connect")).to_be_visible()
    assert card.root.get_attribute("data-phase") in ("idle", "failed")


@pytest.mark.parametrize("front_end", ["lab"], indirect=True)
def test_nothing_pasted_and_then_a_broken_key(card: Card, here: Machine) -> None:
    card.part("region").select_option("jp")
    card.part("connect").click()

    expect(card.part("field-error")).to_be_visible()
    expect(card.part("region")).to_have_value("jp")
    assert here.backend_pid() is None

    # It stays to be mended.
    card.part("more").click()
    card.part("public-key").fill("ssh-ed25519 AAAAC3NzaC1lZDI1 me@home")
    card.connect(here.token)

    refused(card, "not a public key")
    expect(card.part("public-key")).to_have_value("ssh-ed25519 AAAAC3NzaC1lZDI1 me@home")


@pytest.mark.parametrize("front_end", ["classic"], indirect=True)
def test_not_a_token_and_then_no_ssh(card: Card, here: Machine) -> None:
    card.connect("two words", region="sa")

    refused(card, "not an ngrok authtoken")
    expect(card.part("token")).to_have_value("")
    expect(card.part("region")).to_have_value("sa")
    assert here.backend_pid() is None

    card.part("ssh").uncheck()
    card.connect(here.token)

    refused(card, "Switch SSH on")
    assert here.backend_pid() is None


@CLASSIC_FIRST
def test_the_whole_command_line_and_enter(card: Card, here: Machine) -> None:
    card.part("token").fill(f'ngrok config add-authtoken "{here.token}" ')
    card.part("token").press("Enter")

    card.wait_phase("connected")
    card.notebook.run_cell(1)
    assert "'connected'" in card.notebook.cell_output_text(1)


@CLASSIC_FIRST
def test_a_private_key(card: Card, here: Machine, tmp_path: Path) -> None:
    key = tmp_path / "id"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    body = key.read_text().splitlines()[2]
    card.part("more").click()
    card.part("public-key").fill(key.read_text())
    card.connect(here.token, region="in")

    refused(card, "private key")
    expect(card.part("region")).to_have_value("in")
    expect(card.part("public-key")).to_have_value("")
    card.notebook.save()
    assert not find_in_files([body], here.folder, Path(here.environment["XDG_RUNTIME_DIR"]))


@dataclass(frozen=True)
class Failure:
    """Why a connection fails: the agent's behaviour, the error's code, and if it is the token's."""

    faults: dict[str, object]
    code: str
    of_token: bool = False


FAILURES = {
    "lab": (
        Failure({"auth_error": "105"}, "ngrok_105", of_token=True),
        Failure({"auth_error": "4018"}, "ngrok_4018", of_token=True),
        Failure({"start_error_on_post": "8013"}, "ngrok_8013"),
        Failure({"no_network": True}, "no_network"),
        Failure({"exit_at_once": 1}, "agent_exited"),
    ),
    "classic": (
        Failure({"start_error_on_post": "8013"}, "ngrok_8013"),
        Failure({"forward_nowhere": True}, "tunnel_quota"),
    ),
}


@LAB_FIRST
def test_a_failure_says_what_why_and_what_to_do(
    card: Card, here: Machine, front_end: FrontEnd
) -> None:
    """The next attempt works after each of them, and asks for a token only where that failed."""
    for number, failure in enumerate(FAILURES[front_end.name]):
        here.agent(**failure.faults)
        card.connect(here.token, region="au")
        card.wait_phase("failed")

        expect(card.part("error")).to_have_attribute("data-code", failure.code)
        expect(card.part("token-kept")).to_have_count(0 if failure.of_token else 1)
        here.agent()
        if failure.of_token:
            card.part("try-again").click()
            expect(card.part("region")).to_have_value("au")
            card.connect(here.token)
        elif number % 2:
            card.part("try-again").click()
        else:
            card.part("edit").click()
            expect(card.part("region")).to_have_value("au")
            expect(card.part("token")).to_have_value("")
            card.part("connect").click()
        card.wait_phase("connected")
        card.disconnect()
        expect(card.part("region")).to_have_value("au")
