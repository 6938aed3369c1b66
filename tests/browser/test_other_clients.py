"""Several clients of one kernel: what each receives, and what their users are told."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.kit.browser.card import Card, show
from tests.kit.browser.front_ends import LAB_FIRST, OTHER_HOST, FrontEnd
from tests.kit.browser.inside_card import TerminalInCard
from tests.kit.browser.other_client import other_client
from tests.kit.machine.machine import Machine
from tests.kit.waiting import eventually

FORGOTTEN_MS = 120_000


@pytest.mark.long
@LAB_FIRST
def test_what_a_page_asks_for_no_other_client_can_read(front_end: FrontEnd, here: Machine) -> None:
    card = show(front_end, here)
    notebook = card.notebook
    with other_client(front_end.server.home / "jupyter-runtime") as other:
        card.connected(here.token)
        secrets = [here.token, card.copied("copy-password")]
        card.open_details()
        card.part("new-passwords").click()
        card.part("change-keep").click()
        eventually(lambda: card.copied("copy-password") not in secrets)
        secrets.append(card.copied("copy-password"))
        card.part("open-terminal").click()
        TerminalInCard(notebook).ready()
        card.part("invite").click()
        card.part("invite-make").click()
        (guest,) = eventually(lambda: here.status()["invitations"])
        secrets.append(card.copied(f"copy-{guest['name']}-0"))
        assert len(set(secrets)) == 4 and not other.secrets(secrets)

        # Another page shows the session, since it asks with a key of its own.
        notebook.save()
        expect(card.part("places")).to_have_count(0)
        second = Card(front_end.open_file(notebook.path))
        assert second.copied("copy-password") == secrets[2]
        for each in (card, second):
            expect(each.part("places")).to_contain_text("This notebook is open in 2 places.")
        assert not other.secrets(secrets)
        heard = other.heard()
    # It has heard all there was, or this would be no test.
    assert b'"sealed"' in heard and b'"places":2' in heard.replace(b" ", b"")
    assert b'"details"' not in heard

    second.notebook.page.close()
    notebook.reload()
    card.wait_shown("copy-password")
    expect(card.part("places")).to_have_count(0, timeout=FORGOTTEN_MS)


@pytest.mark.slow
@pytest.mark.parametrize("front_end", ["lab", "classic"], indirect=True)
def test_a_page_that_is_closed_is_forgotten(front_end: FrontEnd, here: Machine) -> None:
    card = show(front_end, here)
    card.connected(here.token)
    card.notebook.save()
    second = Card(front_end.open_file(card.notebook.path))
    second.wait_shown("places")
    card.wait_shown("places")
    second.notebook.page.close()
    card.notebook.page.bring_to_front()
    expect(card.part("places")).to_have_count(0, timeout=FORGOTTEN_MS)


@pytest.mark.parametrize("front_end", ["lab"], indirect=True)
def test_a_page_without_https_shows_details_by_a_click(front_end: FrontEnd, here: Machine) -> None:
    front_end.url = front_end.server.url.replace("127.0.0.1", OTHER_HOST)
    notebook = front_end.open_notebook(
        [f"import colabwidget\ncolabwidget.ConnectWidget(user={here.user!r})"]
    )
    assert notebook.page.evaluate("() => [isSecureContext, !!crypto.subtle]") == [False, False]
    notebook.run_cell(0)
    card = Card(notebook)
    with other_client(front_end.server.home / "jupyter-runtime") as other:
        card.connected(here.token)
        expect(card.part("unsealed")).to_contain_text("Everyone who has this notebook open")
        expect(card.part("ssh-command")).to_have_count(0)
        assert b'"details"' not in other.heard()

        card.part("show-details").click()
        card.wait_shown("copy-password")
        expect(card.part("unsealed")).to_have_count(0)
        card.open_details()
        card.part("show-password").click()
        password = card.part("password").inner_text()
        assert other.secrets([here.token, password]) == [password], "it is as the page has said"
