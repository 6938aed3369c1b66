"""The packets of an Ogg stream."""

from __future__ import annotations

import asyncio
import struct

import pytest

from colabwidget.desktops.sound.ogg import packets


def page(*segments: bytes) -> bytes:
    head = struct.pack("<4sBBQIIIB", b"OggS", 0, 0, 0, 1, 0, 0, len(segments))
    return head + bytes(map(len, segments)) + b"".join(segments)


async def read(*pieces: bytes) -> list[bytes]:
    stream = asyncio.StreamReader()
    for piece in pieces:
        stream.feed_data(piece)
    stream.feed_eof()
    return [packet async for packet in packets(stream)]


def test_packets_go_over_segments_and_pages() -> None:
    long, edge = bytes(255) + b"12", bytes(255)
    pages = [
        page(b"OpusHead"),
        page(long[:255], long[255:], b"abc"),
        page(b"", edge),
        page(b""),
        page(edge),
    ]
    # The last packet has not come whole.
    assert asyncio.run(read(*pages)) == [b"OpusHead", long, b"abc", b"", edge]


@pytest.mark.parametrize("length", [0, 10, 27, 30])
def test_a_page_that_is_cut_ends_the_stream(length: int) -> None:
    assert asyncio.run(read(page(b"one"), page(b"second")[:length])) == [b"one"]


def test_what_is_no_ogg_is_refused() -> None:
    with pytest.raises(ValueError):
        asyncio.run(read(b"RIFF" + bytes(30)))
