"""How many bytes may be under way to a page."""

from __future__ import annotations

import pytest

from colabwidget.kernel.streams.credit import (
    EXTRA_CREDIT_A_SECOND,
    EXTRA_CREDIT_MAX,
    SILENT_MAX,
    WINDOW,
    Credit,
)
from tests.kit.clock import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def credit(clock: Clock) -> Credit:
    return Credit(clock)


def test_bytes_are_numbered_and_a_window_of_them_is_under_way(credit: Credit) -> None:
    assert credit.spend(10) == 0
    assert credit.spend(WINDOW - 11) == 10
    assert credit.may_send
    assert credit.spend(1) == WINDOW - 1
    assert (credit.end, credit.under_way, credit.may_send) == (WINDOW, WINDOW, False)
    assert credit.acknowledge(1) == 1
    assert credit.may_send


def test_an_acknowledgement_counts_once_and_for_no_more_than_was_sent(credit: Credit) -> None:
    credit.spend(100)
    assert credit.acknowledge(40) == 40
    assert credit.acknowledge(40) == credit.acknowledge(7) == credit.acknowledge(-1) == 0
    assert credit.acknowledge(1000) == 60
    assert (credit.acknowledged, credit.under_way) == (100, 0)


def test_a_page_is_silent_only_while_it_owes_an_acknowledgement(
    credit: Credit, clock: Clock
) -> None:
    clock.advance(10 * SILENT_MAX)
    assert not credit.is_silent
    credit.spend(10)
    clock.advance(SILENT_MAX)
    assert not credit.is_silent, "it counts from what was sent, not from the beginning"
    clock.advance(0.1)
    assert credit.is_silent
    credit.acknowledge(0)
    assert not credit.is_silent, "it is heard, though it has taken nothing"
    clock.advance(SILENT_MAX + 0.1)
    assert credit.is_silent
    credit.acknowledge(10)
    clock.advance(SILENT_MAX + 0.1)
    assert not credit.is_silent


def test_more_bytes_do_not_end_a_silence(credit: Credit, clock: Clock) -> None:
    credit.spend(10)
    clock.advance(SILENT_MAX)
    credit.spend(10)
    clock.advance(0.1)
    assert credit.is_silent


def test_a_page_that_cannot_be_heard_has_extra_credit_until_it_is(
    credit: Credit, clock: Clock
) -> None:
    credit.spend(WINDOW + EXTRA_CREDIT_A_SECOND)
    credit.extend(1.0)
    assert not credit.may_send
    credit.extend(0.5)
    assert credit.may_send
    clock.advance(SILENT_MAX + 1)
    credit.extend(0.1)
    assert not credit.is_silent
    credit.acknowledge(0)
    assert not credit.may_send


def test_extra_credit_has_an_end(credit: Credit) -> None:
    credit.spend(WINDOW + EXTRA_CREDIT_MAX)
    credit.extend(1e9)
    assert not credit.may_send
