"""An output of another origin that may run scripts and nothing else, as Colab shows widgets."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.kit.browser.card import show
from tests.kit.browser.front_ends import FrontEnd
from tests.kit.machine.machine import Machine

pytestmark = pytest.mark.parametrize("front_end", ["frames"], indirect=True)


def test_a_frame_without_an_origin_is_enough(front_end: FrontEnd, here: Machine) -> None:
    card = show(front_end, here, "w.phase")
    notebook = card.notebook
    card.wait_shown("connect")
    # What the frame lacks, or this would be no test.
    assert card.root.evaluate("() => origin") == "null"
    for forbidden in ("localStorage", "document.cookie", "parent.document"):
        with pytest.raises(Exception, match=r"SecurityError|sandboxed|cross-origin"):
            card.root.evaluate(f"() => {forbidden}")
    denied = "() => navigator.clipboard?.writeText('x').then(() => false, () => true) ?? true"
    assert card.root.evaluate(denied)

    card.connected(here.token, region="eu")
    before = list(front_end.errors)
    details = card.details()
    assert front_end.errors == before, "a copy tries nothing that the frame's policy forbids"
    assert details["ssh"]["user"] == here.user
    assert card.whole_log() == here.journal().rstrip("\n").split("\n")
    notebook.run_cell(1)
    assert notebook.cell_output_text(1) == "'connected'"

    # No file comes, and a page is not told so.
    card.part("log-download").click()
    expect(card.part("log-download")).to_contain_text("No file? Copy it")
    card.root.evaluate("() => { document.execCommand = () => false }")
    card.part("copy-command").click()
    expect(card.part("copy-command")).to_contain_text("Not copied")

    card.disconnect()
    expect(card.part("region")).to_have_value("eu")
    assert front_end.foreign_requests == []


def test_the_form_is_there_while_cells_run(front_end: FrontEnd, here: Machine) -> None:
    """Done: Run all, the next cell takes long; this kernel hears no page meanwhile. Seen: the form,
    in each of its places."""
    text = f"import colabwidget\nw = colabwidget.ConnectWidget(user={here.user!r})\nw"
    notebook = front_end.open_notebook([text, "w", "import time\ntime.sleep(20)\n'slept'"])
    for index in range(3):
        notebook.run_cell(index, wait=False)
    for index in range(2):
        field = notebook.widget_locator(index).get_by_test_id("token")
        expect(field).to_be_editable(timeout=15_000)
        field.fill("2abc")
    assert notebook.cell_output_text(2) == "", "the cell was still asleep"
