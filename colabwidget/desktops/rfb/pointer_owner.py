"""An owner of the pointer, for a VNC server that never rests without one.

TurboVNC has the viewer that moved the pointer last own it. While none does, the server takes the
pointer out of the picture for each answer to a viewer which draws its own, and puts it in again
after that: so each request of what has changed is answered at once, with the rectangle below the
pointer, for ever. Here a viewer of ours, which never asks for a picture, owns the pointer whenever
no other does.
"""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager

from colabwidget.core.errors import ColabWidgetError
from colabwidget.desktops.rfb.server import CHUNK, Connection
from colabwidget.desktops.rfb.view_only import POINTER_EVENT

_AGAIN = 1.0  # seconds until the next try, after a connection that has failed


class PointerOwner:
    """Owns the pointer of a server where it is, until another viewer moves it.

    Parameters
    ----------
    connect
        Connects to the server as a viewer.
    where
        Returns where the pointer is, in pixels; ``None`` where that cannot be told.
    """

    def __init__(
        self,
        connect: Callable[[], AbstractAsyncContextManager[Connection]],
        where: Callable[[], Awaitable[tuple[int, int] | None]],
    ) -> None:
        self._connect = connect
        self._where = where
        self._is_wanted = asyncio.Event()
        self._task = asyncio.create_task(self._run(), name="owner of the pointer")

    def own(self) -> None:
        """Own the pointer again: a viewer has gone, and it may have been that one's.

        The server heeds this for no pointer that a viewer drags.
        """
        self._is_wanted.set()

    async def close(self) -> None:
        """Leave the server."""
        self._task.cancel()
        await asyncio.wait({self._task})

    async def _run(self) -> None:
        while True:
            with contextlib.suppress(ColabWidgetError, OSError, asyncio.IncompleteReadError):
                async with self._connect() as server:
                    self.own()
                    owning = asyncio.ensure_future(self._keep_owning(server))
                    try:
                        # What it says to all viewers, such as copied texts, is not for this one.
                        while await server.reader.read(CHUNK):
                            continue
                    finally:
                        owning.cancel()
            await asyncio.sleep(_AGAIN)

    async def _keep_owning(self, server: Connection) -> None:
        while True:
            await self._is_wanted.wait()
            self._is_wanted.clear()
            if place := await self._where():
                server.writer.write(struct.pack(">BBHH", POINTER_EVENT, 0, *place))
