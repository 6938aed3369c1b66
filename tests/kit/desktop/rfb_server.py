"""A VNC server for tests, on a Unix socket: it takes what a viewer says, and says what it is told.

It offers the security types *None* and *VNC authentication*, as the real ones do there; a viewer
that takes the second one only looks.
"""

from __future__ import annotations

import asyncio
import struct
from pathlib import Path

INIT = struct.pack(">HH16sI", 640, 480, bytes(16), 3) + b"toy"


class RfbServer:
    """Serves until it is closed."""

    def __init__(self) -> None:
        #: What each viewer has chosen: 1 for *None*, 2 for a password.
        self.chosen: list[int] = []
        self.heard = bytearray()
        #: What each viewer gets after ServerInit; then the connection lasts.
        self.says = b""
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    async def start(self, path: Path) -> None:
        """Serve on a socket."""
        self._server = await asyncio.start_unix_server(self._serve, path=str(path))

    def close(self) -> None:
        """Serve no more."""
        assert self._server
        self._server.close()
        for each in self._open:
            each.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            writer.write(b"RFB 003.008\n")
            await reader.readexactly(12)
            writer.write(bytes([2, 1, 2]))
            kind = (await reader.readexactly(1))[0]
            self.chosen.append(kind)
            if kind == 2:
                writer.write(bytes(16))
                await reader.readexactly(16)
            writer.write(bytes(4))
            await reader.readexactly(1)
            writer.write(INIT + self.says)
            while data := await reader.read(65_536):
                self.heard += data
        except (asyncio.IncompleteReadError, OSError):
            pass  # the viewer has gone
        finally:
            writer.close()
