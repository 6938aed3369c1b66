"""No secret survives anywhere it should not."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.kit.browser.front_ends import CLASSIC_FIRST, LAB_FIRST, FrontEnd
from tests.kit.browser.leak_scan import HEARD, LOUD, PRINT_HEARD, leaks, loud_card
from tests.kit.browser.other_client import other_client
from tests.kit.browser.terminal_view import CELL as TERMINAL
from tests.kit.browser.terminal_view import Shown
from tests.kit.machine.machine import Machine
from tests.kit.machine.ssh_client import ssh_session
from tests.kit.machine.tokens import find_in_processes, new_token
from tests.kit.waiting import eventually

PLANTED = """
async (secret) => {
  localStorage.planted = secret;
  history.replaceState({ secret }, "", `#${secret}`);
  document.body.dataset.planted = secret;
  const request = indexedDB.open("planted");
  await new Promise((resolve) => {
    const autoIncrement = true;
    request.onupgradeneeded = () => request.result.createObjectStore("rows", { autoIncrement });
    request.onsuccess = resolve;
  });
  const rows = request.result.transaction("rows", "readwrite").objectStore("rows");
  await new Promise((resolve) => (rows.add(secret).onsuccess = resolve));
  request.result.close();
}
"""


@pytest.mark.long
@LAB_FIRST
def test_nothing_leaks_while_connected_and_after(
    front_end: FrontEnd, here: Machine, tmp_path: Path
) -> None:
    python = "repr(w), w.get_state(), w.steps, colabwidget.connect()"
    card = loud_card(front_end, here, python, TERMINAL)
    notebook = card.notebook

    with other_client(front_end.server.home / "jupyter-runtime") as other:
        here.agent(delay_s=2)
        card.connect(here.token)
        card.wait_phase("working")
        found = leaks(here, notebook, [here.token])
        # The agent has the token from a private file, for as long as it starts.
        assert [place for place in found if not place.endswith("/session/ngrok.yml")] == []
        card.wait_phase("connected")
        details = card.details()
        card.open_details()
        card.part("attach").locator("summary").click()
        secrets = [here.token, details["ssh"]["password"], card.copied("copy-attaching")]
        notebook.run_cell(HEARD + 1)
        assert not any(secret in notebook.cell_output_text(HEARD + 1) for secret in secrets)
        notebook.run_cell(HEARD + 2)
        terminal = Shown(notebook, HEARD + 2).ready()
        terminal.type("echo as''ks; read -rs x; echo re''ad-${#x}\n")
        terminal.says("asks")  # an Enter before it would be the line editor's
        secrets.append(new_token())
        terminal.type(f"{secrets[-1]}\n")
        terminal.says(f"read-{len(secrets[-1])}")
        with ssh_session(details, tmp_path):
            found = leaks(here, notebook, secrets)
        # The ssh client of this test was told the password in a file of its own.
        assert [place for place in found if not place.endswith("/askpass")] == []

        notebook.reload()  # the page is told everything again
        card.wait_shown("copy-password")
        assert leaks(here, notebook, secrets) == []
        card.disconnect()
        assert leaks(here, notebook, secrets) == []
        assert b'"sealed"' in other.heard() and other.secrets(secrets) == []


@CLASSIC_FIRST
def test_nothing_leaks_when_the_agent_repeats_the_token(front_end: FrontEnd, here: Machine) -> None:
    here.agent(auth_error="107")
    card = loud_card(front_end, here)
    notebook = card.notebook

    with other_client(front_end.server.home / "jupyter-runtime") as other:
        card.connect(here.token)
        card.wait_phase("failed")
        assert other.secrets([here.token]) == []

    card.open_log()
    expect(card.part("log")).to_contain_text("Your authtoken: ••••••••")
    assert here.token not in card.root.inner_html()
    assert leaks(here, notebook, [here.token]) == []


@pytest.mark.slow
@pytest.mark.parametrize("front_end", ["lab", "classic"], indirect=True)
def test_nothing_leaks_while_a_token_is_kept(front_end: FrontEnd, here: Machine) -> None:
    here.agent(start_error_on_post="8013")
    card = loud_card(front_end, here)
    card.connect(here.token)
    card.wait_phase("failed")
    card.wait_shown("token-kept")
    assert leaks(here, card.notebook, [here.token]) == []


@pytest.mark.slow
@pytest.mark.parametrize("front_end", ["lab"], indirect=True)
def test_the_scan_finds_what_does_leak(front_end: FrontEnd, here: Machine) -> None:
    """The same scan, on a plain ipywidgets.Password: it stands in the notebook and its HTML."""
    password = "import ipywidgets\np = ipywidgets.Password()\np"
    notebook = front_end.open_notebook([LOUD, password, PRINT_HEARD])
    notebook.run_cell(0)
    notebook.run_cell(1)
    field = notebook.widget_locator(1).locator("input")
    field.fill(here.token)
    field.press("Tab")
    notebook.wait_idle()

    notebook.page.evaluate(PLANTED, here.token)
    found = leaks(here, notebook, [here.token])

    for place in ("document", "fields", "storage", "databases", "history", "state"):
        assert f"{place}: {here.token[:4]}" in found
    assert f"output: {here.token[:4]}" in found
    assert str(notebook.path) in found
    assert str(notebook.path.with_suffix(".html")) in found


@pytest.mark.parametrize("front_end", ["lab"], indirect=True)
def test_the_scan_of_processes_can_find(here: Machine) -> None:
    secret = here.token
    with subprocess.Popen(["sh", "-c", "read x", secret], stdin=subprocess.PIPE) as process:
        try:
            eventually(lambda: any("cmdline" in place for place in find_in_processes([secret])))
        finally:
            process.communicate()


@pytest.fixture(autouse=True)
def nothing_before(here: Machine) -> None:
    assert eventually(lambda: not find_in_processes([here.token]))
