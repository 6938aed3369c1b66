"""One session: sshd at one side, a link that may break and come again at the other."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable

from colabwidget.through import frames
from colabwidget.through.faults import Torn
from colabwidget.through.frames import Frame
from colabwidget.through.handshake import PING_EVERY, SILENT_PINGS
from colabwidget.through.session import Session

_READ = 64 * 1024
_LINK_PENDING_MAX = 256 * 1024
#: Seconds of silence after which a link is closed, and with it the relay behind it.
SILENCE = SILENT_PINGS * PING_EVERY


class Channel:
    """Carries bytes between a stream of sshd's and the link of the moment.

    Parameters
    ----------
    reader, writer
        sshd's side.
    resume
        Seconds for which it is kept without a link.
    on_over
        Called once when it is over, however that came.
    """

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        resume: float,
        on_over: Callable[[], None],
    ) -> None:
        self._reader, self._writer = reader, writer
        self._resume = resume
        self._on_over = on_over
        self._session = Session()
        self._link: asyncio.StreamWriter | None = None
        self._heard = 0.0
        self._detached: asyncio.TimerHandle | None = None
        self._is_over = False
        self._to_send = asyncio.Event()
        self._to_use = asyncio.Event()
        self._has_room = asyncio.Event()
        #: When it was used last: something came of the client, as seconds of a clock.
        self.active = time.monotonic()
        self._tasks = [
            asyncio.ensure_future(work)
            for work in (self._from_sshd(), self._to_sshd(), self._send(), self._watch())
        ]

    @property
    def received(self) -> int:
        """Offset that a client goes on from on its next link."""
        return self._session.received

    @property
    def silent(self) -> float:
        """Seconds since something came on its link."""
        return time.monotonic() - self._heard

    def attach(self, link: asyncio.StreamWriter, peer_received: int) -> None:
        """Go on over another link; the one that was there is closed.

        Parameters
        ----------
        link
            What is sent goes there; what comes is given to `take`.
        peer_received
            What the client says to have.

        Raises
        ------
        Torn
            For what it cannot have.
        """
        self._session.attach(peer_received)
        old, self._link = self._link, link
        if old and old is not link:
            old.close()
        if self._detached:
            self._detached.cancel()
            self._detached = None
        self._heard = time.monotonic()
        link.write(frames.encode(frames.WELCOME, self._session.received))
        self._to_send.set()

    def detach(self, link: asyncio.StreamWriter) -> None:
        """Note that a link is gone."""
        if link is not self._link or self._is_over:
            return
        self._link = None
        self._detached = asyncio.get_running_loop().call_later(self._resume, self.close)

    def take(self, link: asyncio.StreamWriter, frame: Frame) -> None:
        """Take a frame of a link.

        Raises
        ------
        Torn
            Where the link has to be given up.
        """
        if link is not self._link:
            raise Torn("Another link has taken its place.")
        self._heard = time.monotonic()
        if frame.kind == frames.PING:
            link.write(frames.encode(frames.PONG))
        elif frame.kind == frames.BYE:
            self.close()
        elif frame.kind in (frames.DATA, frames.END, frames.ACK):
            self._session.receive(frame)
            if frame.kind == frames.ACK:
                self._has_room.set()
            else:
                self.active = self._heard
                self._to_use.set()
            self._to_send.set()
            if self._session.all_arrived:
                self.close()
        elif frame.kind != frames.PONG:
            raise Torn("This is not said in a session.")

    def close(self) -> None:
        """Be over: sshd's side is closed, and the link."""
        if self._is_over:
            return
        self._is_over = True
        if self._detached:
            self._detached.cancel()
        current = asyncio.current_task() if _in_a_task() else None
        for task in self._tasks:
            if task is not current:
                task.cancel()
        self._writer.transport.abort()
        if self._link:
            self._link.close()
        self._on_over()

    async def _from_sshd(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                while not self._session.room:
                    self._has_room.clear()
                    await self._has_room.wait()
                data = await self._reader.read(min(_READ, self._session.room))
                if not data:
                    break
                self._session.write(data)
                self._to_send.set()
        self._session.end()
        self._to_send.set()

    async def _to_sshd(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                while data := self._session.peek():
                    self._writer.write(data)
                    await self._writer.drain()
                    self._session.used(len(data))
                    self._to_send.set()
                if self._session.peer_is_done:
                    self._writer.write_eof()
                    return
                self._to_use.clear()
                await self._to_use.wait()

    async def _send(self) -> None:
        loop = asyncio.get_running_loop()
        later: asyncio.TimerHandle | None = None
        while True:
            await self._to_send.wait()
            self._to_send.clear()
            with contextlib.suppress(OSError):
                while (link := self._link) and (out := self._session.output(time.monotonic())):
                    link.write(out)
                    await link.drain()
            due = self._session.ack_due(time.monotonic())
            if later:
                later.cancel()
            later = loop.call_later(due + 0.001, self._to_send.set) if due is not None else None

    async def _watch(self) -> None:
        """Close links on which nothing comes any more: the relays behind them end with that."""
        while True:
            await asyncio.sleep(PING_EVERY / 2)
            if (link := self._link) and self.silent > SILENCE:
                self.detach(link)
                link.close()


def _in_a_task() -> bool:
    try:
        return asyncio.current_task() is not None
    except RuntimeError:
        return False
