"""Frames: whole or not at all, however their bytes come."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colabwidget.through import frames
from colabwidget.through.faults import Torn
from colabwidget.through.frames import Frame, FrameReader

_FRAME = st.builds(
    Frame, st.integers(frames.DATA, frames.BYE), st.integers(0, 2**64 - 1), st.binary(max_size=99)
)


@given(st.lists(_FRAME, max_size=6), st.integers(1, 30))
def test_what_was_sent_comes_however_it_was_cut(sent: list[Frame], piece: int) -> None:
    data = b"".join(frames.encode(*frame) for frame in sent)
    reader, found = FrameReader(), []
    for at in range(0, len(data), piece):
        found += reader.feed(data[at : at + piece])
    assert found == sent


@given(_FRAME, st.data())
def test_one_wrong_bit_is_found_or_waited_for(frame: Frame, data: st.DataObject) -> None:
    """A longer length waits for more bytes; the sum finds it once they are there."""
    wire = bytearray(frames.encode(*frame))
    wire[data.draw(st.integers(0, len(wire) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    reader = FrameReader()
    with pytest.raises(Torn):
        reader.feed(bytes(wire))
        reader.feed(bytes(2 * frames.PAYLOAD_MAX))


def test_a_frame_torn_in_the_middle_is_not_completed_by_the_next_one() -> None:
    first, second = (frames.encode(frames.DATA, 0, text * 20) for text in (b"first", b"other"))
    with pytest.raises(Torn):
        FrameReader().feed(first[:40] + second * 9)


@pytest.mark.parametrize("data", [b"SSH-2.0-OpenSSH_9.2\r\n" * 2, b"GET / HTTP/1.1\r\n\r\n" * 2])
def test_other_protocols_are_no_frames(data: bytes) -> None:
    with pytest.raises(Torn):
        FrameReader().feed(data)
