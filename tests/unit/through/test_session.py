"""The session: whatever is cut wherever, both ends have the same bytes in the same order."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colabwidget.through import frames
from colabwidget.through.faults import Torn
from colabwidget.through.frames import HEAD_SIZE, Frame, FrameReader
from colabwidget.through.session import ACK_AFTER, ACK_BYTES, Session

_WINDOW = 1000


class Pair:
    """Two ends and a link between them, which carries as many bytes as a test says."""

    def __init__(self, window: int = _WINDOW) -> None:
        self.ends = Session(window), Session(window)
        self.got = bytearray(), bytearray()
        self.sent = bytearray(), bytearray()
        self.now = 0.0
        self.link()

    def link(self) -> None:
        """Another link; what was on the last one is lost."""
        self.wires = bytearray(), bytearray()
        self.readers = FrameReader(), FrameReader()
        first, second = self.ends
        first.attach(second.received)
        second.attach(first.received)

    def write(self, end: int, data: bytes) -> None:
        taken = data[: self.ends[end].room]
        self.ends[end].write(taken)
        self.sent[end].extend(taken)

    def carry(self, end: int, count: int) -> None:
        """So many bytes of what an end sends arrive at the other one."""
        self.now += 0.1
        self.wires[end].extend(self.ends[end].output(self.now))
        data = bytes(self.wires[end][:count])
        del self.wires[end][:count]
        for frame in self.readers[1 - end].feed(data):
            self.ends[1 - end].receive(frame)

    def use(self, end: int, count: int) -> None:
        data = self.ends[end].peek(count)
        self.ends[end].used(len(data))
        self.got[end].extend(data)

    def settle(self) -> None:
        for _ in range(200):
            for end in (0, 1):
                self.carry(end, 1 << 20)
                self.use(end, 1 << 20)
            self.now += ACK_AFTER
            if all(end.all_arrived for end in self.ends):
                return
        raise AssertionError("it does not come to its end")


_END = st.integers(0, 1)
_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), _END, st.binary(max_size=700)),
        st.tuples(st.just("carry"), _END, st.integers(0, 400)),
        st.tuples(st.just("use"), _END, st.integers(0, 400)),
        st.tuples(st.just("cut"), _END, st.just(0)),
        st.tuples(st.just("end"), _END, st.just(0)),
    ),
    max_size=60,
)


@settings(max_examples=300, deadline=None)
@given(_STEPS)
def test_all_arrives_once_and_in_order_wherever_links_are_cut(
    steps: list[tuple[str, int, Any]],
) -> None:
    pair = Pair()
    for kind, end, value in steps:
        if kind == "write":
            pair.write(end, value)
        elif kind == "carry":
            pair.carry(end, value)
        elif kind == "use":
            pair.use(end, value)
        elif kind == "cut":
            pair.link()
        else:
            pair.ends[end].end()
        for each in pair.ends:
            assert len(each.peek(1 << 20)) <= _WINDOW
    pair.link()
    for each in pair.ends:
        each.end()
    pair.settle()
    assert pair.got == (pair.sent[1], pair.sent[0])
    assert all(each.peer_is_done for each in pair.ends)


@pytest.mark.parametrize("cut", range(3 * HEAD_SIZE + 40))
def test_a_link_that_breaks_after_any_byte_loses_nothing(cut: int) -> None:
    pair = Pair()
    pair.write(0, b"one")
    pair.carry(0, 1 << 20)
    pair.use(1, 3)
    pair.write(1, b"answer")
    pair.write(0, b"two and more")
    pair.ends[0].end()
    pair.carry(0, cut)
    pair.carry(1, cut)
    pair.link()
    pair.ends[1].end()
    pair.settle()
    assert pair.got == (bytearray(b"answer"), bytearray(b"onetwo and more"))


def test_a_window_bounds_what_is_kept() -> None:
    pair = Pair()
    pair.write(0, bytes(5 * _WINDOW))
    assert len(pair.sent[0]) == _WINDOW and not pair.ends[0].room
    pair.carry(0, 1 << 20)
    assert not pair.ends[0].room  # it has arrived, and was not used
    with pytest.raises(Torn):
        pair.ends[1].receive(Frame(frames.DATA, _WINDOW, b"more"))


def test_a_key_is_acknowledged_with_what_follows_or_after_a_while() -> None:
    pair = Pair()
    pair.write(0, b"k")
    pair.carry(0, 1 << 20)
    pair.use(1, 1)
    assert pair.ends[1].output(10.0) == b""
    due = pair.ends[1].ack_due(10.0)
    assert due is not None and 0 < due <= ACK_AFTER
    pair.write(1, b"echo")
    told = FrameReader().feed(pair.ends[1].output(10.1))
    assert [frame.kind for frame in told] == [frames.ACK, frames.DATA]
    assert pair.ends[1].ack_due(10.1) is None


def test_many_bytes_are_acknowledged_at_once() -> None:
    pair = Pair(window=4 * ACK_BYTES)
    pair.write(0, bytes(ACK_BYTES))
    while not pair.ends[0].room > 3 * ACK_BYTES:
        pair.carry(0, 1 << 20)
        pair.use(1, 1 << 20)
        pair.carry(1, 1 << 20)
    assert pair.now < ACK_AFTER


@pytest.mark.parametrize(
    "frame",
    [
        Frame(frames.DATA, 5, b"a gap"),
        Frame(frames.END, 1, b""),
        Frame(frames.ACK, 1, b""),
        Frame(frames.ACK, 1 << 63, b""),
    ],
)
def test_what_cannot_follow_ends_the_link(frame: Frame) -> None:
    with pytest.raises(Torn):
        Session().receive(frame)


@pytest.mark.parametrize("offset", [1, 1 << 40])
def test_an_end_that_claims_what_was_never_sent_is_refused(offset: int) -> None:
    with pytest.raises(Torn):
        Session().attach(offset)
