"""A view of the desktop is idle since its last input, however its messages are cut."""

from __future__ import annotations

import itertools
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colabwidget.desktops.rfb.input_watch import InputWatch

PICTURES = [
    bytes(20),
    struct.pack(">BxHii", 2, 2, 7, -239),
    b"\3" + bytes(9),
    b"\x96" + bytes(9),
    b"\xf8\0\0\0\0\0\0\0\5\4\4\4\4\4",  # a fence that holds what looks like keys
    b"\xff\1\0\0",
]
INPUT = [
    b"\4\1\0\0\0\0\0a",
    b"\5\0\0\1\0\1",
    b"\5\x81\0\1\0\1\0",
    b"\6\0\0\0\0\0\0\3abc",
    b"\xff\0\0\1" + bytes(8),
]


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


messages = st.lists(st.sampled_from([*PICTURES, *INPUT]), max_size=20)


@given(messages, st.lists(st.integers(0, 400), max_size=10))
def test_the_last_input_counts(sent: list[bytes], cuts: list[int]) -> None:
    clock = Clock()
    watch = InputWatch(clock)
    acted = 100.0
    for message in sent:
        clock.now += 10
        places = sorted({0, len(message), *(cut % (len(message) + 1) for cut in cuts)})
        for start, end in itertools.pairwise(places):
            assert watch.feed(message[start:end]) == message[start:end]
        if message in INPUT:
            acted = clock.now
        assert watch.idle == clock.now - acted


@given(st.lists(st.binary(max_size=100), max_size=10))
def test_bytes_pass_whatever_they_are(parts: list[bytes]) -> None:
    watch = InputWatch()
    for part in parts:
        assert watch.feed(part) == part
    assert watch.idle is None or watch.idle >= 0


@pytest.mark.parametrize("unknown", [b"\x63", b"\xff\x07\0\0", b"\xf8" + bytes(7) + b"\xff"])
def test_after_an_unknown_message_it_is_not_known(unknown: bytes) -> None:
    watch = InputWatch()
    watch.feed(INPUT[0])
    assert watch.idle is not None
    watch.feed(unknown)
    watch.feed(INPUT[0])
    assert watch.idle is None
