"""Two people in one notebook of jupyter-collaboration."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.kit.browser.card import Card, show
from tests.kit.browser.front_ends import Collaboration, FrontEnd
from tests.kit.browser.inside_card import TerminalInCard
from tests.kit.browser.other_client import other_client
from tests.kit.machine.machine import Machine
from tests.kit.machine.tokens import forms_of


@pytest.mark.timeout(300)
@pytest.mark.parametrize("front_end", ["collaboration"], indirect=True)
def test_what_they_share_holds_no_secret(
    front_end: FrontEnd, here: Machine, browser: Browser
) -> None:
    card = show(front_end, here)
    notebook = card.notebook
    notebook.save()
    with (
        browser.new_context() as others,
        other_client(front_end.server.home / "jupyter-runtime") as client,
    ):
        theirs = Collaboration(front_end.server, others)
        theirs.grant_clipboard()
        received: list[bytes] = []
        page = others.new_page()
        page.on(
            "websocket",
            lambda line: line.on("framereceived", lambda data: received.append(_bytes(data))),
        )
        second = Card(theirs.open_file(notebook.path, page))
        second.wait_shown("connect")
        card.connected(here.token)
        password = card.copied("copy-password")
        secrets = [here.token, password]

        # Each page has asked with a key of its own, and says that it is not alone.
        assert second.copied("copy-password") == password
        for each in (card, second):
            expect(each.part("places")).to_contain_text("This notebook is open in 2 places.")

        second.open_inside("terminal")
        TerminalInCard(second.notebook, second.cell).ready()
        notebook.save()
        assert not client.secrets(secrets)
        saved = notebook.path.read_bytes()
        for text in (b"\n".join(received), saved):
            found = [each for each in secrets for form in forms_of(each) if form in text]
            assert not found
        assert b'"sealed"' in client.heard() and len(received) > 10, "or this would be no test"

        # What the other one ends is over for both.
        second.disconnect()
        card.wait_shown("connect")


def _bytes(data: str | bytes) -> bytes:
    return data.encode() if isinstance(data, str) else data
