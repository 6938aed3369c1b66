"""Serves one shell to the guest of one invitation: its output, and what the guest may type.

The guest's program, `colabwidget.system.watch`, sends a secret as its first line and is told how
the shell is, a line of JSON; then bytes follow both ways. What comes from a guest who only watches
is dropped here and reaches nothing. A guest who does not read holds nothing up.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import os
from pathlib import Path
from typing import Any

from colabwidget.backend.streams.shell import Follower, Shell
from colabwidget.backend.streams.typed_input import TypedInput
from colabwidget.system.peer import peer_of

_HEADER_MAX = 5.0  # seconds
_LINE_MAX = 1024  # bytes
_CHUNK = 4096
# Of typed bytes at a time: the owner's come in between.
_PIECE = 256
_PIECE_MAX = 2.0  # seconds that a shell may take for them, which else are dropped
_ESCAPE_MAX = 0.1  # seconds until an ESC is the key
# End of text and end of file, Ctrl-C and Ctrl-D: a guest who only watches leaves.
_LEAVES = frozenset(b"\x03\x04")
# What was skipped may have begun anything: the terminal is reset, and its screen cleared.
_ANEW = b"\x1b\\\x1b[!p\x1b[H\x1b[2J"
_GONE = "The invitation is over."


class Watching:
    """One shell, shown to one guest.

    Parameters
    ----------
    shell
        What is shown.
    path
        The socket, in a folder that only the guest's account and we can enter.
    secret
        What the guest's program has to know.
    user
        User id of the guest's account; only its processes are answered.
    typing
        Whether the guest may type.
    views_max
        How many views the guest may have at a time.
    """

    def __init__(
        self, shell: Shell, path: Path, secret: str, user: int, *, typing: bool, views_max: int
    ) -> None:
        self.shell = shell
        self._path = path
        self._secret = secret.encode()
        self._user = user
        self._typing = typing
        self._views_max = views_max
        self._server: asyncio.Server | None = None
        self._views: set[asyncio.Task[Any]] = set()
        self._is_closed = False

    async def start(self, group: int | None = None) -> None:
        """Serve.

        Parameters
        ----------
        group
            The guest's, which may connect; ``None`` where the guest's account is our own.
        """
        self._server = await asyncio.start_unix_server(
            self._serve, path=str(self._path), limit=_LINE_MAX
        )
        if group is not None:
            os.chown(self._path, 0, group)
        self._path.chmod(0o600 if group is None else 0o660)

    def close(self) -> None:
        """End all views at once, and show nothing any more."""
        self._is_closed = True
        if self._server:
            self._server.close()
        for view in self._views.copy():
            view.cancel()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._views.add(task)
        try:
            if peer_of(writer.get_extra_info("socket")).user == self._user:
                await self._answer(reader, writer)
        except (OSError, ValueError, asyncio.TimeoutError, asyncio.IncompleteReadError):
            pass  # the guest has left, or sent what is no secret
        except asyncio.LimitOverrunError:
            pass
        except asyncio.CancelledError:
            pass  # the invitation has ended
        finally:
            self._views.discard(task)
            if self._is_closed:
                writer.transport.abort()  # what is still to be sent, a guest may never take
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        said = await asyncio.wait_for(reader.readuntil(b"\n"), _HEADER_MAX)
        if self._is_closed or not hmac.compare_digest(said.rstrip(b"\n"), self._secret):
            return await _refuse(writer, _GONE)
        if len(self._views) > self._views_max:
            return await _refuse(writer, "This invitation is in use already.")
        output = self.shell.follow(is_guest=True)
        typing = asyncio.ensure_future(self._take_input(reader))
        showing = asyncio.ensure_future(self._show(output, writer))
        try:
            await asyncio.wait({typing, showing}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            typing.cancel()
            showing.cancel()
            output.close()

    async def _show(self, output: Follower, writer: asyncio.StreamWriter) -> None:
        columns, rows = self.shell.size
        told = {"columns": columns, "rows": rows, "typing": self._typing}
        writer.write(json.dumps(told).encode() + b"\n" + self.shell.preamble())
        while True:
            if output.skip_what_is_forgotten():
                writer.write(_ANEW + self.shell.preamble())
            data = await output.read()
            if not data:
                break
            writer.write(data)
            await writer.drain()
            output.acknowledge(len(data))
        await writer.drain()

    async def _take_input(self, reader: asyncio.StreamReader) -> None:
        """Read what the guest sends until the guest leaves; pass it on where that is allowed."""
        if not self._typing:
            while data := await reader.read(_CHUNK):
                if not _LEAVES.isdisjoint(data):
                    break
            return
        typed = TypedInput()
        while True:
            try:
                limit = _ESCAPE_MAX if typed.waits else None
                data = await asyncio.wait_for(reader.read(_CHUNK), limit)
            except asyncio.TimeoutError:
                await self._type(typed.flush())
                continue
            if not data:
                break
            await self._type(typed.take(data))
        await self._type(typed.flush())

    async def _type(self, data: bytes) -> None:
        for start in range(0, len(data), _PIECE):
            piece = self.shell.write_input(data[start : start + _PIECE])
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(piece, _PIECE_MAX)


async def _refuse(writer: asyncio.StreamWriter, text: str) -> None:
    writer.write(json.dumps({"error": text}).encode() + b"\n")
    await writer.drain()
