"""The Unix socket of requests: what each of them does, for any number of clients."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from colabwidget.backend import while_open
from colabwidget.backend.client_connection import ClientConnection
from colabwidget.backend.session import Session
from colabwidget.backend.streams.server import StreamServer
from colabwidget.core import settings
from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.options import Options
from colabwidget.core.phase import is_resting
from colabwidget.core.secrets import Secret
from colabwidget.core.snapshot import Snapshot
from colabwidget.hosts.environment import allowed_environment
from colabwidget.ipc import messages
from colabwidget.runtime import children, unfinished, work_environment
from colabwidget.runtime.closing import close_part
from colabwidget.runtime.journal import Journal
from colabwidget.system import paths
from colabwidget.system.peer import peer_is_same_user
from colabwidget.tunnels import registry, validation
from colabwidget.tunnels.validation import parse_token

# Characters of log in one reply; JSON may need six bytes for one, and a line has a limit.
JOURNAL_REPLY_MAX = 128 * 1024
_HOUSEKEEPING = 5.0  # seconds
_SHELLS_MAX = 15.0
_INSTALLING_MAX = 300.0
_ORIGIN_MAX = 100  # characters


class Server:
    """Serves clients until it is stopped or not needed any more.

    Parameters
    ----------
    session
        What the clients steer.
    journal
        The event log.
    idle_limit
        Seconds without session and client until `run` returns.
    """

    def __init__(
        self, journal: Journal, files: Path, idle_limit: float = settings.IDLE_LIMIT.default
    ) -> None:
        self._phases = ("", "")  # the session's and its desktop's, as clients were last told of
        self.session = Session(files, journal, self._changed)
        self._journal = journal
        self._streams = StreamServer(self.session, journal, self._changed)
        self.session.views = self._streams
        journal.on_change = self._wake
        self._epoch = secrets.token_hex(8)
        self._revision = 1
        self._clients: set[ClientConnection] = set()
        self._idle_limit = idle_limit
        self._stopped = asyncio.Event()

    async def run(self, path: Path, ready: Callable[[], None]) -> None:
        """Serve on a socket until stopped; then end the session and remove the socket."""
        path.unlink(missing_ok=True)
        server = await asyncio.start_unix_server(
            self._serve, path=str(path), limit=messages.LINE_MAX
        )
        path.chmod(0o600)
        own = path.stat().st_ino
        await self._streams.start(paths.streams_path())
        ready()
        try:
            await self._until_unneeded(path, own)
        finally:
            if _same(path, own):
                path.unlink()
            server.close()
            await self.session.disconnect(force=True)
            await close_part("shells in pages", self._streams.close(), self._journal, _SHELLS_MAX)
            for client in self._clients.copy():
                client.close()
            # Its end would be that of the package manager, which is not to be broken off.
            await unfinished.wait(limit=_INSTALLING_MAX)

    def request_stop(self) -> None:
        """Let `run` return."""
        self._stopped.set()

    def snapshot(self) -> dict[str, Any]:
        """Return all that clients may know."""
        snapshot = Snapshot(epoch=self._epoch, revision=self._revision, log_end=self._journal.end)
        self.session.fill(snapshot)
        return snapshot.as_dict()

    @property
    def revision(self) -> int:
        """Grows with each change of the session."""
        return self._revision

    def _changed(self) -> None:
        self._revision += 1
        self._wake()
        phases = self.session.state.phase, self.session.desktop.phase
        if phases != self._phases:
            self._phases = phases
            for client in self._clients:
                client.urgent_news.set()

    def _wake(self) -> None:
        for client in self._clients:
            client.news.set()

    async def _until_unneeded(self, path: Path, own: int) -> None:
        needed = time.monotonic()
        while not self._stopped.is_set():
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._stopped.wait(), min(_HOUSEKEEPING, self._idle_limit))
            children.reap_orphans()
            if not _same(path, own):
                # No client finds this backend any more, so none could end its session.
                self._journal.add("The socket is gone: ending.")
                return
            # What a session's user has started goes on after the tunnel was closed.
            works = self.session.keeps and children.has_orphans()
            busy = self._clients or self._streams.needed or works or unfinished.is_going_on()
            if busy or not is_resting(self.session.state.phase):
                needed = time.monotonic()
            elif time.monotonic() - needed >= self._idle_limit:
                self._journal.add("Nothing needs the backend any more.")
                return

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not peer_is_same_user(writer.get_extra_info("socket"), or_root=True):
            writer.close()
            return
        client = ClientConnection(self, self._journal, reader, writer)
        self._clients.add(client)
        try:
            await client.serve(self._epoch)
        finally:
            self._clients.discard(client)
            client.close()

    async def answer(self, request: messages.Request) -> dict[str, Any]:
        """Do what a client asks for and return the result.

        Raises
        ------
        ColabWidgetError
            With the cause.
        """
        handlers: dict[str, Callable[[Any], Awaitable[dict[str, Any]]]] = {
            "connect": self._connect,
            "cancel": self._cancel,
            "disconnect": self._disconnect,
            "desktop": self._desktop,
            "end_presence": self._end_presence,
            "keep_open": self._keep_open,
            "change_passwords": self._change_passwords,
            "invite": self._invite,
            "revoke": self._revoke,
            "status": self._status,
            "journal": self._lines,
            "details": self._details,
            "stop": self._stop,
        }
        return await handlers[request.type](request)

    async def _connect(self, request: messages.Connect) -> dict[str, Any]:
        options = validation.checked(Options.from_dict(request.options))
        self.session.state.check_connect(options)
        spec = registry.find(options.tunnel)
        # To a session that is there, only the desktop can be added: that takes no token.
        takes_token = spec.needs_token and is_resting(self.session.state.phase)
        kept = self.session.kept_token.find(spec.name) if takes_token else Secret("")
        if request.dry_run:
            needed = takes_token and not kept
            return {"snapshot": self.snapshot(), "token_needed": needed, "token_kept": bool(kept)}
        token = Secret("")
        if takes_token:
            token = kept if kept and not request.token else parse_token(request.token, spec)
        # Checked again: the rule must hold for every client of the socket.
        self.session.connect(options, token, allowed_environment(request.environment))
        work_environment.use(request.work_environment, self._journal)
        if token and request.token_origin:
            self._journal.add(f"The authtoken comes from {request.token_origin[:_ORIGIN_MAX]}")
        elif token:
            # One that has a place is read there again; one that was typed is nowhere else.
            self.session.kept_token.keep(token, spec.name)
            if token is kept:
                self._journal.add("The authtoken is that of the last try.")
        return {"snapshot": self.snapshot()}

    async def _cancel(self, request: messages.Cancel) -> dict[str, Any]:
        await self.session.cancel()
        return {"snapshot": self.snapshot()}

    async def _disconnect(self, request: messages.Disconnect) -> dict[str, Any]:
        await self.session.disconnect(force=request.force)
        return {"snapshot": self.snapshot()}

    async def _desktop(self, request: messages.Desktop) -> dict[str, Any]:
        if request.on:
            self.session.add_desktop(validation.checked(Options.from_dict(request.options)))
            work_environment.use(request.work_environment, self._journal)
        else:
            await self.session.remove_desktop(force=request.force)
        return {"snapshot": self.snapshot()}

    async def _end_presence(self, request: messages.EndPresence) -> dict[str, Any]:
        await while_open.end_presence(self.session, request.name)
        return {"snapshot": self.snapshot()}

    async def _keep_open(self, request: messages.KeepOpen) -> dict[str, Any]:
        while_open.keep_open(self.session, for_good=request.for_good)
        return {"snapshot": self.snapshot()}

    async def _change_passwords(self, request: messages.ChangePasswords) -> dict[str, Any]:
        await while_open.change_passwords(self.session, end=request.end)
        return {"snapshot": self.snapshot()}

    async def _invite(self, request: messages.Invite) -> dict[str, Any]:
        name = await while_open.invite(
            self.session,
            sees=request.sees,
            typing=request.typing,
            key=request.key,
            minutes=request.minutes,
        )
        return {"name": name, "snapshot": self.snapshot()}

    async def _revoke(self, request: messages.Revoke) -> dict[str, Any]:
        await self.session.invitations.revoke(request.name)
        return {"snapshot": self.snapshot()}

    async def _status(self, request: messages.Status) -> dict[str, Any]:
        self.session.user_looks()
        details = self.session.state.details
        return {
            "snapshot": self.snapshot(),
            "details": details.as_dict(reveal=False) if details else None,
        }

    async def _lines(self, request: messages.Journal) -> dict[str, Any]:
        since, lines = self._journal.since(request.since, JOURNAL_REPLY_MAX)
        return {
            "epoch": self._epoch,
            "since": since,
            "count": len(lines),
            "end": self._journal.end,
            "text": "\n".join(lines),
        }

    async def _details(self, request: messages.GetDetails) -> dict[str, Any]:
        if not self.session.state.details:
            raise ColabWidgetError("not_connected")
        self.session.user_looks()
        return {
            "epoch": self._epoch,
            "revision": self.session.state.details_revision,
            "details": self.session.state.details.as_dict(reveal=True),
        }

    async def _stop(self, request: messages.Stop) -> dict[str, Any]:
        await self.session.disconnect(force=True)
        asyncio.get_running_loop().call_later(0.05, self.request_stop)
        return {}


def _same(path: Path, number: int) -> bool:
    """Tell whether a path still leads to the file of that inode number."""
    try:
        return path.stat().st_ino == number
    except OSError:
        return False
