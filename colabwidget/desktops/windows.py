"""The windows that are open on an X display: their titles, and to ask their programs to close them.

A window manager knows them (Extended Window Manager Hints, ``_NET_CLIENT_LIST``).
"""

from __future__ import annotations

import asyncio
import struct

from colabwidget.core.printable import spelled_out
from colabwidget.desktops import x11

_INTERN_ATOM, _GET_PROPERTY, _SEND_EVENT, _CLIENT_MESSAGE = 16, 20, 25, 33
_TO_WINDOW_MANAGER = 0x180000  # SubstructureRedirect, SubstructureNotify
_FROM_PAGER = 2  # the user asks, not the program
_LIST, _CLOSE, _TYPE = "_NET_CLIENT_LIST", "_NET_CLOSE_WINDOW", "_NET_WM_WINDOW_TYPE"
_NAMES = ("_NET_WM_NAME", "WM_NAME")
# Panels, and the desktop's own ground.
_OF_DESKTOP = ("_NET_WM_WINDOW_TYPE_DOCK", "_NET_WM_WINDOW_TYPE_DESKTOP")
_TITLE_MAX = 40  # characters
_PROPERTY_MAX = 4096  # words
_LOOK_EVERY = 0.05  # seconds


async def titles(number: int, key: str) -> list[str]:
    """Return the titles of the windows that are open on a display, but for panels and the like."""
    found = await x11.ask(number, key, _titles)
    return found or []


async def close_all(number: int, key: str, seconds: float) -> None:
    """Ask the window manager to close all windows, and wait so long until none is left.

    A program that asks its user first, or that does not listen, keeps its window.
    """
    if await x11.ask(number, key, _close_all):
        deadline = asyncio.get_running_loop().time() + seconds
        while asyncio.get_running_loop().time() < deadline and await titles(number, key):
            await asyncio.sleep(_LOOK_EVERY)


class _Client:
    """What is asked of an X server (X Window System Protocol, appendix B)."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.root = 0

    async def begin(self) -> bool:
        """Read the server's first answer; tell whether it accepts us."""
        self.root = await x11.root_window(self._reader) or 0
        return bool(self.root)

    async def atom(self, name: str) -> int:
        data = name.encode()
        size = 2 + (len(data) + 3) // 4
        head = struct.pack("<BxHHxx", _INTERN_ATOM, size, len(data))
        reply, _ = await self._asked(head + data + bytes(-len(data) % 4))
        return int(struct.unpack_from("<I", reply, 8)[0]) if reply else 0

    async def property(self, window: int, name: str) -> bytes:
        """Return a property of a window; empty for one that is not there."""
        wanted = (_GET_PROPERTY, 6, window, await self.atom(name), 0, 0, _PROPERTY_MAX)
        reply, data = await self._asked(struct.pack("<BxHIIIII", *wanted))
        if not reply:
            return b""
        return data[: int(struct.unpack_from("<I", reply, 16)[0]) * (reply[1] // 8)]

    async def words(self, window: int, name: str) -> list[int]:
        data = await self.property(window, name)
        return [word for (word,) in struct.iter_unpack("<I", data[: len(data) // 4 * 4])]

    async def windows(self) -> list[int]:
        """Return the windows of programs."""
        others = {await self.atom(name) for name in _OF_DESKTOP}
        return [
            window
            for window in await self.words(self.root, _LIST)
            if not others & {*await self.words(window, _TYPE)}
        ]

    async def title(self, window: int) -> str:
        for name in _NAMES:
            if data := await self.property(window, name):
                return spelled_out(" ".join(data.decode("utf-8", "replace").split()))[:_TITLE_MAX]
        return "without a title"

    async def close(self, window: int) -> None:
        """Ask the window manager to close a window, as its button does."""
        kind = await self.atom(_CLOSE)
        event = struct.pack("<BB2xII5I", _CLIENT_MESSAGE, 32, window, kind, 0, _FROM_PAGER, 0, 0, 0)
        head = struct.pack("<BBHII", _SEND_EVENT, 0, 11, self.root, _TO_WINDOW_MANAGER)
        self._writer.write(head + event)

    async def _asked(self, request: bytes) -> tuple[bytes, bytes]:
        """Return the reply and what follows it; empty where the server reports an error."""
        self._writer.write(request)
        while True:
            reply = await self._reader.readexactly(32)
            if reply[0] == 0:
                return b"", b""
            if reply[0] == 1:
                more = 4 * int(struct.unpack_from("<I", reply, 4)[0])
                return reply, await self._reader.readexactly(more)


async def _titles(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> list[str] | None:
    client = _Client(reader, writer)
    if not await client.begin():
        return None
    return [await client.title(window) for window in await client.windows()]


async def _close_all(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool | None:
    client = _Client(reader, writer)
    if not await client.begin():
        return None
    windows = await client.windows()
    for window in windows:
        await client.close(window)
    await client.atom(_CLOSE)  # answered once all of that is done
    return bool(windows)
