"""VNC for a page that knows no password: the backend signs in, and asks the page for none.

RFC 6143, version 3.8. Once both have been greeted, bytes only pass through.
"""

from __future__ import annotations

import asyncio
import struct

from colabwidget.backend.streams import des
from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.secrets import Secret
from colabwidget.runtime.pump import pump

_VERSION = b"RFB 003.008\n"
_NONE, _VNC_AUTH = 1, 2
_SHARED = b"\1"  # ClientInit
_INIT = 24  # bytes of ServerInit before the name, whose length comes last
_TIMEOUT = 10.0  # seconds
_CHUNK = 256 * 1024  # bytes of a picture


async def sign_in(
    port: int, password: Secret
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter, bytes]:
    """Return a connection to a VNC server on 127.0.0.1, and its ServerInit.

    Raises
    ------
    ColabWidgetError
        ``vnc_failed``.
    """
    writer = None
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=_CHUNK)
        init = await asyncio.wait_for(_sign_in(reader, writer, password), _TIMEOUT)
    except (OSError, asyncio.TimeoutError, asyncio.IncompleteReadError, ValueError) as error:
        if writer:
            writer.close()
        raise ColabWidgetError("vnc_failed", reason="It does not let us look at it.") from error
    return reader, writer, init


async def _sign_in(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, password: Secret
) -> bytes:
    if not (await reader.readexactly(12)).startswith(b"RFB 003."):
        raise ValueError("not a VNC server")
    writer.write(_VERSION)
    kinds = await reader.readexactly((await reader.readexactly(1))[0])
    if _VNC_AUTH not in kinds:
        raise ValueError("another way to sign in")
    writer.write(bytes([_VNC_AUTH]))
    writer.write(des.answer(await reader.readexactly(16), password.reveal()))
    if struct.unpack(">I", await reader.readexactly(4))[0] != 0:
        raise ValueError("refused")
    writer.write(_SHARED)
    init = await reader.readexactly(_INIT)
    return init + await reader.readexactly(struct.unpack(">I", init[-4:])[0])


def welcome(init: bytes) -> bytes:
    """Return all that a viewer gets before its first message, without a password.

    It is sent at once: to wait for each answer would cost a round trip to the page.
    """
    return _VERSION + bytes([1, _NONE]) + struct.pack(">I", 0) + init


async def expect_handshake(reader: asyncio.StreamReader) -> None:
    """Wait for the viewer's answer to `welcome`.

    Raises
    ------
    ValueError
        For another answer.
    """
    said = await reader.readexactly(len(_VERSION) + 2)
    if said[:-1] != _VERSION + bytes([_NONE]):
        raise ValueError("another version, or another way to sign in")


async def carry(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    theirs: asyncio.StreamReader,
    ours: asyncio.StreamWriter,
) -> None:
    """Carry bytes between a viewer and the server until either goes."""
    directions = [
        asyncio.ensure_future(pump(reader, ours)),
        asyncio.ensure_future(pump(theirs, writer, _CHUNK)),
    ]
    try:
        await asyncio.wait(directions, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for direction in directions:
            direction.cancel()
