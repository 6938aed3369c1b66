"""The packets in an Ogg stream (RFC 3533), as ffmpeg writes one."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator

# Capture pattern, version, flags, place, serial number, number of the page, checksum, segments.
_PAGE = struct.Struct("<4sBBQIIIB")
_SEGMENT = 255  # bytes; a shorter one ends its packet


async def packets(stream: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """Yield the packets of an Ogg stream until it ends, its headers among them.

    Raises
    ------
    ValueError
        For what is no Ogg.
    """
    packet = bytearray()
    while True:
        try:
            pattern, *_, count = _PAGE.unpack(await stream.readexactly(_PAGE.size))
            if pattern != b"OggS":
                raise ValueError("no page of an Ogg stream")
            for length in await stream.readexactly(count):
                packet += await stream.readexactly(length)
                if length < _SEGMENT:
                    yield bytes(packet)
                    packet.clear()
        except asyncio.IncompleteReadError:
            return
