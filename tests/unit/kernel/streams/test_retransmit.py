"""What is sent again, and when."""

from __future__ import annotations

import pytest

from colabwidget.kernel.streams.retransmit import Retransmitter
from tests.kit.clock import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sent(clock: Clock) -> Retransmitter:
    """Three chunks of ten bytes, one a second, the last of them just now."""
    made = Retransmitter(clock)
    for number in range(3):
        clock.advance(1.0)
        made.add(10 * number, bytes([number]) * 10)
    return made


def offsets(retransmitter: Retransmitter, unheard: bool = False) -> list[int]:
    return [chunk.offset for chunk in retransmitter.due(lambda: unheard)]


def test_nothing_is_due_where_nothing_was_sent(clock: Clock) -> None:
    retransmitter = Retransmitter(clock)
    clock.advance(100)
    assert offsets(retransmitter) == []
    retransmitter.request(0)
    assert offsets(retransmitter) == []


def test_what_a_page_asks_for_is_sent_at_once_and_once(sent: Retransmitter) -> None:
    sent.acknowledge(10)
    sent.request(15)
    assert [(chunk.offset, chunk.data) for chunk in sent.due()] == [
        (10, b"\x01" * 10),
        (20, b"\x02" * 10),
    ]
    assert offsets(sent) == []


def test_a_silent_page_is_sent_the_first_chunk_with_growing_pauses(clock: Clock) -> None:
    retransmitter = Retransmitter(clock)
    retransmitter.add(0, b"a")
    retransmitter.add(1, b"b")
    began, times = clock.now, []
    while clock.now < began + 20:
        clock.advance(0.25)
        if due := offsets(retransmitter):
            assert due == [0]
            times.append(clock.now - began)
    assert times == [1.0, 3.0, 7.0, 11.0, 15.0, 19.0]


def test_an_acknowledgement_begins_the_pauses_anew(clock: Clock) -> None:
    retransmitter = Retransmitter(clock)
    retransmitter.add(0, b"a")
    retransmitter.add(1, b"b")
    for _ in range(3):
        clock.advance(4.0)
        assert offsets(retransmitter) == [0]
    retransmitter.acknowledge(1)
    clock.advance(0.9)
    assert offsets(retransmitter) == []
    clock.advance(0.1)
    assert offsets(retransmitter) == [1]


def test_a_page_that_cannot_be_heard_is_sent_nothing_again(
    sent: Retransmitter, clock: Clock
) -> None:
    clock.advance(10)
    assert offsets(sent, unheard=True) == []
    sent.request(20)
    assert offsets(sent, unheard=True) == [20], "it was heard to ask"
    clock.advance(10)
    assert offsets(sent) == [0]


def test_only_whole_chunks_are_forgotten_and_the_last_tells_how_long_it_took(
    sent: Retransmitter, clock: Clock
) -> None:
    clock.advance(0.5)
    assert sent.acknowledge(9) is None
    assert sent.acknowledge(25) == pytest.approx(1.5), "of the second chunk"
    sent.request(0)
    assert offsets(sent) == [20]
    assert sent.acknowledge(30) == pytest.approx(0.5)
    sent.request(0)
    assert offsets(sent) == []


def test_what_is_cleared_is_sent_no_more(sent: Retransmitter, clock: Clock) -> None:
    sent.clear()
    clock.advance(100)
    assert offsets(sent) == []
