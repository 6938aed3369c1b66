"""What pixelflux hands over, in whatever pieces it comes."""

from __future__ import annotations

import pytest

from colabwidget.backend.streams.film.picture import PictureError, read_picture
from colabwidget.backend.streams.film.pixelflux import Pictures

LONG, SHORT = b"\0\0\0\1", b"\0\0\1"
SPS, PPS, SEI = b"\x67\x42\xc0\x1f", b"\x68\xce", b"\x06\x05"
IDR, SLICE = b"\x65\x88" + bytes(50), b"\x41\x9a\0\0\3\1"
KEY = LONG + SPS + LONG + PPS + SHORT + SEI + SHORT + IDR


def written(number: int, data: bytes) -> bytes:
    return number.to_bytes(4, "big") + len(data).to_bytes(4, "big") + data


def test_pictures_come_whole_however_they_are_cut() -> None:
    stream = written(1, KEY) + written(1, LONG + SLICE) + written(2, KEY)
    expected = [(1, KEY), (1, LONG + SLICE), (2, KEY)]
    for place in range(len(stream) + 1):
        pictures = Pictures()
        assert pictures.feed(stream[:place]) + pictures.feed(stream[place:]) == expected


def test_a_size_that_no_picture_has_is_refused() -> None:
    with pytest.raises(PictureError):
        Pictures().feed(b"\0\0\0\1\xff\xff\xff\xff")


def test_a_key_is_told_from_what_needs_one() -> None:
    assert read_picture(KEY) == (KEY, True)
    assert read_picture(SHORT + SLICE) == (SHORT + SLICE, False)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[X11] Encoder: x264",
        LONG + SPS + LONG + PPS,
        LONG + SLICE + SHORT + SLICE,
        LONG + IDR,
        KEY + SHORT + IDR,
    ],
)
def test_what_is_no_picture_of_one_slice_is_refused(data: bytes) -> None:
    with pytest.raises(PictureError):
        read_picture(data)
