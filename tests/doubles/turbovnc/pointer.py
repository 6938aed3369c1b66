"""What TurboVNC does about the pointer, in front of a server that does not: see the stand-in.

It draws the pointer into the picture while no viewer owns it, which is the one that has moved it
last. A viewer that draws its own pointer (the pseudo-encoding Cursor) and asks for what has changed
is then answered at once, with the rectangle below the pointer; again and again, as the pointer is
taken out for the answer and put in after it. With continuous updates it answers no request.

    python3 pointer.py SOCKET SOCKET-OF-THE-SERVER
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import struct
import sys
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_CURSOR = -239
_COPY_RECT = 1
_AT_REST = 0.005  # seconds without a byte of the server's: no message is half sent
_LENGTHS = {0: 20, 3: 10, 4: 8, 5: 6, 150: 10, 255: 12}
# The real one encodes the pixels; these are copied from where they are, which draws the same.
_RECTANGLE = struct.pack(">BxHHHHHiHH", 0, 1, 0, 0, 40, 40, _COPY_RECT, 0, 0)

owner: list[Viewer] = []


class Viewer:
    """A viewer's connection, and the server's for it."""

    def __init__(self, to_viewer: asyncio.StreamWriter, to_server: asyncio.StreamWriter) -> None:
        self._to_viewer = to_viewer
        self._to_server = to_server
        self._held = bytearray()
        self._hello = 14
        self._has_cursor = self._is_pushed = False
        self._heard_at = 0.0
        self._answers: set[asyncio.Task[None]] = set()

    async def serve(self, viewer: asyncio.StreamReader, server: asyncio.StreamReader) -> None:
        """Carry bytes until either end has gone."""
        carried = [
            asyncio.ensure_future(self._from_server(server)),
            asyncio.ensure_future(self._from_viewer(viewer)),
        ]
        await asyncio.wait(carried, return_when=asyncio.FIRST_COMPLETED)
        if owner == [self]:
            owner.clear()
        for each in (*carried, *self._answers):
            each.cancel()
        self._to_viewer.close()
        self._to_server.close()

    async def _from_server(self, server: asyncio.StreamReader) -> None:
        while data := await server.read(256 * 1024):
            self._heard_at = asyncio.get_running_loop().time()
            self._to_viewer.write(data)
            await self._to_viewer.drain()

    async def _from_viewer(self, viewer: asyncio.StreamReader) -> None:
        while data := await viewer.read(64 * 1024):
            self._held += data
            while length := self._length():
                self._look(bytes(self._held[:length]))
                del self._held[:length]
            self._to_server.write(data)
            await self._to_server.drain()

    def _length(self) -> int:
        """Bytes of the message that begins here; 0 where it has not come yet."""
        held = self._held
        if self._hello:
            length = 30 if len(held) > 12 and held[12] == 2 else 14
            if len(held) < length:
                return 0
            self._hello = 0
            return length
        if len(held) < 10 and not (held and len(held) >= _LENGTHS.get(held[0], 10)):
            return 0
        kind = held[0]
        length = _LENGTHS.get(kind, 0)
        if kind == 2:
            length = 4 + 4 * int.from_bytes(held[2:4], "big")
        elif kind == 6:
            length = 8 + abs(int.from_bytes(held[4:8], "big", signed=True))
        elif kind == 248:
            length = 9 + held[8]
        elif kind == 251:
            length = 8 + 16 * held[6]
        return length if len(held) >= length else 0

    def _look(self, message: bytes) -> None:
        kind = message[0]
        if kind == 2:
            count = (len(message) - 4) // 4
            self._has_cursor = _CURSOR in struct.unpack_from(f">{count}i", message, 4)
        elif kind == 5:
            owner[:] = [self]
        elif kind == 150:
            self._is_pushed = message[1] == 1
        elif kind == 3 and message[1] and self._has_cursor and not self._is_pushed and not owner:
            answer = asyncio.ensure_future(self._answer())
            self._answers.add(answer)
            answer.add_done_callback(self._answers.discard)

    async def _answer(self) -> None:
        now = asyncio.get_running_loop().time
        while now() - self._heard_at < _AT_REST:
            await asyncio.sleep(_AT_REST)
        self._to_viewer.write(_RECTANGLE)


async def _main(path: str, behind: str) -> None:
    async def serve(viewer: asyncio.StreamReader, to_viewer: asyncio.StreamWriter) -> None:
        server, to_server = await asyncio.open_unix_connection(behind)
        await Viewer(to_viewer, to_server).serve(viewer, server)

    while not Path(behind).exists():
        await asyncio.sleep(0.005)
    os.umask(0o177)
    listening = await asyncio.start_unix_server(serve, path=path)
    async with listening:
        await listening.serve_forever()


if __name__ == "__main__":
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    asyncio.run(_main(*sys.argv[1:]))
