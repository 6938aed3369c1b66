"""Between viewers and a desktop's VNC server: the forward's end on this machine.

Viewers that come over SSH connect to a port of 127.0.0.1, since not every SSH client forwards to a
Unix socket. Only processes of the session's account get further than that: sshd's, which carry the
forwards of its clients. A viewer has to know a password all the same, as the other end of a forward
is open to every program of that computer. One that knows the view-only password is kept from all
input here, whatever the server does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from colabwidget.core.errors import ColabWidgetError
from colabwidget.desktops.rfb import handshake
from colabwidget.desktops.rfb.handshake import Passwords, Refused
from colabwidget.desktops.rfb.input_watch import InputWatch
from colabwidget.desktops.rfb.message_ends import MessageEnds
from colabwidget.desktops.rfb.server import CHUNK, Connection
from colabwidget.desktops.rfb.view_only import UnknownMessage, ViewOnlyFilter
from colabwidget.runtime.journal import Journal
from colabwidget.runtime.pipe import join
from colabwidget.runtime.throttle import RateLimiter
from colabwidget.system.rights import user_id
from colabwidget.system.tcp_owner import owner

_HOST = "127.0.0.1"
_ASKING_MAX = 64  # viewers that have not signed in yet
_ASKING_TIMEOUT = 180.0  # seconds: a viewer asks its user for the password meanwhile
_ANSWER_TIMEOUT = 10.0
_REFUSED_AFTER = 1.0  # seconds until a wrong password is called so
# Lines of the log on refusals: at once, and a second after that.
_LINES, _RATE = 20, 0.1

#: Connects to the server, as a viewer that may only look or as one that may do all.
Connect = Callable[[bool], AbstractAsyncContextManager[Connection]]


class Relay:
    """Lets viewers in who know a password, and carries what they and the server say.

    Parameters
    ----------
    connect
        Connects to the server; given whether the viewer may only look.
    passwords
        Returns those that are valid now. Where only looking is allowed, `Passwords.full` is
        ``None``.
    user
        User id of the account whose processes may connect; root's may as well, and our own.
    journal
        Gets a line for each viewer that comes, goes or is refused.
    """

    def __init__(
        self, connect: Connect, passwords: Callable[[], Passwords], user: int, journal: Journal
    ) -> None:
        self._connect = connect
        self._passwords = passwords
        self._users = {user, user_id(), 0}
        self._journal = journal
        self._refusals = RateLimiter(journal.add, _LINES, _RATE)
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._asking: dict[asyncio.Task[Any], None] = {}  # the one that waits longest first
        #: Where it listens, on 127.0.0.1.
        self.port = 0

    async def open(self, port: int) -> None:
        """Listen on a port of 127.0.0.1, or on another one if that is taken."""
        try:
            self._server = await asyncio.start_server(self._serve, _HOST, port, limit=CHUNK)
        except OSError:
            self._server = await asyncio.start_server(self._serve, _HOST, 0, limit=CHUNK)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Listen no more, and end all connections."""
        if self._server:
            self._server.close()
            self._server = None
        await self.end_all()

    async def end_all(self) -> None:
        """End the connections that there are."""
        tasks = self._tasks.copy()
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        try:
            # Closed meanwhile, it lets none in that it had accepted.
            if self._server and self._may_connect(writer.get_extra_info("peername")[1]):
                await self._let_in(reader, writer)
        except ColabWidgetError as error:
            self._journal.add(str(error))
        except UnknownMessage as error:
            self._journal.add(f"vnc: A view of the desktop was ended: {error}.")
        except (OSError, asyncio.TimeoutError, ValueError, asyncio.IncompleteReadError):
            pass  # the viewer has gone, or is none
        except asyncio.CancelledError:
            writer.transport.abort()  # the desktop ends, or others wait; a viewer may not read
        finally:
            self._tasks.discard(task)
            writer.close()

    def _may_connect(self, client: int) -> bool:
        """Tell whether the process at the other end is one of ours."""
        try:
            user = owner(self.port, client)
        except OSError:
            return True  # a kernel that does not tell: the password has to do
        if user in self._users:
            return True
        if user is not None:
            self._refusals.add("vnc: A connection of another account was refused.")
        return False

    async def _let_in(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        found = await self._ask(reader, writer)
        if found is None:
            return
        view_only, version = found
        async with self._connect(view_only) as server:
            writer.write(handshake.outcome(version, is_in=True))
            # ClientInit: all viewers share the desktop.
            await asyncio.wait_for(reader.readexactly(1), _ANSWER_TIMEOUT)
            writer.write(server.init)
            looks = " to look only" if view_only else ""
            self._journal.add(f"vnc: A viewer has signed in{looks}.")
            try:
                await carry(reader, writer, server, view_only=view_only)
            finally:
                self._journal.add("vnc: A viewer has gone.")

    async def _ask(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> tuple[bool, int] | None:
        """Ask for the password; ``None`` where it was wrong.

        So many viewers are asked at once, wrong answers that wait for theirs among them; then the
        one that has waited longest has to go.
        """
        task = asyncio.current_task()
        assert task
        self._asking[task] = None
        if len(self._asking) > _ASKING_MAX:
            next(iter(self._asking)).cancel()
        try:
            asking = handshake.ask_password(reader, writer, self._passwords())
            return await asyncio.wait_for(asking, _ASKING_TIMEOUT)
        except Refused as refused:
            self._refusals.add("vnc: A viewer did not know the password.")
            await asyncio.sleep(_REFUSED_AFTER)
            writer.write(handshake.outcome(refused.version, is_in=False))
            await asyncio.wait_for(writer.drain(), _ANSWER_TIMEOUT)
            return None
        finally:
            self._asking.pop(task, None)


async def carry(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    server: Connection,
    *,
    view_only: bool = False,
    watch: InputWatch | None = None,
) -> None:
    """Carry bytes between a viewer and the server until either goes.

    Parameters
    ----------
    reader, writer
        The viewer, which has said its ClientInit.
    server
        The server, of which it has got the ServerInit.
    view_only
        Whether the viewer only looks; see `ViewOnlyFilter`.
    watch
        Takes note of what another viewer does.

    Raises
    ------
    UnknownMessage
        Where a viewer that only looks says what is no message.
    """
    ends, filtered = MessageEnds(server.init), ViewOnlyFilter()

    def said(data: bytes) -> bytes:
        if view_only:
            data = filtered.feed(data)
        elif watch:
            watch.feed(data)
        ends.hear(data)
        return data

    def is_whole(data: bytes) -> bool:
        return ends.feed(data) or ends.is_lost

    await join((reader, writer), (server.reader, server.writer), said, is_whole)
