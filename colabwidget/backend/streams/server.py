"""The Unix socket of the streams: a line of JSON each way, then raw bytes.

``{"type": "shell", "name", "columns", "rows", "environment"}``
    A shell with that name, which is started unless it runs. The answer tells how many bytes are
    a repetition, and has to be drawn without answering what they ask.
``{"type": "resize", "name", "columns", "rows"}`` and ``{"type": "end", "name"}``
    Change its terminal, or end it. No bytes follow.
``{"type": "desktop"}``
    The desktop of the session, as a VNC server that asks for no password.

The answer is ``{"error": null}``, or an error as `colabwidget.core.errors.ErrorInfo` has it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import pwd
import socket
from pathlib import Path
from typing import Any

from colabwidget.access.account import Account, own_account
from colabwidget.backend.session import Session
from colabwidget.backend.streams import rfb
from colabwidget.backend.streams.shell import Shell
from colabwidget.core.errors import ColabWidgetError, explain
from colabwidget.core.session_environment import allowed_environment
from colabwidget.runtime.journal import Journal
from colabwidget.system.peer import peer_is_same_user

_HEADER_MAX = 64 * 1024  # bytes
_HEADER_TIMEOUT = 10.0  # seconds
_CHUNK = 64 * 1024
_PICTURE = 1024 * 1024  # bytes
_SHELLS_MAX = 20
_NAME_MAX = 100  # characters
_SIZE_FIRST = (80, 24)


class StreamServer:
    """Serves streams until it is closed.

    Parameters
    ----------
    session
        Has the account of shells, and the desktop that is shown.
    journal
        The event log.
    """

    def __init__(self, session: Session, journal: Journal) -> None:
        self._session = session
        self._journal = journal
        self._shells: dict[str, Shell] = {}
        self._starting = asyncio.Lock()
        self._path = Path()
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[Any]] = set()

    @property
    def needed(self) -> bool:
        """Whether there is a shell or an open stream."""
        return bool(self._shells or self._open)

    async def start(self, path: Path) -> None:
        """Serve on a socket."""
        path.unlink(missing_ok=True)
        self._path = path
        self._server = await asyncio.start_unix_server(self._serve, path=str(path), limit=_CHUNK)
        path.chmod(0o600)

    async def close(self) -> None:
        """End all shells and streams."""
        if self._server:
            self._server.close()
            self._path.unlink(missing_ok=True)
        for task in self._open.copy():
            task.cancel()
        await asyncio.gather(*(shell.stop() for shell in self._shells.values()))
        self._shells.clear()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._open.add(task)
        try:
            if peer_is_same_user(writer.get_extra_info("socket"), or_root=True):
                await self._answer(reader, writer)
        except (OSError, asyncio.TimeoutError, ValueError, asyncio.IncompleteReadError):
            pass  # the client has disconnected, or sent what is no request
        except asyncio.CancelledError:
            pass  # the backend ends
        finally:
            self._open.discard(task)
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = await asyncio.wait_for(reader.readuntil(b"\n"), _HEADER_TIMEOUT)
        header = json.loads(line)
        serve = {
            "shell": self._shell,
            "resize": self._resize,
            "end": self._end,
            "desktop": self._desktop,
        }[header["type"]]
        try:
            await serve(header, reader, writer)
        except (ColabWidgetError, KeyError, TypeError, OSError) as error:
            if writer.is_closing():
                return
            await _send(
                writer,
                {"error": explain(error, self._journal.redactor.redact, self._journal.add).info},
            )

    # Shells

    async def _shell(
        self, header: dict[str, Any], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        async with self._starting:
            shell = await self._ensure_shell(header)
        before, output = shell.preamble(), shell.follow()
        typing = asyncio.ensure_future(_pass_input(reader, shell, writer))
        try:
            await _send(writer, {"error": None, "old": len(before) + output.old})
            writer.write(before)
            shell.draw_again()
            while data := await output.read():
                writer.write(data)
                await writer.drain()
                output.acknowledge(len(data))
        finally:
            typing.cancel()
            output.close()

    async def _ensure_shell(self, header: dict[str, Any]) -> Shell:
        name = str(header["name"])[:_NAME_MAX]
        found = self._shells.get(name)
        if found and not found.ended.is_set():
            found.resize(*_size(header))
            return found
        if found:
            await self._forget(name, found)
        if len(self._shells) >= _SHELLS_MAX:
            raise ColabWidgetError("shells_too_many")
        account, outlives_session = self._account()
        environment = (
            allowed_environment(header["environment"]) if outlives_session else account.environment
        )
        shell = Shell(
            account,
            environment,
            self._path.parent,
            *_size(header),
            outlives_session=outlives_session,
        )
        try:
            await shell.start()
        except OSError as error:
            raise ColabWidgetError("shell_failed", reason=f"{error}.") from error
        self._shells[name] = shell
        asyncio.ensure_future(self._until_its_end(name, shell))  # noqa: RUF006  ends by itself
        return shell

    def _account(self) -> tuple[Account, bool]:
        """Return the account of a new shell, and whether the shell outlives the session."""
        own = pwd.getpwuid(os.geteuid())
        account = self._session.account
        if account and account.name != own.pw_name:
            return account, False
        return own_account(own.pw_name, {}), True

    async def _until_its_end(self, name: str, shell: Shell) -> None:
        await shell.ended.wait()
        await self._forget(name, shell)

    async def _forget(self, name: str, shell: Shell) -> None:
        if self._shells.get(name) is shell:
            del self._shells[name]
        await shell.stop()

    async def _resize(
        self, header: dict[str, Any], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if shell := self._shells.get(str(header["name"])):
            shell.resize(*_size(header))
        await _send(writer, {"error": None})

    async def _end(
        self, header: dict[str, Any], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        name = str(header["name"])
        if shell := self._shells.get(name):
            await self._forget(name, shell)
        await _send(writer, {"error": None})

    # The desktop

    async def _desktop(
        self, header: dict[str, Any], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        facts = self._session.desktop_facts
        if not facts:
            raise ColabWidgetError("no_desktop")
        theirs, ours, init = await rfb.sign_in(facts.port, facts.password)
        try:
            # A whole picture fits the buffer: each message to a page costs page, kernel and server.
            connection = writer.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _PICTURE)
            await _send(writer, {"error": None, "old": 0})
            writer.write(rfb.welcome(init))
            await rfb.expect_handshake(reader)
            await rfb.carry(reader, writer, theirs, ours)
        finally:
            ours.close()


async def _pass_input(
    reader: asyncio.StreamReader, shell: Shell, writer: asyncio.StreamWriter
) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(_CHUNK):
            await shell.write_input(data)
    writer.close()


async def _send(writer: asyncio.StreamWriter, answer: dict[str, Any]) -> None:
    writer.write(json.dumps(answer).encode() + b"\n")
    await writer.drain()


def _size(header: dict[str, Any]) -> tuple[int, int]:
    columns, rows = (
        int(header.get(name) or first)
        for name, first in zip(("columns", "rows"), _SIZE_FIRST, strict=True)
    )
    return columns, rows
