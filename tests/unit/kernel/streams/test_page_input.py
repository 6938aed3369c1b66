"""Bytes from a page: in order, once, and acknowledged in time."""

from __future__ import annotations

import pytest

from colabwidget.kernel.streams.page_input import INPUT_MAX, PageInput
from tests.kit.clock import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def page(clock: Clock) -> PageInput:
    return PageInput(clock)


def test_bytes_that_come_again_count_once_and_none_after_a_gap(page: PageInput) -> None:
    page.write(0, b"echo ")
    page.write(0, b"echo hi")
    page.write(20, b"after a gap")
    page.write(5, b"hi\n")
    assert page.drain() == b"echo hi\n"
    assert page.drain() == b""


def test_an_acknowledgement_waits_for_output_that_carries_it(page: PageInput, clock: Clock) -> None:
    page.write(0, b"ls\n")
    assert (page.owed, page.pause(0)) == (0, None), "the backend has it not yet"
    page.drain()
    assert page.acknowledgement(0) is None
    assert page.pause(0) == pytest.approx(0.1)
    assert page.acknowledge() == 3
    assert (page.owed, page.pause(0)) == (0, None)
    clock.advance(10)
    assert page.acknowledgement(0) is None


def test_it_waits_no_longer_than_a_tenth_of_a_second(page: PageInput, clock: Clock) -> None:
    page.write(0, b"l")
    page.drain()
    clock.advance(0.06)
    page.write(1, b"s")
    page.drain()
    assert page.acknowledgement(0) is None
    assert page.pause(0) == pytest.approx(0.04)
    clock.advance(0.05)
    assert page.pause(0) == 0
    assert page.acknowledgement(0) == 2


def test_many_bytes_are_acknowledged_at_once(page: PageInput) -> None:
    page.write(0, bytes(64 * 1024))
    page.drain()
    assert page.acknowledgement(0) == 64 * 1024


def test_a_page_waits_while_the_backend_takes_nothing(page: PageInput, clock: Clock) -> None:
    page.write(0, bytes(100_000))
    page.drain()
    clock.advance(10)
    assert page.acknowledgement(INPUT_MAX // 2) is None
    assert page.pause(INPUT_MAX // 2) is None
    assert page.acknowledgement(0) == 100_000


def test_no_more_is_accepted_than_fits_and_the_page_is_told(page: PageInput) -> None:
    page.write(0, bytes(INPUT_MAX))
    page.write(INPUT_MAX, b"more")
    assert page.acknowledgement(0) == 0, "nothing was passed on so far"
    assert len(page.drain()) == INPUT_MAX
    page.write(INPUT_MAX, b"more")
    assert page.drain() == b"more"


@pytest.mark.parametrize(("offset", "data"), [(0, b"ls\n"), (9, b"gap"), (3, b"")])
def test_a_page_that_does_not_know_is_told_again(page: PageInput, offset: int, data: bytes) -> None:
    page.write(0, b"ls\n")
    page.drain()
    page.acknowledge()
    page.write(offset, data)
    assert page.acknowledgement(0) == 3
    assert page.acknowledgement(0) is None
