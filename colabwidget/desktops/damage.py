"""What changes on an X display, as its server says it: the DAMAGE extension.

What a VNC server sends tells less: on a slow line it sends little of what changes.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import NamedTuple

from colabwidget.access.account import Account
from colabwidget.desktops import x11

#: Seconds between two looks at what has changed.
INTERVAL = 1 / 16

_QUERY_EXTENSION = 98
_NON_EMPTY = 3  # level of reports: one until what has changed is taken
_DAMAGE_CREATE, _DAMAGE_SUBTRACT = 1, 3
_CREATE_REGION, _FETCH_REGION = 5, 19


class NoExtension(ConnectionError):
    """An X server cannot tell what changes."""


class Rectangle(NamedTuple):
    """A part of the screen, in pixels."""

    x: int
    y: int
    width: int
    height: int


class Screen(NamedTuple):
    """An X display, and what a program of its account needs to look at it.

    Parameters
    ----------
    number, key
        The display, and its key.
    authority
        File with the key, for programs.
    account
        The account that the server runs as.
    """

    number: int
    key: str
    authority: Path
    account: Account


async def changes(screen: Screen) -> AsyncIterator[list[Rectangle]]:
    """Yield what has changed since the last time, at most each `INTERVAL`; at rest nothing.

    Raises
    ------
    NoExtension
        Where the server has no such extension.
    OSError, asyncio.IncompleteReadError
        Where the server ends.
    """
    reader, writer, welcome = await x11.connect(screen.number, screen.key)
    try:
        client = _Client(reader, writer)
        region, damage = welcome.first_id, welcome.first_id + 1
        fixes = await client.extension(b"XFIXES", (5, 0))
        watcher = await client.extension(b"DAMAGE", (1, 1))
        writer.write(struct.pack("<BBHI", fixes.code, _CREATE_REGION, 2, region))
        create = (watcher.code, _DAMAGE_CREATE, 4, damage, welcome.root, _NON_EMPTY)
        writer.write(struct.pack("<BBHIIB3x", *create))
        while True:
            await client.event(watcher.event)
            took = struct.pack("<BBHIII", watcher.code, _DAMAGE_SUBTRACT, 4, damage, 0, region)
            yield list(
                _rectangles(
                    await client.asked(
                        took + struct.pack("<BBHI", fixes.code, _FETCH_REGION, 2, region)
                    )
                )
            )
            await asyncio.sleep(INTERVAL)
    finally:
        writer.close()


class _Extension(NamedTuple):
    code: int
    event: int


class _Client:
    """Speaks the X protocol (X Window System Protocol, appendix B)."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._events: set[int] = set()

    async def extension(self, name: bytes, version: tuple[int, int]) -> _Extension:
        size = 2 + (len(name) + 3) // 4
        head = struct.pack("<BxHHxx", _QUERY_EXTENSION, size, len(name))
        reply = await self.asked(head + name + bytes(-len(name) % 4))
        if not reply[8]:
            raise NoExtension(f"The X server has no {name.decode()}")
        await self.asked(struct.pack("<BBHII", reply[9], 0, 3, *version))
        return _Extension(reply[9], reply[10])

    async def asked(self, request: bytes) -> bytes:
        """Return the reply to a request."""
        self._writer.write(request)
        while not (reply := await self._next()):
            continue
        return reply

    async def event(self, code: int) -> None:
        """Wait for an event, unless it has come before."""
        while code not in self._events:
            await self._next()
        self._events.discard(code)

    async def _next(self) -> bytes:
        """Return a reply; of an event, keep that it came."""
        head = await self._reader.readexactly(32)
        if head[0] == 0:
            raise ConnectionError(f"The X server answered with error {head[1]}.")
        if head[0] != 1:
            self._events.add(head[0] & 0x7F)
            return b""
        more = 4 * int.from_bytes(head[4:8], "little")
        return head + await self._reader.readexactly(more)


def _rectangles(reply: bytes) -> Iterator[Rectangle]:
    for each in struct.iter_unpack("<hhHH", reply[32:]):
        yield Rectangle(*each)
