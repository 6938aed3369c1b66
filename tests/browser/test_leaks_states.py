"""No secret survives anywhere it should not, in the states and faces that a session can have."""

from __future__ import annotations

import json
import os
import re
import signal
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.kit.browser.card import Card
from tests.kit.browser.front_ends import TIMEOUT_MS, FrontEnd
from tests.kit.browser.inside_card import DesktopInCard, TerminalInCard
from tests.kit.browser.leak_scan import leaks, loud_card
from tests.kit.fault_matrix import Scene
from tests.kit.machine.machine import DESKTOP_TEST, Machine
from tests.kit.machine.tokens import new_token
from tests.kit.waiting import eventually

CELL = 1  # of the card
# Copy buttons of what guests need to know.
GUEST_PASSWORDS = re.compile(r"^copy-.+-[01]$")
PASSWORDS = ("copy-password", "copy-vnc-password", "copy-view-only-password")


class Watched:
    """A session whose secrets are searched for in each of its states."""

    def __init__(self, card: Card, machine: Machine) -> None:
        self.card = card
        self.machine = machine
        self.secrets = [machine.token]
        self.seen: list[str] = []

    def state(self, name: str, *, whole: bool = False) -> None:
        found = leaks(self.machine, self.card.notebook, self.secrets, whole=whole)
        # The tunnel's program reads the token from a file of its own while it starts.
        if name in ("working", "reconnecting"):
            found = [place for place in found if not self.is_private(Path(place))]
        assert found == [], name
        self.seen.append(name)

    def is_private(self, path: Path) -> bool:
        """Whether a file is gone by now, or for root alone and in the session's own folder."""
        if path.name != "ngrok.yml" or path.parent.name != "session":
            return False
        return not path.exists() or path.stat().st_mode & 0o077 == 0

    def learn(self, *buttons: str) -> list[str]:
        found = [self.card.copied(button) for button in buttons]
        self.secrets += found
        return found

    def type_a_secret(self) -> None:
        """Something is typed into the shell inside the card that it does not show."""
        self.card.open_tab("terminal")
        self.card.open_inside("terminal")
        terminal = TerminalInCard(self.card.notebook, CELL).ready()
        self.secrets.append(new_token())
        terminal.type("echo as''ks; read -rs x; echo re''ad-${#x}\n")
        terminal.says("asks")  # an Enter before it would be the line editor's
        terminal.type(f"{self.secrets[-1]}\n")
        terminal.says(f"read-{len(self.secrets[-1])}")


def invite(watched: Watched, sees: str) -> None:
    """A colleague is invited by a one-time password; to a desktop, with one of VNC as well."""
    card = watched.card
    card.open_details()
    if card.part("invite-form").count() == 0:
        card.part("invite").click()
    card.part("invite-sees").select_option(sees)
    before = card.root.get_by_test_id(GUEST_PASSWORDS).count()
    card.part("invite-make").click()
    wanted = before + (2 if sees == "desktop" else 1)
    expect(card.root.get_by_test_id(GUEST_PASSWORDS)).to_have_count(wanted, timeout=TIMEOUT_MS)
    found = card.root.get_by_test_id(GUEST_PASSWORDS).all()
    watched.learn(*(str(each.get_attribute("data-testid")) for each in found))
    watched.state(f"a guest is invited to see {sees}")


def connect(watched: Watched) -> None:
    """From the form with a token in it to a session."""
    card, machine = watched.card, watched.machine
    machine.agent(delay_s=2)
    card.connect(machine.token)
    card.wait_phase("working")
    watched.state("working")
    card.wait_phase("connected")


def change_passwords(watched: Watched, *buttons: str) -> None:
    """New passwords are made; the old ones count as secrets still."""
    card = watched.card
    card.open_details()
    card.part("new-passwords").click()
    card.part("change-keep").click()
    old = {*watched.secrets}
    eventually(lambda: card.copied(buttons[0]) not in old)
    watched.learn(*buttons)
    assert not {*watched.secrets[-len(buttons) :]} & old


def lose_the_way(watched: Watched, folder: Path) -> None:
    """The tunnel's program is killed, and comes back with another address."""
    watched.machine.agent(delay_s=4)
    os.kill(Scene(watched.machine, folder).child("ngrok"), signal.SIGKILL)
    watched.card.wait_phase("reconnecting")
    watched.state("reconnecting")
    watched.card.wait_phase("connected")
    watched.state("moved")


@pytest.mark.slow
@pytest.mark.parametrize("front_end", ["lab", "classic"], indirect=True)
@DESKTOP_TEST[0]
@DESKTOP_TEST[1]
def test_nothing_leaks_in_any_state(front_end: FrontEnd, here: Machine, tmp_path: Path) -> None:
    card = loud_card(front_end, here)
    watched = Watched(card, here)
    card.part("more").click()
    card.part("desktop").check()
    connect(watched)
    card.open_tab("desktop")
    card.wait_shown("copy-vnc-password")
    watched.learn(*PASSWORDS)
    watched.state("connected, with a desktop", whole=True)
    watched.type_a_secret()
    watched.state("a terminal in the cell")
    card.part("close-terminal").click()
    invite(watched, "watch")
    invite(watched, "desktop")
    card.open_tab("desktop")
    card.open_inside("desktop")
    DesktopInCard(card.notebook, CELL).ready()
    watched.state("a desktop in the cell", whole=True)
    change_passwords(watched, *PASSWORDS)
    watched.state("new passwords")
    lose_the_way(watched, tmp_path)
    card.disconnect()
    watched.state("disconnected", whole=True)
    assert len(watched.seen) == 10


@pytest.mark.slow
@pytest.mark.parametrize("front_end", ["frames"], indirect=True)
def test_nothing_leaks_from_a_frame_of_another_origin(
    front_end: FrontEnd, here: Machine, tmp_path: Path
) -> None:
    card = loud_card(front_end, here)
    watched = Watched(card, here)
    connect(watched)
    watched.learn("copy-password")
    watched.state("connected")
    # What the page outside the frame holds of the widget is what a notebook would keep.
    traits = front_end_traits(card)
    assert "connected" in traits
    assert not [secret for secret in watched.secrets if secret in traits]
    watched.type_a_secret()
    watched.state("a terminal in the cell")
    invite(watched, "type")
    change_passwords(watched, "copy-password")
    watched.state("new passwords")
    lose_the_way(watched, tmp_path)
    card.disconnect()
    watched.state("disconnected")
    traits = front_end_traits(card)
    assert not [secret for secret in watched.secrets if secret in traits]


def front_end_traits(card: Card) -> str:
    """What the page that holds the frames knows of its widgets."""
    return json.dumps(card.notebook.page.evaluate("() => [...rig.models.values()]"))
