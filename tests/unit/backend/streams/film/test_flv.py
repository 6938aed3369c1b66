"""Pictures out of an encoder's stream, in whatever pieces it comes."""

from __future__ import annotations

import struct

import pytest

from colabwidget.backend.streams.film.flv import FlvReader
from colabwidget.backend.streams.film.picture import Picture, PictureError

START = b"\0\0\0\1"
SPS, PPS, SEI = b"\x67\x42\xc0\x1f", b"\x68\xce", b"\x06\x05"
IDR, SLICE = b"\x65" + bytes(50), b"\x41" + bytes(9)
HEADER = b"FLV\1\1\0\0\0\x09" + bytes(4)
CONFIGURATION = (
    b"\1\x42\xc0\x1f\xff\xe1" + struct.pack(">H", 4) + SPS + b"\1" + struct.pack(">H", 2) + PPS
)


def tag(kind: int, body: bytes) -> bytes:
    size = len(body)
    return bytes([kind]) + size.to_bytes(3, "big") + bytes(7) + body + struct.pack(">I", 11 + size)


def picture(*units: bytes, is_key: bool = False) -> bytes:
    body = bytes([0x17 if is_key else 0x27, 1, 0, 0, 0])
    return tag(9, body + b"".join(struct.pack(">I", len(unit)) + unit for unit in units))


BEGINNING = HEADER + tag(18, b"onMetaData") + tag(9, b"\x17\0\0\0\0" + CONFIGURATION)
STREAM = BEGINNING + picture(SEI, IDR, is_key=True) + picture(SLICE) + picture(SLICE)
EXPECTED = [
    Picture(START + SPS + START + PPS + START + SEI + START + IDR, True),
    Picture(START + SLICE, False),
    Picture(START + SLICE, False),
]


def test_pictures_come_whole_however_the_stream_is_cut() -> None:
    for place in range(len(STREAM) + 1):
        reader = FlvReader()
        assert reader.feed(STREAM[:place]) + reader.feed(STREAM[place:]) == EXPECTED
    reader = FlvReader()
    assert [each for byte in STREAM for each in reader.feed(bytes([byte]))] == EXPECTED


def test_a_picture_comes_before_the_next_one_begins() -> None:
    assert FlvReader().feed(BEGINNING + picture(IDR, is_key=True))[0].is_key


@pytest.mark.parametrize(
    "stream",
    [
        b"RIFF" + bytes(20),
        HEADER + tag(9, b"\x12\1\0\0\0"),
        HEADER + tag(9, b"\x17"),
        HEADER + picture(SLICE, SLICE),
        HEADER + picture(SEI),
        HEADER + tag(9, b"\x27\1\0\0\0" + struct.pack(">I", 100) + SLICE),
        HEADER + tag(9, b"\x27\1\0\0\0" + struct.pack(">I", 0)),
        HEADER + tag(9, b"\x17\0\0\0\0" + CONFIGURATION[:7]),
        HEADER + tag(9, b"\x17\0\0\0\0\1\2\3\4\0\0\0"),
    ],
)
def test_what_is_no_picture_of_one_slice_is_refused(stream: bytes) -> None:
    with pytest.raises(PictureError):
        FlvReader().feed(stream)
