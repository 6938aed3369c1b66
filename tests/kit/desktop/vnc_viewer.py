"""A VNC viewer for tests: asyncvnc, a real client of the RFB protocol (RFC 6143).

asyncvnc signs in with VncAuth, decodes the screen into arrays, types and points. What it lacks
stands here: the message for another size of the desktop, and texts to copy and paste, which
asyncvnc 1.3.0 writes with too few bytes and takes for bells.
"""

from __future__ import annotations

import asyncio
import struct
import threading
import warnings
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import asyncvnc
import numpy
from PIL import Image

_TIMEOUT = 20.0  # seconds
_ZLIB, _RAW = 6, 0
_EXTENDED_DESKTOP_SIZE = -308  # https://github.com/rfbproto/rfbproto, rfbproto.rst
_SET_DESKTOP_SIZE = 251
_SET_ENCODINGS = 2
_CLIENT_CUT_TEXT = 6
_FRAMEBUFFER_UPDATE, _BELL, _SERVER_CUT_TEXT = 0, 2, 3

_Result = TypeVar("_Result")
Picture = numpy.ndarray[Any, Any]


class Refused(Exception):
    """The server did not let us in."""


class Viewer:
    """A viewer that has signed in."""

    def __init__(self, port: int, password: str, host: str = "127.0.0.1") -> None:
        # A thread of its own: Playwright has a loop in that of the tests.
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        try:
            self._client = self._do(self._sign_in(host, port, password))
        except (PermissionError, ValueError, ConnectionError, asyncio.IncompleteReadError) as error:
            self._end()
            raise Refused(str(error)) from error
        except BaseException:
            self._end()
            raise
        self._copied = ""
        video = self._client.video
        self._client.video = _Video(**{name: getattr(video, name) for name in vars(video)})
        kinds = (_ZLIB, _RAW, _EXTENDED_DESKTOP_SIZE)
        self._send(struct.pack(">BxH3i", _SET_ENCODINGS, len(kinds), *kinds))

    def __enter__(self) -> Viewer:
        return self

    def __exit__(self, *_: object) -> None:
        async def hang_up() -> None:
            self._client.writer.close()

        self._do(hang_up())
        self._end()

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the desktop, as the server has told last."""
        return self._client.video.width, self._client.video.height

    def picture(self, path: Path | None = None) -> Picture:
        """What is on the screen, as height x width x RGB; also written to a file."""

        async def look() -> Picture:
            video = self._client.video
            video.data = None
            while not video.is_complete():
                video.refresh()
                while await self._read() != _FRAMEBUFFER_UPDATE:
                    continue
            return video.as_rgba()[:, :, :3]

        shown = self._do(look())
        if path:
            Image.fromarray(shown).save(path)
        return shown

    def type(self, text: str) -> None:
        """Press the keys that write a text; a line end is the Return key."""
        for character in text:
            self._client.keyboard.press("Return" if character == "\n" else character)
            self._flush()

    def press(self, *keys: str) -> None:
        """Press keys together, such as ``press("Ctrl", "Shift", "c")``."""
        self._client.keyboard.press(*keys)
        self._flush()

    def click(self, x: int, y: int) -> None:
        self._client.mouse.move(x, y)
        self._client.mouse.click()
        self._flush()

    def copy(self, text: str) -> None:
        """Have a text in the viewer's clipboard."""
        data = text.encode("latin-1")
        self._send(struct.pack(">BxxxI", _CLIENT_CUT_TEXT, len(data)) + data)

    def copied(self) -> str:
        """The text that was copied on the desktop last; the next one is waited for a moment."""

        async def wait() -> str:
            while await self._read(patience=1.0) not in (_SERVER_CUT_TEXT, None):
                continue
            return self._copied

        return self._do(wait())

    def resize(self, width: int, height: int) -> None:
        """Ask for another size, and wait until the desktop has it."""

        async def change() -> None:
            self._client.video.refresh()
            while self._client.video.layouts == 0:  # the server tells first that it can
                await self._read()
            screen = struct.pack(">IHHHHI", 0, 0, 0, width, height, 0)
            head = struct.pack(">BxHHBx", _SET_DESKTOP_SIZE, width, height, 1)
            self._client.writer.write(head + screen)
            while self.size != (width, height):
                self._client.video.refresh()
                await self._read()

        self._do(change())

    async def _sign_in(self, host: str, port: int, password: str) -> asyncvnc.Client:
        reader, writer = await asyncio.open_connection(host, port)
        with warnings.catch_warnings():
            # VncAuth is what it is: one block of DES.
            warnings.simplefilter("ignore")
            try:
                return await asyncvnc.Client.create(reader, writer, password=password)
            except BaseException:
                writer.close()
                raise

    async def _read(self, patience: float = _TIMEOUT) -> int | None:
        """Take in a message of the server, and return its type; ``None`` where none comes."""
        reader, video = self._client.reader, self._client.video
        try:
            kind = int((await asyncio.wait_for(reader.readexactly(1), patience))[0])
        except asyncio.TimeoutError:
            return None
        if kind == _FRAMEBUFFER_UPDATE:
            (count,) = struct.unpack(">xH", await reader.readexactly(3))
            for _ in range(count):
                await video.read()
        elif kind == _SERVER_CUT_TEXT:
            (length,) = struct.unpack(">3xI", await reader.readexactly(7))
            self._copied = (await reader.readexactly(length)).decode("latin-1")
        elif kind != _BELL:
            raise ValueError(f"the server sent a message of type {kind}")
        return kind

    def _send(self, data: bytes) -> None:
        self._client.writer.write(data)
        self._flush()

    def _flush(self) -> None:
        self._do(self._client.drain())

    def _do(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        timed = asyncio.wait_for(work, _TIMEOUT)
        return asyncio.run_coroutine_threadsafe(timed, self._loop).result()

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class _Video(asyncvnc.Video):
    """A screen that may change its size."""

    layouts = 0  # that the server has told of
    reader: Any
    data: Any
    width: int
    height: int

    async def read(self) -> None:
        head = await self.reader.readexactly(12)
        width, height, encoding = struct.unpack(">4xHHi", head)
        if encoding == _EXTENDED_DESKTOP_SIZE:
            (screens,) = struct.unpack(">B3x", await self.reader.readexactly(4))
            await self.reader.readexactly(16 * screens)
            self.layouts += 1
            if self.data is None or (width, height) != (self.width, self.height):
                # Each request of a whole picture is answered by the size first; the picture itself
                # comes to a request of what has changed, which asyncvnc makes where it has one.
                self.width, self.height = width, height
                self.data = numpy.zeros((height, width, 4), "B")
            return
        # asyncvnc reads the same head again: it is given back.
        self.reader = _Again(head, self.reader)
        try:
            await super().read()
        finally:
            self.reader = self.reader.rest


class _Again:
    """A stream of which the first bytes come again."""

    def __init__(self, first: bytes, rest: asyncio.StreamReader) -> None:
        self._first = first
        self.rest = rest

    async def readexactly(self, count: int) -> bytes:
        if not self._first:
            return await self.rest.readexactly(count)
        part, self._first = self._first[:count], self._first[count:]
        return part
