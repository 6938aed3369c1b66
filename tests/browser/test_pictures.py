"""Every state of the widget, light and dark, in JupyterLab (`make screenshots` keeps them)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from card import Card
from rfb import Viewer
from rig import FrontEnd
from support import Machine, ssh

# What a person might have open on the desktop.
AT_WORK = (
    "xfce4-terminal --geometry 90x24+60+60 -x sh -c 'vglrun glxinfo -B; exec bash'",
    "vglrun glxgears -geometry 420x420+1060+300",
    "thunar",
)
KEPT = os.environ.get("COLABWIDGET_PICTURES")


@pytest.mark.parametrize("front_end", ["lab"], indirect=True)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_state(front_end: FrontEnd, here: Machine, theme: str, tmp_path: Path) -> None:
    folder = Path(KEPT) if KEPT else tmp_path
    folder.mkdir(parents=True, exist_ok=True)

    def picture(state: str) -> None:
        suffix = "" if theme == "light" else "-dark"
        path = folder / f"{state}{suffix}.png"
        notebook.page.mouse.move(0, 0)
        notebook.cell_locator(0).screenshot(path=path, animations="disabled")
        assert path.stat().st_size > 5_000, "a picture of nothing"

    front_end.grant_clipboard()
    here.user = "cwdemo"
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

    card.part("disconnect").click()
    card.wait_phase("idle")
    here.agent()
    card.part("desktop").check()
    card.part("more").click()
    card.part("vnc").select_option("tigervnc")
    picture("desktop-form")

    card.connected(here.token)
    card.wait_shown("step-desktop")
    picture("desktop-working")

    card.wait_shown("forward-command")
    notebook.page.wait_for_timeout(500)
    picture("desktop")
    if theme == "light":
        desktop_at_work(card, folder, tmp_path)

    card.part("disconnect").click()
    card.wait_phase("idle")
    card.part("desktop").uncheck()
    card.part("more").click()
    here.agent(start_error_on_post="8013")
    card.connect(here.token)
    card.wait_phase("failed")
    card.wait_shown("error")
    notebook.page.wait_for_timeout(500)
    picture("failed")


def desktop_at_work(card: Card, folder: Path, tmp_path: Path) -> None:
    """A picture of the desktop itself, with some windows open."""
    details = card.details()
    port = int(card.copied("copy-forward").split("localhost:")[1].split()[0])
    for program in AT_WORK:
        command = f"DISPLAY=:{port - 5900} nohup {program} >/dev/null 2>&1 &"
        assert ssh(details, command, folder=tmp_path).returncode == 0
        card.notebook.page.wait_for_timeout(1500)
    with Viewer(port, card.copied("copy-vnc-password")) as viewer:
        viewer.picture(folder / "xfce.png")
