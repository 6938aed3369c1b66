"""The log as its reader has it: searched, stopped, taken away, and under a flood of lines."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.doubles import flooding_backend
from tests.kit.browser.card import Card, cell
from tests.kit.browser.front_ends import CLASSIC_FIRST, TIMEOUT_MS, FrontEnd
from tests.kit.machine.machine import Machine

LONG = 100_000
PIECE = 1000  # lines, ten times a second

in_lab = pytest.mark.parametrize("front_end", ["lab"], indirect=True)
Order = Callable[[Any], None]


@contextmanager
def shown(front_end: FrontEnd, here: Machine) -> Iterator[tuple[Card, Order]]:
    """The widget on a session that is on its way, and what has its backend say something."""
    front_end.grant_clipboard()
    notebook = front_end.open_notebook([cell(here)])
    with flooding_backend(here.python, here.environment) as (_, order):
        notebook.run_cell(0)
        card = Card(notebook)
        card.wait_phase("working")
        card.wait_shown("log")
        yield card, order


@contextmanager
def flood(order: Order) -> Iterator[list[int]]:
    """Ten thousand lines a second meanwhile; how many pieces there were."""
    pieces: list[int] = []
    over = threading.Event()

    def pour() -> None:
        while not over.wait(0.1):
            order(PIECE)
            pieces.append(PIECE)

    thread = threading.Thread(target=pour)
    thread.start()
    try:
        yield pieces
    finally:
        over.set()
        thread.join()


def says(card: Card, part: str, text: str) -> None:
    expect(card.part(part)).to_have_text(text, timeout=TIMEOUT_MS)


@CLASSIC_FIRST
def test_a_long_log_is_searched_stopped_and_taken_away(
    front_end: FrontEnd, here: Machine, tmp_path: Path
) -> None:
    with shown(front_end, here) as (card, order):
        order("the \x1b[31mneedle\x1b[0m of the beginning")
        order(LONG)
        order("Reading 10 %\rReading 55 %\rReading 100 %\nA NEEDLE at the end")
        says(card, "log-count", "100,003 lines")
        log = card.part("log")
        expect(log).to_contain_text("A NEEDLE at the end")
        expect(log).to_contain_text(r"Reading 10 %\rReading 55 %\rReading 100 %")

        log.press("Control+f")
        card.part("log-query").fill("needle")
        # The first one on show; after the last one comes the first one again.
        says(card, "log-found", "2 of 2")
        expect(log.locator("[aria-current]")).to_have_text("A NEEDLE at the end")
        card.part("log-query").press("Enter")
        says(card, "log-found", "1 of 2")
        expect(log.locator("[aria-current]")).to_have_text("the needle of the beginning")
        expect(log.locator("[aria-current] mark")).to_have_text("needle")
        card.part("log-query").press("Shift+Enter")
        says(card, "log-found", "2 of 2")
        card.part("log-next").click()
        says(card, "log-found", "1 of 2")

        order("one more needle")
        says(card, "log-found", "1 of 3")
        says(card, "log-follow", "Follow (1 new)")
        expect(log).to_contain_text("of the beginning")
        card.part("log-query").press("Escape")
        expect(card.part("log-query")).to_have_count(0)
        expect(card.part("log-search")).to_be_focused()
        expect(log.locator("mark")).to_have_count(0)

        card.part("log-follow").click()
        expect(log).to_contain_text("one more needle")
        expect(card.part("log-follow")).to_have_count(0)
        log.hover()
        card.notebook.page.mouse.wheel(0, -400)
        says(card, "log-follow", "Follow")
        order("and more\nand more")
        says(card, "log-follow", "Follow (2 new)")
        log.evaluate("log => log.scrollTo(0, log.scrollHeight)")
        expect(card.part("log-follow")).to_have_count(0)
        expect(log).to_contain_text("and more")

        copied = card.whole_log()
        assert len(copied) == LONG + 6
        assert copied[0] == "the needle of the beginning"
        assert [line[:8] for line in copied[1 : LONG + 1]] == [f"{i:08d}" for i in range(LONG)]
        overwritten = r"Reading 10 %\rReading 55 %\rReading 100 %"
        assert copied[LONG + 1 : LONG + 3] == [overwritten, "A NEEDLE at the end"]
        with card.notebook.page.expect_download() as download:
            card.part("log-download").click()
        download.value.save_as(tmp_path / "log.txt")
        assert (tmp_path / "log.txt").read_text().split("\n") == [*copied, ""]


@pytest.mark.long
@in_lab
def test_cancel_is_answered_in_a_flood_and_the_log_is_whole(
    front_end: FrontEnd, here: Machine
) -> None:
    with shown(front_end, here) as (card, order):
        with flood(order) as pieces:
            expect(card.part("log")).to_contain_text("00000999 Setting", timeout=TIMEOUT_MS)
            card.part("cancel").click()
            # A person at the page sees the form while lines go on to come.
            card.wait_phase("idle")
            assert pieces
        order({"phase": "failed"})
        card.wait_phase("failed")
        card.open_log()
        lines = sum(pieces) + 1  # the journal says that it was cancelled
        says(card, "log-count", f"{lines:,} lines")
        copied = [line for line in card.whole_log() if line != "Cancelled."]
        assert len(copied) == sum(pieces)
        assert [line[:8] for line in copied] == [f"{i:08d}" for i in range(PIECE)] * len(pieces)
