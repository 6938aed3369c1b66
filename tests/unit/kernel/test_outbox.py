"""Several pages of one widget, each with a pace of its own, and what they have left unread."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from colabwidget.kernel.outbox import LOG_CREDIT, Outbox
from tests.kit.backend.fake_backend import FakeBackend
from tests.kit.backend.widget_page import Page, Reader
from tests.kit.waiting import eventually

LINE = "x" * 999


@pytest.fixture
def flood(fake: FakeBackend, page: Page) -> Iterator[FakeBackend]:
    """A backend whose log comes, in pieces that a kernel is told of at once."""
    page.wait(lambda message: message["state"]["epoch"] == "fake")
    yield fake


def pour(fake: FakeBackend, page: Page, lines: int) -> None:
    """Have so many lines more, and wait until the pages were told of all."""
    for _ in range(lines // 10):
        fake.print(*[LINE] * 10)
    page.wait(lambda message: message["end"] == len(fake.log), "log")


def pushed(page: Page) -> int:
    return sum(len(message["text"]) for message in page.of("log"))


def test_a_page_that_reads_nothing_is_pushed_no_more_than_its_credit(
    flood: FakeBackend, page: Page
) -> None:
    pour(flood, page, 1000)
    assert LOG_CREDIT - 10_000 <= pushed(page) <= LOG_CREDIT
    last = page.of("log")[-1]
    assert (last["count"], last["text"], last["end"]) == (0, "", 1000)


def test_it_is_pushed_more_once_it_has_read(flood: FakeBackend, page: Page) -> None:
    pour(flood, page, 1000)
    before = pushed(page)
    page.say("seen", view="a", serial=page.got[-1]["serial"], log=1000)
    page.round_trip()
    flood.print("one more")
    page.wait(lambda message: message["text"] == "one more", "log")
    assert pushed(page) == before + len("one more")


def test_each_page_has_the_whole_log_at_its_own_pace(flood: FakeBackend, page: Page) -> None:
    """One reads at once, one seldom, one never; what one asks for is sent to all."""
    quick, slow, stopped = (Reader(page, name) for name in ("quick", "slow", "stopped"))
    for _ in range(20):
        pour(flood, page, 100)
        eventually(lambda: quick.catch_up() == len(flood.log))
    # It kept up, so that it was never told of a line without its text.
    assert all(message["count"] for message in page.of("log"))
    eventually(lambda: slow.catch_up() == len(flood.log))
    assert quick.lines == slow.lines == flood.log
    assert stopped.lines == []
    eventually(lambda: stopped.catch_up() == len(flood.log))
    assert stopped.lines == flood.log


def test_a_page_that_is_behind_asks_while_none_keeps_up(flood: FakeBackend, page: Page) -> None:
    gone, slow = Reader(page, "gone"), Reader(page, "slow")
    pour(flood, page, 100)
    gone.catch_up()
    pour(flood, page, 1000)
    eventually(lambda: slow.catch_up() == len(flood.log))
    assert slow.lines == flood.log
    before = len(page.of("log"))
    flood.print("pushed again")
    page.wait(lambda message: message["text"] == "pushed again", "log")
    assert len(page.of("log")) == before + 1


def test_another_backend_s_log_begins_with_all_the_credit() -> None:
    got: list[dict[str, Any]] = []
    outbox = Outbox(got.append)
    outbox.send_state({}, "e1", 0)
    for number in range(300):
        outbox.push_log("e1", number, 1, number + 1, LINE)
    assert got[-1]["count"] == 0
    assert len(outbox.last_lines) == 60
    outbox.send_state({}, "", 0)
    assert len(outbox.last_lines) == 60, "they may tell why it is gone"
    outbox.send_state({}, "e2", 0)
    outbox.push_log("e2", 0, 1, 1, LINE)
    assert got[-1]["text"] == LINE
    assert [*outbox.last_lines] == [LINE]


def test_a_day_of_news_without_text_is_kept_nowhere() -> None:
    outbox = Outbox(lambda message: None)
    outbox.send_state({}, "e1", 0)
    for number in range(20_000):
        outbox.push_log("e1", number, 0, number, "")
        outbox.push_log("e1", number, 1, number + 1, "")
    assert len(vars(outbox)["_unread"]) <= LOG_CREDIT
    assert all(size for _, size in vars(outbox)["_unread"])


def test_the_state_is_sent_again_until_every_page_that_is_there_has_seen_it() -> None:
    got: list[dict[str, Any]] = []
    outbox = Outbox(got.append)
    first: dict[str, Any] = {"name": "a"}
    second: dict[str, Any] = {"name": "b"}
    for view in (first, second):
        outbox.acknowledge(**view)
    outbox.send_state({}, "e1", 0)
    seen = {"serial": got[-1]["serial"], "log": 0}
    assert outbox.resend_at()
    outbox.acknowledge(**first, **seen)
    assert outbox.resend_at(), "the second may have missed it"
    outbox.acknowledge(**second, **seen)
    assert outbox.resend_at() is None


def test_a_page_that_is_gone_does_not_keep_the_others_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now)
    got: list[dict[str, Any]] = []
    outbox = Outbox(got.append)
    outbox.acknowledge("gone")
    outbox.send_state({}, "e1", 0)
    now += 90
    outbox.acknowledge("there", serial=got[-1]["serial"], log=0)
    assert outbox.resend_at() is None


def test_where_nobody_listens_it_is_sent_ever_more_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    """jupyter_server keeps for a closed page whatever comes; a day must not fill its memory."""
    begin = now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now)
    got: list[dict[str, Any]] = []
    outbox = Outbox(got.append)
    outbox.send_state({}, "e1", 0)
    while (at := outbox.resend_at()) and at < begin + 86_400:
        now = at
        outbox.back_off()
        outbox.send_state({}, "e1", 0, news=False)
    assert 100 < len(got) < 200
    outbox.send_state({}, "e1", 0)
    assert outbox.resend_at() == now + 1


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("kind", ["ready", "seen"])
def test_a_clock_that_was_set_back_hides_no_kernel_from_an_open_page(page: Page, kind: str) -> None:
    page.round_trip()
    known = page.got[-1]["serial"] + 3_600_000  # an hour of milliseconds
    page.say(kind, view="a", serial=known, log=7)
    eventually(lambda: page.of("state")[-1]["serial"] > known)
    before = len(page.of("state"))
    assert eventually(lambda: len(page.of("state")) > before, 5), "it was not seen yet"


@pytest.mark.parametrize("serial", [1 << 60, -5, 1.5, True, None, "9" * 30])
def test_a_number_that_is_none_moves_nothing(page: Page, serial: object) -> None:
    page.round_trip()
    before = page.got[-1]["serial"]
    page.say("ready", view="a", serial=serial)
    page.say("seen", view="a", serial=serial, log=serial)
    page.round_trip()
    assert page.got[-1]["serial"] < before + 10


def test_no_number_of_pages_is_kept_in_mind() -> None:
    got: list[dict[str, Any]] = []
    outbox = Outbox(got.append)
    for number in range(1000):
        outbox.acknowledge(f"{number}", serial=1, log=1)
    assert len(vars(outbox)["_views"]) <= 50
