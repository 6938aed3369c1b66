"""The moving picture at the head of the README; `make screenshots` makes it anew."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PIL import Image

from tests.kit.browser.card import Card
from tests.kit.browser.front_ends import FrontEnd
from tests.kit.browser.inside_card import DesktopInCard, TerminalInCard
from tests.kit.browser.moving_picture import MovingPicture
from tests.kit.machine.machine import ROOT, Machine
from tests.kit.machine.ssh_client import ssh

KEPT = os.environ.get("COLABWIDGET_PICTURES")
BYTES_MAX = 1_500_000
SIZE = (742, 700)
#: Has the account in its options, so that the cell in the picture does not.
BEFORE = """\
import functools, colabwidget
colabwidget.ConnectWidget = functools.partial(colabwidget.ConnectWidget, user={user!r})"""
CELL = "import colabwidget\n\ncolabwidget.ConnectWidget()"
TYPED = "head -n 1 /etc/os-release; nproc; echo Hello from here"
ON_THE_DESKTOP = (
    "thunar",
    "xfce4-terminal --hide-menubar --geometry 60x14+520+380",
)


@pytest.mark.slow
@pytest.mark.parametrize("front_end", ["lab"], indirect=True)
@pytest.mark.usefixtures("only_desktop")
def test_the_tour(front_end: FrontEnd, here: Machine, tmp_path: Path) -> None:
    here.user = "cwana"
    front_end.grant_clipboard()
    notebook = front_end.open_notebook([BEFORE.format(user=here.user), CELL])
    page = notebook.page
    page.set_viewport_size({"width": 1090, "height": 900})
    notebook.set_theme(dark=False)
    notebook.run_cell(0)
    notebook.run_cell(1)
    card = Card(notebook, 1)
    card.wait_shown("connect")
    page.wait_for_timeout(1000)  # JupyterLab scrolls to the cell that has run

    def to_the_top() -> None:
        page.mouse.move(0, 0)
        notebook.cell_locator(1).evaluate("each => each.scrollIntoView({block: 'start'})")
        page.wait_for_timeout(300)

    to_the_top()
    tour = MovingPicture(notebook.cell_locator(1), *SIZE)
    tour.take(2500)

    card.part("desktop").check()
    card.part("token").fill(here.token)
    here.agent(delay_s=2)
    to_the_top()
    tour.take(1200)
    card.part("connect").click()
    card.wait_shown("step-tunnel")
    # It names the folders of the test.
    card.part("log-toggle").click()
    for _ in range(6):
        tour.take(500)
        page.wait_for_timeout(350)
    card.wait_phase("connected")
    card.wait_shown("ssh-command")
    to_the_top()
    tour.take(3500)

    card.open_inside("terminal")
    terminal = TerminalInCard(notebook, 1).ready()
    page.wait_for_timeout(700)
    to_the_top()
    tour.take(800)
    terminal.stage.click()
    for word in TYPED.split(" "):
        page.keyboard.type(f"{word} ")
        page.wait_for_timeout(250)
        tour.take(250)
    page.keyboard.press("Enter")
    page.wait_for_timeout(800)
    tour.take(2500)
    card.part("open-terminal").click()

    card.part("details-toggle").click()
    card.open_tab("desktop")
    card.wait_shown("forward-command")
    to_the_top()
    tour.take(2500)
    details = card.details()
    display = here.status()["desktop"]["display"]
    card.open_inside("desktop")
    DesktopInCard(notebook, 1).ready()
    to_the_top()
    page.wait_for_timeout(2000)
    tour.take(1500)
    for program in ON_THE_DESKTOP:
        command = f"DISPLAY={display} nohup {program} >/dev/null 2>&1 &"
        assert ssh(details, command, folder=tmp_path).returncode == 0
        page.wait_for_timeout(2500)
        tour.take(1500)
    tour.take(2000)

    path = (ROOT / "docs" / "images" if KEPT else tmp_path) / "tour.webp"
    assert tour.keep(path) > 8
    card.disconnect()
    assert path.stat().st_size < BYTES_MAX


def test_the_kept_picture_moves_and_is_small() -> None:
    path = ROOT / "docs" / "images" / "tour.webp"
    assert path.stat().st_size < BYTES_MAX
    with Image.open(path) as picture:
        assert getattr(picture, "n_frames", 1) > 8
        assert picture.size == SIZE
