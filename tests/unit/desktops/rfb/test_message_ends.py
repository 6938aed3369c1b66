"""Where messages of a VNC server end, in whatever pieces they come."""

from __future__ import annotations

import itertools
import struct
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colabwidget.desktops.rfb.message_ends import MessageEnds

USUAL = struct.pack(">BBBBHHHBBB3x", 32, 24, 0, 1, 255, 255, 255, 16, 8, 0)
SMALL = struct.pack(">BBBBHHHBBB3x", 8, 8, 0, 1, 7, 7, 3, 0, 3, 6)
INIT = struct.pack(">HH", 640, 480) + USUAL + struct.pack(">I", 3) + b"toy"


def rectangle(width: int, height: int, encoding: int, data: bytes = b"") -> bytes:
    return struct.pack(">HHHHi", 1, 2, width, height, encoding) + data


def update(*rectangles: bytes, count: int | None = None) -> bytes:
    count = len(rectangles) if count is None else count
    return struct.pack(">BxH", 0, count) + b"".join(rectangles)


def compact(size: int) -> bytes:
    if size < 128:
        return bytes([size])
    if size < 1 << 14:
        return bytes([size & 0x7F | 0x80, size >> 7])
    return bytes([size & 0x7F | 0x80, size >> 7 & 0x7F | 0x80, size >> 14])


MESSAGES = {
    "raw": update(rectangle(7, 5, 0, bytes(7 * 5 * 4))),
    "copied": update(rectangle(7, 5, 1, bytes(4)), rectangle(1, 1, 1, bytes(4))),
    "rre": update(rectangle(7, 5, 2, struct.pack(">I", 3) + bytes(4 + 3 * 12))),
    "zlib": update(rectangle(7, 5, 6, struct.pack(">I", 300) + bytes(300))),
    "zrle": update(rectangle(7, 5, 16, struct.pack(">I", 300) + bytes(300))),
    "h264": update(rectangle(7, 5, 50, struct.pack(">II", 300, 0) + bytes(300))),
    "tight, one colour": update(rectangle(7, 5, 7, b"\x80rgb")),
    "tight, JPEG": update(rectangle(70, 50, 7, b"\x90" + compact(20_000) + bytes(20_000))),
    "tight, small JPEG": update(rectangle(1, 1, 7, b"\x90" + compact(300) + bytes(300))),
    "tight, PNG": update(rectangle(70, 50, -260, b"\xa0" + compact(500) + bytes(500))),
    "tight, few bytes": update(rectangle(3, 1, 7, b"\0" + bytes(9))),
    "tight, packed": update(rectangle(4, 1, 7, b"\x01" + compact(20) + bytes(20))),
    "tight, two colours": update(rectangle(9, 2, 7, b"\x40\1\1" + bytes(6) + bytes(4))),
    "tight, a palette": update(
        rectangle(9, 2, 7, b"\x50\1\2" + bytes(9) + compact(150) + bytes(150))
    ),
    "tight, a gradient": update(rectangle(9, 2, 7, b"\x40\2" + compact(15) + bytes(15))),
    "cursor": update(rectangle(9, 3, -239, bytes(9 * 3 * 4 + 2 * 3))),
    "cursor of X": update(rectangle(9, 3, -240, bytes(6 + 2 * 2 * 3)), rectangle(0, 0, -240)),
    "cursor of VMware": update(
        rectangle(9, 3, 0x574D5664, b"\1\0" + bytes(4 * 27)),
        rectangle(9, 3, 0x574D5664, b"\0\0" + bytes(8 * 27)),
    ),
    "cursor with alpha": update(rectangle(9, 3, -314, bytes(4) + bytes(4 * 27))),
    "size": update(rectangle(9, 3, -223)),
    "screens": update(rectangle(9, 3, -308, b"\2\0\0\0" + bytes(32))),
    "name": update(rectangle(0, 0, -307, struct.pack(">I", 4) + b"name")),
    "lights": update(rectangle(0, 0, -261, b"\1"), rectangle(0, 0, 0x574D5668, bytes(4))),
    "what it takes": update(rectangle(0, 0, -258), rectangle(0, 0, -316)),
    "until the last": update(rectangle(1, 1, 1, bytes(4)), rectangle(0, 0, -224), count=65_535),
    "nothing": update(),
    "colours": b"\1\0\0\0\0\2" + bytes(12),
    "bell": b"\2",
    "text": b"\3\0\0\0\0\0\0\4text",
    "extended text": b"\3\0\0\0" + struct.pack(">i", -4) + b"text",
    "end of updates": b"\x96",
    "fence": b"\xf8\0\0\0\x80\0\0\0\3abc",
    "xvp": b"\xfa\0\1\1",
    "gii": b"\xfd\x81\0\4" + bytes(4),
}


@pytest.mark.parametrize("name", MESSAGES)
def test_each_ends_where_it_ends_and_nowhere_before(name: str) -> None:
    message, ends = MESSAGES[name], MessageEnds(INIT)
    for _ in range(2):
        told = [ends.feed(message[place : place + 1]) for place in range(len(message))]
        assert told == [False] * (len(message) - 1) + [True]
    assert ends.feed(message) and not ends.is_lost


@given(st.lists(st.sampled_from([*MESSAGES]), min_size=1), st.lists(st.integers(0, 100_000)))
def test_pieces_end_with_a_message_or_not(names: list[str], cuts: list[int]) -> None:
    parts = [MESSAGES[name] for name in names]
    whole = b"".join(parts)
    boundaries = {*itertools.accumulate(map(len, parts))}
    places = sorted({0, len(whole), *(cut % (len(whole) + 1) for cut in cuts)})
    ends = MessageEnds(INIT)
    for start, end in itertools.pairwise(places):
        assert ends.feed(whole[start:end]) == (end in boundaries)


def test_pixels_are_as_the_viewer_has_chosen() -> None:
    ends = MessageEnds(INIT)
    text = b"\6\0\0\0\0\0\1\0" + bytes(256)
    for part in (text[:100], text[100:] + b"\0\0\0\0" + SMALL[:5], SMALL[5:] + b"\4"):
        ends.hear(part)
    picture = update(rectangle(7, 5, 0, bytes(35)), rectangle(3, 1, 7, b"\x80r"))
    assert ends.feed(picture)
    ends.hear(bytes(7) + b"\0\0\0\0" + USUAL)
    assert ends.feed(MESSAGES["raw"])
    ends.hear(b"\x7f")
    ends.hear(b"\0\0\0\0" + SMALL)
    assert ends.feed(picture)


@pytest.mark.parametrize(
    "said",
    [b"\x7f", update(rectangle(1, 1, 5)), update(rectangle(1, 1, 7, b"\xb0")), bytes(1 << 18)],
)
def test_what_it_does_not_know_or_takes_long_is_followed_no_further(said: bytes) -> None:
    ends = MessageEnds(INIT)
    began = time.monotonic()
    assert not ends.feed(said)
    assert ends.is_lost
    assert not ends.feed(MESSAGES["bell"])
    assert time.monotonic() - began < 1


@given(st.lists(st.binary(max_size=300)), st.lists(st.binary(max_size=50)))
def test_no_bytes_break_it(said: list[bytes], heard: list[bytes]) -> None:
    ends = MessageEnds(INIT)
    for one, other in itertools.zip_longest(said, heard, fillvalue=b""):
        ends.hear(other)
        ends.feed(one)
