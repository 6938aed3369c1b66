"""The Unix socket at which relays arrive: pairing, and the sessions of paired clients.

What shows no proof is closed without a word, whatever it says.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from socket import socket
from typing import NamedTuple, Protocol

from colabwidget import hosts
from colabwidget.backend.through.channel import SILENCE, Channel
from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.presence import Presence
from colabwidget.runtime.journal import Journal
from colabwidget.system.peer import peer_is_same_user
from colabwidget.through import frames, pairing
from colabwidget.through.faults import Torn
from colabwidget.through.frames import Frame, FrameReader
from colabwidget.through.handshake import Hello, is_proven

_READ = 128 * 1024
_FIRST_WITHIN = 10.0  # seconds that a link has for its first frame
_CHANNELS_MAX = 64
_LINKS_MAX = 128
_CLIENTS_MAX = 32
# A pairing string that is shown is good for this at least; then another one is shown.
_SECRET_FRESH = pairing.SECRET_LIFE / 2
_SECRETS_MAX = 4


class ClientServer(Protocol):
    """What serves one client; see `colabwidget.access.one_client.OneClient`."""

    #: Connected with the client's bytes.
    socket: socket
    #: How the client has signed in; empty before that.
    way: str

    def running(self) -> bool:
        """Tell whether it serves its client still."""

    async def close(self) -> None:
        """End it; `socket` is closed already."""


class _Open(NamedTuple):
    """A session that is there."""

    channel: Channel
    sshd: ClientServer
    client: bytes
    since: float


def check_server(environment: Mapping[str, str]) -> None:
    """See that users' computers reach the notebook's server.

    Raises
    ------
    ColabWidgetError
        ``through_no_server``.
    """
    if not hosts.has_reachable_server(environment):
        reason = f"{hosts.name(environment)} lets only its own pages reach it."
        raise ColabWidgetError("through_no_server", reason=reason)


class FarEnd:
    """Serves relays while a session is open.

    Parameters
    ----------
    start_sshd
        Starts sshd for one client.
    let_in
        Has sshd take another public key from now on.
    journal
        The event log.
    clock
        Returns seconds that only grow.
    on_editor
        Gets the commit of a client's VS Code, where it says one as it is paired.
    """

    def __init__(
        self,
        start_sshd: Callable[[], Awaitable[ClientServer]],
        let_in: Callable[[str], Awaitable[None]],
        journal: Journal,
        clock: Callable[[], float] = time.monotonic,
        on_editor: Callable[[str], None] = lambda commit: None,
    ) -> None:
        self._start_sshd = start_sshd
        self._let_in = let_in
        self._journal = journal
        self._clock = clock
        self._on_editor = on_editor
        self._server: asyncio.AbstractServer | None = None
        self._path = Path()
        self._links: set[asyncio.Task[None]] = set()
        self._clients: dict[bytes, bytes] = {}  # keys by client
        self._secrets: list[tuple[bytes, float]] = []  # each with when it was made
        self._open: dict[bytes, _Open] = {}  # by the session's number
        self._endings: set[asyncio.Task[None]] = set()

    async def start(self, path: Path) -> None:
        """Serve on a socket."""
        path.unlink(missing_ok=True)
        self._path = path
        self._server = await asyncio.start_unix_server(self._serve, path=str(path), limit=_READ)
        path.chmod(0o600)

    async def close(self) -> None:
        """End all sessions, and forget all clients."""
        await self.stop()
        self._clients.clear()
        self._secrets.clear()

    async def stop(self) -> None:
        """End all sessions; paired clients stay paired."""
        if self._server:
            self._server.close()
            self._server = None
            self._path.unlink(missing_ok=True)
        for each in [*self._open.values()]:
            each.channel.close()
        for task in self._links.copy():
            task.cancel()
        if self._endings:
            await asyncio.wait(self._endings.copy())

    def secret(self) -> bytes:
        """Return a secret for one pairing, which is good for some minutes from now on."""
        now = self._clock()
        good = self._good_secrets()
        if good and now - good[-1][1] < _SECRET_FRESH:
            return good[-1][0]
        self._secrets = [*good[1 - _SECRETS_MAX :], (secrets.token_bytes(16), now)]
        return self._secrets[-1][0]

    def present(self) -> list[Presence]:
        """Return which clients are signed in."""
        now = time.monotonic()
        return [
            {
                "name": f"through-{number.hex()[:8]}",
                "kind": "ssh",
                "seconds": round(now - each.since, 1),
                "idle": round(now - each.channel.active, 1),
                "silent": round(each.channel.silent, 1) if each.channel.silent > SILENCE else 0.0,
                "way": each.sshd.way,
                "address": "",
                "guest": "",
            }
            for number, each in self._open.items()
            if each.sshd.way and each.sshd.running()
        ]

    def end(self, name: str) -> bool:
        """End a client's session by its name in `present`; tell whether there was one."""
        for number, each in [*self._open.items()]:
            if name == f"through-{number.hex()[:8]}":
                each.channel.close()
                return True
        return False

    def _good_secrets(self) -> list[tuple[bytes, float]]:
        now = self._clock()
        return [each for each in self._secrets if now - each[1] < pairing.SECRET_LIFE]

    # Links

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        same = peer_is_same_user(writer.get_extra_info("socket"), or_root=True)
        if not same or len(self._links) >= _LINKS_MAX:
            writer.close()
            return
        self._links.add(task)
        try:
            await self._handle(reader, writer)
        except (Torn, OSError, ColabWidgetError, asyncio.TimeoutError):
            pass  # the client finds another link, or is none of ours
        except asyncio.CancelledError:
            pass  # the session ends
        finally:
            self._links.discard(task)
            writer.close()

    async def _handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        pieces = FrameReader()
        first, *more = await asyncio.wait_for(_first(reader, pieces), _FIRST_WITHIN)
        if first.kind == frames.PAIR:
            await self._pair(first.payload, writer)
            return
        channel = await self._channel(first, writer) if first.kind == frames.HELLO else None
        if channel is None:
            return
        try:
            for frame in more:
                channel.take(writer, frame)
            while data := await reader.read(_READ):
                for frame in pieces.feed(data):
                    channel.take(writer, frame)
        finally:
            channel.detach(writer)

    async def _pair(self, payload: bytes, writer: asyncio.StreamWriter) -> None:
        good = [secret for secret, _ in self._good_secrets()]
        found = pairing.parse_request(payload, good)
        if found is None or len(self._clients) >= _CLIENTS_MAX:
            return
        secret, public_key, commit = found
        if not pairing.PUBLIC_KEY.fullmatch(public_key):
            return
        self._secrets = [each for each in self._secrets if each[0] != secret]
        await self._let_in(public_key)
        key = pairing.client_key(secret, public_key)
        self._clients[pairing.client_id(public_key)] = key
        self._journal.add("A computer was paired: its key is let in from now on.")
        if commit:
            self._on_editor(commit)
        writer.write(frames.encode(frames.PAIRED))
        await writer.drain()

    async def _channel(self, frame: Frame, writer: asyncio.StreamWriter) -> Channel | None:
        """Return the channel that a hello means, and attach the link to it."""
        hello = Hello.parse(frame.payload)
        key = self._clients.get(hello.client) if hello else None
        if hello is None or key is None or not is_proven(frame.payload, key):
            return None
        there = self._open.get(hello.session)
        if there is None and (not hello.is_new or len(self._open) >= _CHANNELS_MAX):
            writer.write(frames.encode(frames.GONE))
            await writer.drain()
            return None
        if there and there.client != hello.client:
            return None
        channel = there.channel if there else await self._begin(hello)
        channel.attach(writer, hello.received)
        return channel

    async def _begin(self, hello: Hello) -> Channel:
        sshd = await self._start_sshd()

        def over() -> None:
            self._open.pop(hello.session, None)
            ending = asyncio.ensure_future(sshd.close())
            self._endings.add(ending)
            ending.add_done_callback(self._endings.discard)

        reader, writer = await asyncio.open_unix_connection(sock=sshd.socket)
        channel = Channel(reader, writer, hello.resume, over)
        self._open[hello.session] = _Open(channel, sshd, hello.client, time.monotonic())
        return channel


async def _first(reader: asyncio.StreamReader, pieces: FrameReader) -> list[Frame]:
    """Return the first frames of a link.

    Raises
    ------
    Torn
        Where it ends before them.
    """
    while data := await reader.read(_READ):
        if found := pieces.feed(data):
            return found
    raise Torn("The link has ended.")
