"""The desktop and the terminal inside the card: real shells, a real desktop, a real browser."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.modes import ECB
from playwright.sync_api import expect

from tests.kit.browser.card import Card
from tests.kit.browser.desktop_view import listen
from tests.kit.browser.files_view import FilesInCard
from tests.kit.browser.front_ends import LAB_FIRST, TIMEOUT_MS, FrontEnd, Lab
from tests.kit.browser.inside_card import DesktopInCard, TerminalInCard
from tests.kit.machine.machine import DESKTOP_TEST, Machine

CELL = "import colabwidget\nw = colabwidget.ConnectWidget({})\nw"
# Of a desktop that is the notebook's own account's.
PASSWORDS = Path("/run/colabwidget-root/passwd")
SAVED_MAX = 14_000  # characters of a notebook with its widgets


def vnc_passwords() -> list[bytes]:
    """Those of the desktop, as its VNC server has them.

    Each is a block of DES, with a key that all VNC servers have.
    """
    key = bytes(int(f"{byte:08b}"[::-1], 2) for byte in (23, 82, 107, 6, 35, 78, 88, 7))
    clear = Cipher(TripleDES(3 * key), ECB()).decryptor().update(PASSWORDS.read_bytes())
    secrets = [clear[:8], clear[8:]]
    assert all(re.fullmatch(rb"[A-Za-z0-9]{8}", secret) for secret in secrets)
    return secrets


def show(front_end: FrontEnd, options: str = "") -> Card:
    notebook = front_end.open_notebook([CELL.format(options), "print(w.tunnel, w.phase)"])
    notebook.run_cell(0)
    return Card(notebook)


def test_a_terminal_alone_takes_no_session(lab: Lab) -> None:
    card = show(lab, "tunnel=None")
    assert card.part("token").count() == card.part("region").count() == 0
    card.open_inside("terminal")

    terminal = TerminalInCard(card.notebook).ready()
    # Who has asked for it wants to type.
    expect(terminal.field).to_be_focused()
    card.notebook.page.keyboard.type("mark=here; echo $((6 * 7))-answers\n")
    terminal.says("42-answers")
    card.notebook.run_cell(1)
    assert card.notebook.cell_output_text(1).split() == ["none", "idle"]

    card.notebook.save()
    card.notebook.reload()
    terminal.ready().says("42-answers")
    card.part("close-terminal").click()
    expect(card.part("inside-terminal")).to_have_count(0)
    card.open_inside("terminal")
    terminal.ready().says("42-answers")
    terminal.type("echo $mark-$((1 + 1))\n")
    terminal.says("here-2")
    # The keys that lead out of it.
    card.notebook.page.keyboard.press("Control+Shift+.")
    expect(terminal.field).not_to_be_focused()
    terminal.root.get_by_role("button", name="End shell").click()
    terminal.root.get_by_role("button", name="End it").click()
    expect(terminal.root.get_by_test_id("stream-say")).to_contain_text("The shell has ended.")
    assert lab.errors == []


@LAB_FIRST
@DESKTOP_TEST[0]
@DESKTOP_TEST[1]
def test_the_desktop_is_in_the_card_and_nothing_is_open_to_the_outside(
    front_end: FrontEnd, here: Machine, tmp_path: Path
) -> None:
    came: list[bytes] = []
    front_end.context.on("page", lambda page: page.on("websocket", lambda one: listen(one, came)))
    card = show(front_end, "geometry='1024x700', vnc='tigervnc'")
    card.open_inside("desktop")

    desktop = DesktopInCard(card.notebook)
    desktop.drawn()
    assert (desktop.pixels()["width"], desktop.pixels()["height"]) == (1024, 700)
    card.wait_phase("connected")
    assert card.part("ssh-command").count() == 0
    # What is shown is as wide as the output lets it be, unlike the rest of the card.
    widths = [card.root.bounding_box(), desktop.root.bounding_box()]
    assert all(box and box["width"] > 770 for box in widths)
    assert len(came) > 50
    secrets = vnc_passwords()
    assert len({*secrets}) == 2
    assert not [secret for secret in secrets for one in came if secret in one]

    saved = card.notebook.save()
    assert len(json.dumps(saved)) < SAVED_MAX
    card.notebook.reload()
    desktop.drawn()
    card.open_inside("terminal")
    terminal = TerminalInCard(card.notebook).ready()
    terminal.type("echo $((6 * 7))-answers\n")
    terminal.says("42-answers")

    # What is dropped on its picture arrives, and the picture stays.
    letter = tmp_path / "letter.txt"
    letter.write_text("dear")
    files = FilesInCard(card.notebook)
    files.drop([letter], desktop.stage)
    files.ready().wait("done", "1 file arrived")
    assert (card.notebook.path.parent / "letter.txt").read_text() == "dear"
    desktop.drawn()

    card.part("close-desktop").click()
    expect(card.part("inside-desktop")).to_have_count(0)
    card.open_inside("desktop")
    desktop.drawn()
    card.disconnect()
    expect(card.part("inside-desktop")).to_have_count(0)
    terminal.type("echo $((6 * 7))-goes-on\n")
    terminal.says("42-goes-on")
    # Classic Notebook says this of what comes before a page that is loaded again has its widgets.
    errors = [each for each in front_end.errors if "Comm promise not found" not in each]
    assert errors == []


@pytest.mark.slow
@pytest.mark.parametrize("front_end", ["lab"], indirect=True)
def test_a_terminal_beside_the_details_is_the_account_s(front_end: FrontEnd, here: Machine) -> None:
    here.connect(tunnel="direct")
    card = show(front_end)
    card.wait_phase("connected")
    card.open_inside("terminal")
    terminal = TerminalInCard(card.notebook).ready()
    terminal.type("echo $(id -un)-$((6 * 7))\n")
    terminal.says(f"{here.user}-42")
    # Each view of the widget has a stream of its own.
    card.notebook.save()
    other = Card(front_end.open_file(card.notebook.path))
    expect(other.root).to_have_attribute("data-phase", "connected", timeout=TIMEOUT_MS)
    same = TerminalInCard(other.notebook).ready()
    same.says(f"{here.user}-42")
    same.type("echo $((6 * 7))-both\n")
    same.says("42-both")
    card.notebook.page.bring_to_front()
    terminal.says("42-both")
    # Its shell ends with the session: no page keeps an empty view.
    card.disconnect()
    for each in (card, other):
        expect(each.part("inside-terminal")).to_have_count(0)
    assert front_end.errors == []
