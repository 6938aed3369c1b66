"""Bytes from one stream to another."""

from __future__ import annotations

import asyncio
import contextlib

CHUNK = 65_536  # bytes


async def pump(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, chunk: int = CHUNK
) -> None:
    """Copy until the end of the stream, and end only this direction of the other one."""
    with contextlib.suppress(OSError):
        while data := await reader.read(chunk):
            writer.write(data)
            await writer.drain()
    # Also after a reset: else the other end waits for more until its timeout.
    with contextlib.suppress(OSError):
        if writer.can_write_eof():
            writer.write_eof()
