"""Bytes from one stream to another."""

from __future__ import annotations

import asyncio
import contextlib

CHUNK = 65_536


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy until the end, and pass the end on: the other direction may still have bytes."""
    with contextlib.suppress(OSError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
    # After a reset too: the other end would wait for more until its patience ends.
    with contextlib.suppress(OSError):
        if writer.can_write_eof():
            writer.write_eof()
