"""SSH access by a tunnel, to which computers attach: each has a key of its own let in."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from colabwidget.access.guest import held_to
from colabwidget.access.one_time_key import make_one_time_key
from colabwidget.access.vscode_server import EditorServer
from colabwidget.attach.string import AttachString, Place
from colabwidget.backend.ssh_access import SshAccess
from colabwidget.core.details import Details
from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.options import Options
from colabwidget.core.secrets import Secret
from colabwidget.runtime.closing import close_part
from colabwidget.runtime.journal import Journal
from colabwidget.through import frames, pairing
from colabwidget.through.faults import Torn
from colabwidget.through.frames import FrameReader

_READ = 4096
_WITHIN = 10.0  # seconds that a client has for its request
_CLIENTS_MAX, _LINKS_MAX = 32, 16
# A string that is shown is good for this at least; then another one is shown.
_FRESH = pairing.SECRET_LIFE / 2
_STRINGS_MAX = 4
_END_MAX = 5.0
_KEY = "attach_key"


class _Shown(NamedTuple):
    """A string that was shown.

    ``private`` and ``public`` are its key, ``since`` is when it was made.
    """

    secret: bytes
    private: str
    public: str
    since: float


class Attaching:
    """Takes public keys of clients that have an attach string.

    Parameters
    ----------
    make_key
        Makes a key pair: the private key, and the public one without options.
    let_in
        Has sshd take another public key for as long as the session is open.
    hold
        Has sshd take these keys, each with its options, and no others of this kind.
    journal
        The event log.
    clock
        Returns seconds that only grow.
    on_editor
        Gets the commit of a client's VS Code, where it says one.
    """

    def __init__(
        self,
        make_key: Callable[[], asyncio.Future[tuple[str, str]]],
        let_in: Callable[[str], None],
        hold: Callable[[list[str]], None],
        journal: Journal,
        clock: Callable[[], float] = time.monotonic,
        on_editor: Callable[[str], None] = lambda commit: None,
    ) -> None:
        self._make_key = make_key
        self._let_in = let_in
        self._hold = hold
        self._journal = journal
        self._clock = clock
        self._on_editor = on_editor
        self._server: asyncio.AbstractServer | None = None
        self._links: set[asyncio.Task[None]] = set()
        self._shown: list[_Shown] = []
        self._expiry: asyncio.TimerHandle | None = None
        self._attached = 0
        self.port = 0

    async def start(self) -> None:
        """Listen, and have a string to show."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=_READ)
        self.port = self._server.sockets[0].getsockname()[1]
        await self.renew()

    async def close(self) -> None:
        """Take no key any more; those that were taken stay."""
        if self._server:
            self._server.close()
            self._server = None
        if self._expiry:
            self._expiry.cancel()
        self._shown = []
        self._hold([])
        for task in self._links.copy():
            task.cancel()

    @property
    def is_fresh(self) -> bool:
        """Whether the string that is shown is good for some minutes more."""
        return bool(self._shown) and self._clock() - self._shown[-1].since < _FRESH

    async def renew(self) -> None:
        """Have another string, where the one that is shown was used or gets too old."""
        if self.is_fresh or not self._server or self._attached >= _CLIENTS_MAX:
            return
        private, public = await self._make_key()
        made = _Shown(secrets.token_bytes(16), private, public, self._clock())
        self._shown = [*self._shown[1 - _STRINGS_MAX :], made]
        self._forget_old()

    def string(self, place: Place) -> str:
        """Return the string that leads to a place; empty while there is none to show."""
        if not self._shown:
            return ""
        newest = self._shown[-1]
        return AttachString(place, self.port, newest.secret, newest.private).encode()

    def _forget_old(self) -> None:
        """Have sshd take the keys of strings that are good, and look again when one is not."""
        if self._expiry:
            self._expiry.cancel()
        now, life = self._clock(), pairing.SECRET_LIFE
        self._shown = [each for each in self._shown if now - each.since < life]
        self._hold([f"{held_to(self.port)} {each.public}" for each in self._shown])
        if self._shown:
            loop = asyncio.get_running_loop()
            left = max(0.1, self._shown[0].since + life - now)
            self._expiry = loop.call_later(left, self._forget_old)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        if len(self._links) >= _LINKS_MAX:
            writer.close()
            return
        self._links.add(task)
        try:
            payload = await asyncio.wait_for(_request(reader), _WITHIN)
            if self._take(payload):
                writer.write(frames.encode(frames.PAIRED))
                await writer.drain()
        except (Torn, OSError, ColabWidgetError, asyncio.TimeoutError):
            pass  # none of ours: not a word
        except asyncio.CancelledError:
            pass  # the session ends
        finally:
            self._links.discard(task)
            writer.close()

    def _take(self, payload: bytes) -> bool:
        self._forget_old()
        found = pairing.parse_request(payload, [each.secret for each in self._shown])
        if found is None or self._attached >= _CLIENTS_MAX:
            return False
        secret, public_key, commit = found
        if not pairing.PUBLIC_KEY.fullmatch(public_key):
            return False
        self._attached += 1
        self._shown = [each for each in self._shown if each.secret != secret]
        self._forget_old()
        self._let_in(public_key)
        self._journal.add("A computer was attached: its key is let in from now on.")
        if commit:
            self._on_editor(commit)
        return True


