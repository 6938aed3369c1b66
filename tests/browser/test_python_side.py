"""The widget in the hands of a program: in cells that go on, connecting by itself, among others."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.kit.browser.card import Card
from tests.kit.browser.front_ends import CLASSIC_FIRST, TIMEOUT_MS, FrontEnd
from tests.kit.machine.machine import Machine
from tests.kit.machine.ssh_client import ssh

ON_LAB = pytest.mark.parametrize("front_end", ["lab"], indirect=True)
ON_CLASSIC = pytest.mark.parametrize("front_end", ["classic"], indirect=True)

# A cell that shows the widget and goes on until a file is there.
GOES_ON = """
import colabwidget, pathlib, time
w = colabwidget.ConnectWidget(user={user!r}, {more})
display(w)
while not pathlib.Path({flag!r}).exists():
    time.sleep(0.1)
print("ended")
"""


class Going:
    """A cell that has shown the widget and still runs."""

    def __init__(self, front_end: FrontEnd, machine: Machine, folder: Path, more: str = "") -> None:
        front_end.grant_clipboard()
        self._flag = folder / "end"
        code = GOES_ON.format(user=machine.user, more=more, flag=str(self._flag))
        self.notebook = front_end.open_notebook([code])
        self.notebook.run_cell(0, wait=False)
        self.card = Card(self.notebook)

    def still(self) -> None:
        assert "ended" not in self.notebook.cell_output_text(0), "the cell still ran"

    def end(self) -> None:
        self._flag.touch()
        self.notebook.wait_idle()
        assert self.notebook.cell_output_text(0).endswith("ended\n")


@CLASSIC_FIRST
def test_it_connects_by_itself_while_its_cell_goes_on(
    front_end: FrontEnd, here: Machine, tmp_path: Path
) -> None:
    more = "tunnel='direct', address='127.0.0.1', auto_connect=True"
    going = Going(front_end, here, tmp_path, more)
    card = going.card

    card.wait_phase("connected")
    details = card.details()
    assert ssh(details, "whoami", folder=tmp_path).stdout == f"{here.user}\n"
    card.open_log()
    expect(card.part("log")).to_contain_text("Connected after")
    going.still()

    going.end()
    card.disconnect()
    # Opened again, it waits for its user.
    going.notebook.save()
    going.notebook.reload()
    expect(card.root.first).to_have_attribute("data-phase", "idle", timeout=TIMEOUT_MS)
    assert here.status()["phase"] == "idle"


@ON_LAB
def test_clicks_are_answered_while_its_cell_goes_on(
    front_end: FrontEnd, here: Machine, tmp_path: Path
) -> None:
    here.agent(delay_s=2)
    going = Going(front_end, here, tmp_path)
    card = going.card

    card.connect(here.token)
    expect(card.part("log")).to_contain_text("sshd", timeout=TIMEOUT_MS)
    card.wait_phase("connected")
    card.disconnect()

    going.still()
    going.end()


@ON_CLASSIC
def test_where_clicks_wait_for_its_cell_it_says_so(
    front_end: FrontEnd, here: Machine, tmp_path: Path
) -> None:
    going = Going(front_end, here, tmp_path)
    card = going.card

    card.connect(here.token)
    card.wait_shown("clicks-wait")
    expect(card.part("clicks-wait")).to_contain_text("between cells")
    going.still()

    going.end()
    card.wait_phase("connected")
    expect(card.part("clicks-wait")).to_have_count(0)


@ON_LAB
def test_without_a_token_it_asks_for_it_and_a_cell_can_wait(
    front_end: FrontEnd, here: Machine
) -> None:
    front_end.grant_clipboard()
    make = (
        f"import colabwidget\nw = colabwidget.ConnectWidget(user={here.user!r}, auto_connect=True)"
    )
    notebook = front_end.open_notebook([f"{make}\nw", "w.wait(timeout=60).ssh.command"])
    card = Card(notebook)
    notebook.run_cell(0)

    expect(card.part("field-error")).to_contain_text("Paste your authtoken", timeout=TIMEOUT_MS)
    assert here.backend_pid() is None
    notebook.run_cell(1, wait=False)
    card.connected(here.token)

    notebook.wait_idle()
    assert notebook.cell_output_text(1) == repr(card.copied("copy-command"))


AMONG_OTHERS = """
import colabwidget, ipywidgets
w = colabwidget.ConnectWidget(user={user!r})
out = ipywidgets.Output()
with out:
    display(w)
region = ipywidgets.Dropdown(options=["", "eu", "jp"])
ipywidgets.link((region, "value"), (w, "region"))
ipywidgets.VBox([region, w, out])
"""
INTERACT = """
@ipywidgets.interact(desktop=False)
def shown(desktop):
    w.desktop = desktop
    display(w)
"""


@pytest.mark.slow
@ON_LAB
def test_it_is_the_same_in_every_view_and_among_other_widgets(
    front_end: FrontEnd, here: Machine
) -> None:
    code = [
        AMONG_OTHERS.format(user=here.user),
        INTERACT,
        "w.region = 'eu'",
        "w.user, w.desktop",
        "w.close()",
    ]
    notebook = front_end.open_notebook(code)
    for index in (0, 1, 2):
        notebook.run_cell(index)
    views = [notebook.widget_locator(0).get_by_test_id("card").nth(number) for number in (0, 1)]
    views.append(notebook.widget_locator(1).get_by_test_id("card"))

    for view in views:
        expect(view.get_by_test_id("region")).to_have_value("eu")
    views[2].get_by_test_id("region").select_option("jp")
    for view in views[:2]:
        expect(view.get_by_test_id("region")).to_have_value("jp")
    expect(notebook.widget_locator(0).locator(".widget-dropdown select")).to_have_value("jp")

    notebook.widget_locator(1).locator(".widget-checkbox input").check()
    for view in views[:2]:
        expect(view.get_by_test_id("desktop")).to_be_checked()
    # What cannot be stays where it was typed, and the widget is none the worse for it.
    views[0].get_by_test_id("more").click()
    views[0].get_by_test_id("user").fill("Ada Lovelace")
    views[0].get_by_test_id("user").press("Tab")
    views[0].get_by_test_id("token").fill(here.token)
    views[0].get_by_test_id("connect").click()
    expect(views[0].get_by_test_id("field-error")).to_be_visible(timeout=TIMEOUT_MS)
    expect(views[0].get_by_test_id("user")).to_have_value("Ada Lovelace")
    notebook.run_cell(3)
    assert notebook.cell_output_text(3) == f"({here.user!r}, True)"
    assert here.backend_pid() is None

    notebook.run_cell(4)
    expect(notebook.page.get_by_test_id("card")).to_have_count(0)
