"""Pictures of every state, light and dark; `make screenshots` renews those that are kept.

Those of the harness's page differ only where the widget does, and are compared with the kept ones.
Those in JupyterLab show a machine as well, so they are made and not compared.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import RESULTS
from tests.kit.browser.card import Card
from tests.kit.browser.front_ends import TIMEOUT_MS, FrontEnd
from tests.kit.browser.moving_picture import show_a_users
from tests.kit.browser.pictures import compared, differs_from, drawn_with, keep
from tests.kit.browser.sheets import ROOT, Look, build_harness, sheet
from tests.kit.desktop.vnc_viewer import Viewer
from tests.kit.machine.machine import Machine
from tests.kit.machine.ssh_client import forwarded, ssh

IMAGES = ROOT / "docs" / "images"
#: What the kept pictures were made with.
DRAWN_WITH = IMAGES / "drawn-with.json"
STATES = {
    "form": "idle+direct+notice+more+desktop-form+missing+refused+desktop-needs-ssh+dead",
    "tunnels": "relay+trust-key+by-name+secret-missing+cloudflare+jump+more-ways+key-given"
    "+key-given-folded+pairing+attach+cloudflare-vscode+cloudflare-desktop+pairing-vscode"
    "+pairing-desktop+bridge",
    "session": "pending+working+search+unknown+connected+vscode+vscode-jump+putty+shown+keyonly"
    "+moved+question+windows-open+closing+present+closes-soon+new-passwords",
    "guests": "invite-form+invite-error+invited+shared+shared-form+unsealed+unsealed-changed",
    "desktop": "desktop-planned+desktop-idle+desktop-installing+desktop-ready+desktop-connected"
    "+desktop-shown+desktop-closing",
    "inside": "here-form+here-terminal+here-installing+here-desktop+here-closed+here-lost+inside",
    "files": "files-empty+files-sending+files-paused+files-asking+files-refused+files-many",
    "trouble": "reconnecting+restarted+unanswered+desktop-lost+desktop-failed+failed+kept"
    "+other-version+offers+line-to-copy",
}
SHEETS = {
    **{f"states-{name}": (scenes, Look()) for name, scenes in STATES.items()},
    **{f"states-{name}-dark": (scenes, Look("lab-dark")) for name, scenes in STATES.items()},
    "narrow": (
        "notice+desktop-form+trust-key+working+desktop-shown+cloudflare+reconnecting+offers+inside"
        "+restarted+present+closes-soon+invite-form+invited+pairing",
        Look("colab-dark", width=320),
    ),
    "files-narrow": ("files-sending+files-asking+files-many", Look("lab-dark", width=320)),
    "forced-colours": (
        "refused+working+desktop-connected+failed",
        Look("lab-dark", forced=True),
    ),
}
COLUMNS = 3
WIDE = 760  # pixels, as in a notebook

# What a person might have open on the desktop.
AT_WORK = (
    "xfce4-terminal --geometry 90x24+60+60 -x sh -c 'glxinfo -B | head -n 14; exec bash'",
    "glxgears -geometry 420x420+1060+300",
    "thunar",
)
KEPT = os.environ.get("COLABWIDGET_PICTURES")


def drawn(browser: Browser, scenes: str, look: Look) -> bytes:
    with sheet(browser, scenes, look, COLUMNS) as page:
        return page.screenshot(full_page=True, animations="disabled")


@pytest.fixture(scope="module")
def comparable(browser: Browser) -> None:
    """Pictures that are made here can be compared with the kept ones, or replace them."""
    build_harness()
    if KEPT:
        DRAWN_WITH.write_text(json.dumps(drawn_with(browser.version), indent=2) + "\n")
    elif why := differs_from(DRAWN_WITH, browser.version):
        pytest.skip(why)


@pytest.mark.usefixtures("comparable")
@pytest.mark.parametrize("name", SHEETS)
def test_every_state_looks_as_it_did(browser: Browser, name: str) -> None:
    picture = drawn(browser, *SHEETS[name])
    if KEPT:
        keep(picture, IMAGES / f"{name}.png")
    RESULTS.mkdir(exist_ok=True)

    assert not compared(picture, IMAGES / f"{name}.png", RESULTS / f"{name}.png")


#: One state in a page of the docs, without what stands around it on a sheet.
ALONE = {"leaving": ("question", Look(width=WIDE))}


@pytest.mark.usefixtures("comparable")
@pytest.mark.parametrize("name", ALONE)
def test_a_state_alone_looks_as_it_did(browser: Browser, name: str) -> None:
    scene, look = ALONE[name]
    with sheet(browser, scene, look) as page:
        picture = page.get_by_test_id("card").screenshot(animations="disabled")
    if KEPT:
        keep(picture, IMAGES / f"{name}.png")
    RESULTS.mkdir(exist_ok=True)

    assert not compared(picture, IMAGES / f"{name}.png", RESULTS / f"{name}.png")


@pytest.mark.usefixtures("comparable")
def test_a_small_difference_is_seen(browser: Browser, tmp_path: Path) -> None:
    scenes, look = "idle+connected", Look()
    kept = tmp_path / "kept.png"
    keep(drawn(browser, scenes, look), kept)
    assert not compared(drawn(browser, scenes, look), kept, tmp_path / "same.png")
    with sheet(browser, scenes, look, COLUMNS) as page:
        page.get_by_test_id("disconnect").evaluate("(each) => { each.textContent = 'Disconnecf' }")
        other = page.screenshot(full_page=True, animations="disabled")

    assert "is another one" in compared(other, kept, tmp_path / "other.png")


def test_every_state_is_in_a_picture(browser: Browser) -> None:
    build_harness()
    with sheet(browser, "idle") as page:
        every = page.locator("[aria-label=State] option").all_text_contents()

    shown = {scene for scenes in STATES.values() for scene in scenes.split("+")}
    assert shown == set(every) - {"asking"}


@pytest.mark.slow
@pytest.mark.parametrize("front_end", ["lab"], indirect=True)
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.usefixtures("only_desktop")
def test_every_state(front_end: FrontEnd, here: Machine, theme: str, tmp_path: Path) -> None:
    folder = Path(KEPT) if KEPT else tmp_path
    folder.mkdir(parents=True, exist_ok=True)

    def picture(state: str) -> None:
        suffix = "" if theme == "light" else "-dark"
        path = folder / f"{state}{suffix}.png"
        notebook.page.mouse.move(0, 0)
        shown = notebook.cell_locator(0)
        show_a_users(notebook.page)
        taken = shown.screenshot(animations="disabled")
        while show_a_users(notebook.page):  # drawn anew meanwhile
            taken = shown.screenshot(animations="disabled")
        keep(taken, path)
        assert path.stat().st_size > 5_000, "a picture of nothing"

    front_end.grant_clipboard()
    here.user = "ana"
    notebook = front_end.open_notebook(
        [f"import colabwidget\n\ncolabwidget.ConnectWidget(user={here.user!r})"]
    )
    notebook.page.set_viewport_size({"width": 1000, "height": 900})
    if theme == "dark":
        notebook.page.evaluate(
            "() => jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Dark'})"
        )
        notebook.page.wait_for_selector("body[data-jp-theme-light=false]", state="attached")
    notebook.run_cell(0)
    card = Card(notebook)
    card.wait_shown("connect")
    picture("form")

    here.agent(delay_s=3)
    card.connect(here.token)
    card.wait_shown("step-tunnel")
    card.wait_shown("log")
    notebook.page.wait_for_timeout(500)
    picture("working")

    card.wait_phase("connected")
    card.wait_shown("ssh-command")
    notebook.page.wait_for_timeout(500)
    picture("connected")

    card.disconnect()
    here.agent()
    card.part("desktop").check()
    card.part("more").click()
    card.part("vnc").select_option("tigervnc")
    picture("desktop-form")

    card.connected(here.token)
    card.open_tab("desktop")
    working, ready = card.part("step-desktop"), card.part("forward-command")
    expect(working.or_(ready).first).to_be_visible(timeout=TIMEOUT_MS)
    if working.is_visible():  # a quick desktop is ready before its tab is open
        picture("desktop-working")

    card.wait_shown("forward-command")
    notebook.page.wait_for_timeout(500)
    picture("desktop")
    if theme == "light":
        desktop_at_work(card, here, folder, tmp_path)

    card.disconnect()
    card.part("desktop").uncheck()
    card.part("more").click()
    here.agent(start_error_on_post="8013")
    card.connect(here.token)
    card.wait_phase("failed")
    card.wait_shown("error")
    notebook.page.wait_for_timeout(500)
    picture("failed")

    card.open_inside("desktop")
    desktop = card.part("inside-desktop").get_by_test_id("stream")
    expect(desktop).to_have_attribute("data-ready", "true", timeout=TIMEOUT_MS)
    notebook.page.wait_for_timeout(3000)
    picture("in-the-cell")
    card.disconnect()


def desktop_at_work(card: Card, here: Machine, folder: Path, tmp_path: Path) -> None:
    """A picture of the desktop itself, with some windows open."""
    details = {**card.details(), "desktop": {"forward_command": card.copied("copy-forward")}}
    password = card.copied("copy-vnc-password")
    display = here.status()["desktop"]["display"]
    for program in AT_WORK:
        command = f"DISPLAY={display} nohup {program} >/dev/null 2>&1 &"
        assert ssh(details, command, folder=tmp_path).returncode == 0
        card.notebook.page.wait_for_timeout(1500)
    with forwarded(details, tmp_path) as port, Viewer(port, password) as viewer:
        viewer.picture(folder / "xfce.png")
