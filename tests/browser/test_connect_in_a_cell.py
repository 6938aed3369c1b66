"""`colabwidget.connect()` in a cell, where no widget is needed."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from colabwidget.control import operations
from tests.kit.browser.front_ends import LAB_FIRST, TIMEOUT_MS, FrontEnd
from tests.kit.machine.machine import Machine
from tests.kit.machine.ssh_client import ssh

CONNECT = """
import colabwidget
connection = colabwidget.connect("direct", user={user!r}, address="127.0.0.1")
"""


@pytest.mark.long
@LAB_FIRST
def test_its_output_tells_the_steps_and_how_to_sign_in(
    front_end: FrontEnd, here: Machine, tmp_path: Path
) -> None:
    front_end.grant_clipboard()
    notebook = front_end.open_notebook([CONNECT.format(user=here.user)])
    notebook.run_cell(0)

    rows = notebook.page.locator("tr:has(> th)")
    command = rows.filter(has_text="SSH command")
    expect(command).to_be_visible(timeout=TIMEOUT_MS)
    with here.at_home():
        connection = operations.open_now()
    assert connection
    details = connection.as_dict()
    expect(notebook.page.get_by_text("✓ Verify")).to_be_visible()
    expect(rows.filter(has_text="Password")).to_contain_text("connection.ssh.password.reveal()")
    command.get_by_role("button", name="Copy").click()
    copied = notebook.page.evaluate("() => navigator.clipboard.readText()")
    assert copied == details["ssh"]["command"]
    assert ssh(details, "whoami", folder=tmp_path).stdout == f"{here.user}\n"

    saved = notebook.save()
    (cell,) = saved["cells"]
    assert [each["output_type"] for each in cell["outputs"]] == ["display_data"]
    assert details["ssh"]["password"] not in str(saved)
    assert front_end.errors == []