async def _request(reader: asyncio.StreamReader) -> bytes:
    """Return the payload of the one request of a link.

    Raises
    ------
    Torn
        Where it is none.
    """
    pieces = FrameReader()
    while data := await reader.read(_READ):
        for frame in pieces.feed(data):
            if frame.kind == frames.PAIR:
                return frame.payload
            raise Torn("This is no request.")
    raise Torn("The link has ended.")


class AttachableAccess(SshAccess):
    """An `Access` by a tunnel; parameters as `SshAccess`'s."""

    _attaching: Attaching | None = None
    _renewing: asyncio.Task[None] | None = None
    _editor: EditorServer | None = None

    async def open(self) -> None:
        """Do all that it takes; raises as `SshAccess.open` does."""
        first = asyncio.ensure_future(self._make_key())  # it takes no time beside the rest
        try:
            await super().open()
            await self._begin(first)
        finally:
            first.cancel()
            await asyncio.gather(first, return_exceptions=True)

    async def open_again(self, token: Secret, options: Options) -> None:
        """Open the tunnel anew; raises as `SshAccess.open_again` does."""
        await super().open_again(token, options)
        await self._begin()

    def details(self) -> Details:
        """Return how to sign in, and to attach."""
        details = super().details()
        assert details.ssh
        at = details.endpoint
        place = Place(details.ssh.user, at.host, at.port, self._host_keys()[0], at.proxy, at.jump)
        text = self._attaching.string(place) if self._attaching else ""
        return replace(details, ssh=replace(details.ssh, attaching=Secret(text) if text else None))

    def user_looks(self) -> bool:
        """Note that a user looks: an attach string that gets too old is made anew."""
        super().user_looks()
        if self._attaching and not self._attaching.is_fresh:
            self._renew(self._attaching)
        return False

    async def close_tunnel(self) -> None:
        """Close the tunnel only; computers that are attached stay so."""
        await self._end()
        await super().close_tunnel()

    async def shut(self) -> None:
        """Shut the door."""
        await self._end()
        if self._editor:
            await close_part("VS Code's server", self._editor.close(), self._journal, _END_MAX)
        await super().shut()

    async def _begin(self, first: asyncio.Future[tuple[str, str]] | None = None) -> None:
        sshd = self.sshd
        assert sshd
        made = [first] if first else []
        self._attaching = Attaching(
            lambda: made.pop() if made else asyncio.ensure_future(self._make_key()),
            self._let_in,
            sshd.hold,
            self._journal,
            on_editor=self._want_editor,
        )
        with contextlib.suppress(ColabWidgetError, OSError):  # it is not what the session is for
            await self._attaching.start()

    async def _end(self) -> None:
        attaching, self._attaching = self._attaching, None
        if self._renewing:
            self._renewing.cancel()
        if attaching:
            await close_part("attaching", attaching.close(), self._journal, _END_MAX)

    def _want_editor(self, commit: str) -> None:
        if not self._editor:
            self._editor = EditorServer(self.account.result, self._directory, self._journal)
        self._editor.want(commit)

    def _let_in(self, key: str) -> None:
        assert self.sshd and self._attaching
        self.sshd.pair(key)
        self._renew(self._attaching)

    def _renew(self, attaching: Attaching) -> None:
        async def renew() -> None:
            with contextlib.suppress(ColabWidgetError):
                await attaching.renew()
            self.news.set()  # it is shown

        if self._renewing is None or self._renewing.done():
            self._renewing = asyncio.create_task(renew(), name="attach string")

    async def _make_key(self) -> tuple[str, str]:
        made = await make_one_time_key(self._directory, _KEY)
        try:
            return made.path.read_text(), made.line
        finally:
            made.remove()
