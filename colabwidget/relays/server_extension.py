"""An extension of the notebook's server: a WebSocket that carries ssh to the backend.

It is loaded by the server, from ``jupyter_server_config.d``, and imports nothing of the package. A
client names the Unix socket; only one that its own account has made in a folder of its own is used.
"""

from __future__ import annotations

import asyncio
import os
import stat
from pathlib import Path
from typing import Any

from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin
from jupyter_server.utils import url_path_join
from tornado import web, websocket

_SOCKET = "through.sock"
_READ = 64 * 1024


class ThroughHandler(WebSocketMixin, websocket.WebSocketHandler, JupyterHandler):
    """Bytes both ways between a client and the backend; the user must be signed in."""

    auth_resource = "terminals"  # it lets in whom a terminal would let in

    _writer: asyncio.StreamWriter | None = None
    _reading: asyncio.Task[None] | None = None

    async def get(self, *arguments: Any, **more: Any) -> None:
        """Open it, for a user who may have a terminal."""
        user = self.current_user
        if not user or not self.authorizer.is_authorized(self, user, "execute", self.auth_resource):
            raise web.HTTPError(403)
        path = Path(self.get_argument("socket"))
        if not is_ours(path):
            raise web.HTTPError(404)
        try:
            reader, self._writer = await asyncio.open_unix_connection(str(path), limit=_READ)
        except OSError:
            raise web.HTTPError(503) from None
        self._reading = asyncio.ensure_future(self._read(reader))
        try:
            await super().get(*arguments, **more)  # until the WebSocket is closed
        finally:
            self._end()

    def open(self, *arguments: Any, **more: Any) -> None:
        """Pass each key on at once."""
        super().open(*arguments, **more)
        self.set_nodelay(True)
        self._is_open.set()

    def initialize(self) -> None:
        """Begin."""
        self._is_open = asyncio.Event()

    async def on_message(self, message: str | bytes) -> None:
        """Pass on what the client sends; the next message waits for that."""
        if self._writer and isinstance(message, bytes):
            try:
                self._writer.write(message)
                await self._writer.drain()
            except OSError:
                self.close()

    def on_close(self) -> None:
        """End the connection to the backend."""
        self._end()
        super().on_close()

    def _end(self) -> None:
        if self._reading:
            self._reading.cancel()
        if self._writer:
            self._writer.close()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        await self._is_open.wait()
        try:
            while data := await reader.read(_READ):
                await self.write_message(data, binary=True)
        except (OSError, websocket.WebSocketClosedError):
            pass
        self.close()


def is_ours(path: Path) -> bool:
    """Tell whether a path is the backend's socket: ours, in a folder that is ours alone."""
    try:
        found, folder = path.lstat(), path.parent.lstat()
    except (OSError, ValueError):
        return False
    return (
        path.name == _SOCKET
        and path.is_absolute()
        and stat.S_ISSOCK(found.st_mode)
        and stat.S_ISDIR(folder.st_mode)
        and found.st_uid == folder.st_uid == os.geteuid()
        and not folder.st_mode & 0o077
    )


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "colabwidget.relays.server_extension"}]


def _load_jupyter_server_extension(server: Any) -> None:
    where = url_path_join(server.web_app.settings["base_url"], "colabwidget", "through")
    server.web_app.add_handlers(".*$", [(where, ThroughHandler)])
