"""Bytes from one stream to another."""

from __future__ import annotations

import asyncio
import contextlib

CHUNK = 65_536  # bytes


async def pump(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, chunk: int = CHUNK
) -> None:
    """Copy until the end, and pass the end on: the other direction may still have bytes."""
    with contextlib.suppress(OSError):
        while data := await reader.read(chunk):
            writer.write(data)
            await writer.drain()
    # After a reset too: the other end would wait for more until its patience ends.
    with contextlib.suppress(OSError):
        if writer.can_write_eof():
            writer.write_eof()
