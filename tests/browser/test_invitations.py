"""A colleague is invited with clicks, comes in with a real client, and is ended with a click."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.test_leaks_states import CELL, Watched, connect
from tests.kit.browser.front_ends import FrontEnd
from tests.kit.browser.inside_card import TerminalInCard
from tests.kit.browser.leak_scan import loud_card
from tests.kit.machine.guest import guest_view
from tests.kit.machine.machine import Machine
from tests.kit.waiting import eventually


@pytest.mark.slow
@pytest.mark.parametrize("front_end", ["lab"], indirect=True)
def test_a_guest_is_invited_seen_and_turned_out(
    front_end: FrontEnd, here: Machine, tmp_path: Path
) -> None:
    card = loud_card(front_end, here)
    watched = Watched(card, here)
    connect(watched)
    card.open_details()
    card.part("invite").click()
    card.part("invite-make").click()
    expect(card.part("refused")).to_contain_text("There is no terminal to show.")
    card.part("refused-read").click()

    card.open_inside("terminal")
    terminal = TerminalInCard(card.notebook, CELL).ready()
    terminal.type("echo was-$((1 + 1))\n")
    terminal.says("was-2")
    card.part("invite-make").click()
    (one,) = eventually(lambda: here.status()["invitations"])
    name = one["name"]
    expect(card.part("invitations")).to_contain_text("is not in")
    watched.learn(f"copy-{name}-0")
    line, host_key = card.copied(f"copy-{name}").split("\n")
    told = {
        "name": name,
        "command": line,
        "known_hosts": here.status()["ssh"]["known_hosts"],
        "password": watched.secrets[-1],
    }
    assert host_key == f"# host key: {here.status()['ssh']['fingerprint']}"
    watched.state("invited", whole=True)
    with guest_view(told, tmp_path) as guest:
        guest.until("was-2")
        expect(card.part("invitations")).to_contain_text("is in")
        expect(card.part("present")).to_contain_text(name)
        terminal.type("echo now-$((1 + 2))\n")
        guest.until("now-3")
        card.part("revoke").click()
        guest.seconds_until_gone()
    expect(card.part("invitations")).to_have_count(0)
    watched.state("the invitation was revoked", whole=True)
    card.disconnect()
    watched.state("disconnected")
