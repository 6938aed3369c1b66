"""Serves the Unix socket of the streams: shells and the desktop for pages; see `ipc.streams`."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from colabwidget.access.account import Account, own_account
from colabwidget.backend.session import Session
from colabwidget.backend.streams.files import KeptReceipts, move_files
from colabwidget.backend.streams.film.carry import Film
from colabwidget.backend.streams.login_shell import RCFILE
from colabwidget.backend.streams.shell import Follower, Shell
from colabwidget.backend.streams.sound import serve_sound
from colabwidget.core.errors import ColabWidgetError, explain
from colabwidget.core.presence import Presence, PresenceKind
from colabwidget.desktops.rfb import handshake
from colabwidget.desktops.rfb.input_watch import InputWatch
from colabwidget.hosts.environment import terminal_environment
from colabwidget.ipc.streams import (
    Answer,
    AnswerShell,
    ClearShell,
    OpenDesktop,
    OpenFiles,
    OpenShell,
    OpenSound,
    Request,
    ResizeShell,
    SetDensity,
    ShellSize,
    decode_request,
    encode_answer,
)
from colabwidget.runtime.journal import Journal
from colabwidget.system import accounts
from colabwidget.system.peer import peer_is_same_user

_HEADER_TIMEOUT = 10.0  # seconds
_CHUNK = 64 * 1024
_PICTURE = 1024 * 1024  # bytes
_SHELLS_MAX = 20
_TRANSFERS_MAX = 40
_NAME_MAX = 100  # characters
_SIZE_FIRST = (80, 24)


class _View(NamedTuple):
    """A view of the desktop."""

    task: asyncio.Task[Any]
    since: float  # of the event loop's clock
    watch: InputWatch


class StreamServer:
    """Serves streams until it is closed.

    Parameters
    ----------
    session
        Has the account of shells, and the desktop that is shown.
    journal
        The event log.
    on_change
        Called when a shell or a view of the desktop has come or gone.
    """

    def __init__(
        self, session: Session, journal: Journal, on_change: Callable[[], None] = lambda: None
    ) -> None:
        self._on_change = on_change
        self._session = session
        self._journal = journal
        self._shells: dict[str, Shell] = {}
        self._starting = asyncio.Lock()
        self._path = Path()
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[Any]] = set()
        self._views: dict[str, _View] = {}  # of the desktop, by name
        self._transfers: dict[str, asyncio.Task[Any]] = {}
        self._receipts = KeptReceipts()
        self._numbers = itertools.count(1)
        self._filming = asyncio.Lock()

    @property
    def needed(self) -> bool:
        """Whether there is a shell or an open stream."""
        return bool(self._shells or self._open)

    def present(self) -> list[Presence]:
        """Return the shells and the views of the desktop."""
        now = asyncio.get_running_loop().time()
        shells = [
            _presence(f"shell-{name}", "terminal", now - shell.since, now - shell.typed_at)
            for name, shell in self._shells.items()
        ]
        views = [
            _presence(name, "desktop", now - view.since, view.watch.idle)
            for name, view in self._views.items()
        ]
        return [*shells, *views]

    def watching(self) -> int:
        """Return how many of them a page shows."""
        return len(self._views) + sum(shell.is_watched for shell in self._shells.values())

    def shell(self) -> Shell | None:
        """Return the shell that was typed in last; ``None`` where none runs."""
        there = [shell for shell in self._shells.values() if not shell.ended.is_set()]
        return max(there, key=lambda shell: shell.typed_at, default=None)

    async def end(self, name: str) -> bool:
        """End a shell or a view; tell whether there was one of that name."""
        if view := self._views.get(name):
            view.task.cancel()
            return True
        shell = self._shells.get(name.removeprefix("shell-"))
        if shell is None or not name.startswith("shell-"):
            return False
        await self._forget(name.removeprefix("shell-"), shell)
        return True

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
            self._path.with_name(RCFILE).unlink(missing_ok=True)
        for task in self._open.copy():
            task.cancel()
        self._receipts.close()
        await asyncio.gather(*(shell.stop() for shell in self._shells.values()))
        self._shells.clear()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._open.add(task)
        try:
            if peer_is_same_user(writer.get_extra_info("socket"), or_root=True):
                await self._handle(reader, writer)
        except (OSError, asyncio.TimeoutError, ValueError, asyncio.IncompleteReadError):
            pass  # the client has disconnected, or sent what is no handshake
        except asyncio.CancelledError:
            pass  # the backend ends
        finally:
            self._open.discard(task)
            writer.close()

    async def _handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await asyncio.wait_for(_next_request(reader), _HEADER_TIMEOUT)
            await self._serve_request(request, reader, writer)
        except (ColabWidgetError, OSError) as error:
            if not writer.is_closing():
                told = explain(error, self._journal.redactor.redact, self._journal.add)
                await _answer(writer, Answer(told.info))

    async def _serve_request(
        self, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if isinstance(request, OpenShell):
            await self._show_shell(request, reader, writer)
        elif isinstance(request, OpenDesktop):
            await self._show_desktop(reader, writer)
        elif isinstance(request, SetDensity):
            await _answer(writer, Answer())
            await self._session.desktop.set_density(request.percent)
        elif isinstance(request, OpenSound):
            sound = self._session.desktop.sound()
            await _answer(writer, Answer())
            await serve_sound(sound, request.install, reader, writer, self._journal)
        elif isinstance(request, OpenFiles):
            await self._move_files(request, writer)
        elif isinstance(request, AnswerShell):
            # The shell may take none now: a page's kernel does not wait for that.
            await _answer(writer, Answer())
            if shell := self._shells.get(request.name[:_NAME_MAX]):
                await shell.answer(request.view, request.text)
        else:
            name = request.name[:_NAME_MAX]
            if shell := self._shells.get(name):
                if isinstance(request, ResizeShell):
                    shell.resize(*_size(request))
                elif isinstance(request, ClearShell):
                    shell.clear(request.row)
                else:
                    await self._forget(name, shell)
            await _answer(writer, Answer())

    # Shells

    async def _show_shell(
        self, request: OpenShell, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        async with self._starting:
            shell = await self._ensure_shell(request)
        before, output = shell.preamble(), shell.follow(request.view)
        typing = asyncio.ensure_future(_pass_input(reader, shell, output, writer))
        try:
            old = len(before) + output.old
            await _answer(writer, Answer(old=old, sizes=_sizes(shell, output, len(before))))
            writer.write(before)
            shell.draw_again()
            while data := await output.read():
                writer.write(data)
                await writer.drain()
                output.acknowledge(len(data))
        finally:
            typing.cancel()
            output.close()

    async def _ensure_shell(self, request: OpenShell) -> Shell:
        name = request.name[:_NAME_MAX]
        found = self._shells.get(name)
        if found and not found.ended.is_set():
            found.resize(*_size(request))
            return found
        if found:
            await self._forget(name, found)
        if len(self._shells) >= _SHELLS_MAX:
            raise ColabWidgetError("shells_too_many")
        account, environment, outlives_session = self._account(request)
        shell = Shell(
            account,
            environment,
            self._path.parent,
            *_size(request),
            outlives_session=outlives_session,
        )
        try:
            await shell.start()
        except OSError as error:
            raise ColabWidgetError("shell_failed", reason=f"{error}.") from error
        self._shells[name] = shell
        self._on_change()
        asyncio.ensure_future(self._until_its_end(name, shell))  # noqa: RUF006  ends by itself
        return shell

    def _account(self, request: OpenShell | OpenFiles) -> tuple[Account, Mapping[str, str], bool]:
        """Return whose it is, its environment, and whether it outlives the session."""
        own = accounts.own()
        account = self._session.account
        if account and account.name != own.pw_name:
            return account, account.environment, False
        return own_account(own.pw_name, {}), terminal_environment(request.environment), True

    async def _until_its_end(self, name: str, shell: Shell) -> None:
        await shell.ended.wait()
        await self._forget(name, shell)

    async def _forget(self, name: str, shell: Shell) -> None:
        if self._shells.get(name) is shell:
            del self._shells[name]
            self._on_change()
        await shell.stop()

    # The desktop

    async def _show_desktop(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        async with self._session.desktop.connect() as desktop:
            # A whole picture fits the buffer: each message to a page costs page, kernel and server.
            connection = writer.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _PICTURE)
            await _answer(writer, Answer())
            writer.write(handshake.welcome(desktop.init))
            await handshake.expect_handshake(reader)
            film = Film(self._session.desktop.screen(), desktop.init, self._filming, self._journal)
            with self._seen() as view:
                await film.carry((reader, writer), desktop, view.watch)

    # Files

    async def _move_files(self, request: OpenFiles, writer: asyncio.StreamWriter) -> None:
        name, task = request.job[:_NAME_MAX], asyncio.current_task()
        assert task
        # A page that has lost its stream begins anew before this end has noticed.
        if before := self._transfers.get(name):
            before.cancel()
            await asyncio.wait({before})
        if len(self._transfers) >= _TRANSFERS_MAX:
            raise ColabWidgetError("transfers_too_many")
        self._transfers[name] = task
        try:
            writer.transport.pause_reading()  # type: ignore[attr-defined]
            await _answer(writer, Answer())
            account, environment, outlives_session = self._account(request)
            with self._receipts.of(name, self._path.parent) as receipts:
                await move_files(
                    account,
                    environment,
                    writer,
                    self._journal,
                    receipts=receipts,
                    outlives_session=outlives_session,
                )
        finally:
            if self._transfers.get(name) is task:
                del self._transfers[name]

    @contextlib.contextmanager
    def _seen(self) -> Iterator[_View]:
        """Count this task among the views of the desktop."""
        name, task = f"view-{next(self._numbers)}", asyncio.current_task()
        assert task
        self._views[name] = _View(task, asyncio.get_running_loop().time(), InputWatch())
        self._on_change()
        try:
            yield self._views[name]
        finally:
            del self._views[name]
            self._on_change()


async def _next_request(reader: asyncio.StreamReader) -> Request:
    """Read the client's line.

    Raises
    ------
    ColabWidgetError
        ``message_invalid``.
    """
    try:
        return decode_request(await reader.readuntil(b"\n"))
    except asyncio.LimitOverrunError:
        reason = f"It is longer than {_CHUNK} bytes."
    except ValueError:
        reason = "It is no request for a stream."
    raise ColabWidgetError("message_invalid", reason=reason)


async def _pass_input(
    reader: asyncio.StreamReader, shell: Shell, output: Follower, writer: asyncio.StreamWriter
) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(_CHUNK):
            shell.typed_in(output.view)
            await shell.write_input(data)
    # A view that is gone is none any more, however quiet the shell is.
    output.close()
    writer.close()


def _presence(name: str, kind: PresenceKind, seconds: float, idle: float | None) -> Presence:
    return {
        "name": name,
        "kind": kind,
        "seconds": round(seconds, 1),
        "idle": None if idle is None else round(idle, 1),
        "silent": 0.0,
        "way": "",
        "address": "",
        "guest": "",
    }


async def _answer(writer: asyncio.StreamWriter, answer: Answer) -> None:
    writer.write(encode_answer(answer))
    await writer.drain()


def _sizes(shell: Shell, output: Follower, before: int) -> list[ShellSize]:
    """Return the sizes for a view, whose stream has some bytes before those of the shell."""
    return [
        ShellSize(size.at - output.place + before if number else 0, size.columns, size.rows)
        for number, size in enumerate(shell.sizes())
    ]


def _size(request: OpenShell | ResizeShell) -> tuple[int, int]:
    """Return columns and rows of a page's terminal, also of one whose size is not known."""
    columns, rows = _SIZE_FIRST
    return request.columns or columns, request.rows or rows
