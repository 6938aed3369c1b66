"""Frames on the socket of a transfer."""

from __future__ import annotations

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colabwidget.backend.files.frames import FRAME_MAX, BadFrameError, Frames


def sent(data: bytes) -> Frames:
    ours, theirs = socket.socketpair()
    theirs.sendall(data)
    theirs.close()
    return Frames(ours)


def test_tables_and_data_come_as_they_were_sent() -> None:
    ours, theirs = map(Frames, socket.socketpair())
    theirs.send({"name": "\udcff\u202e\n", "size": 2**53})
    theirs.send_data(b"\x00\xff")
    theirs.send_data(b"")
    theirs.close()
    assert ours.next() == {"name": "\udcff\u202e\n", "size": 2**53}
    assert ours.next() == b"\x00\xff"
    assert ours.next() == b""
    assert ours.next() is None
    ours.close()


@pytest.mark.parametrize(
    "data",
    [
        b"\x02\x00\x00\x00\x00",
        b"\x01" + (FRAME_MAX + 1).to_bytes(4, "big"),
        b"\x00\x00\x00\x00\x01{",
        b"\x00\x00\x00\x00\x02[]",
        b"\x00\x00\x00\x00\x01\xff",
        b"\x00\x00\x01\x00\x00" + 65_536 * b"[",
    ],
)
def test_other_bytes_are_no_frame(data: bytes) -> None:
    frames = sent(data)
    with pytest.raises(BadFrameError):
        frames.next()
    frames.close()


@given(data=st.binary(max_size=60))
def test_any_bytes_are_frames_or_none(data: bytes) -> None:
    frames = sent(data)
    try:
        while frames.next() is not None:
            pass
    except BadFrameError:
        pass
    finally:
        frames.close()
