"""The program between ssh and a notebook's server: one session, over links that come and go."""

from __future__ import annotations

import secrets
import select
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from colabwidget.through import frames
from colabwidget.through.ends import Ends
from colabwidget.through.faults import Fault, Lost, Passing
from colabwidget.through.frames import Frame, FrameReader
from colabwidget.through.handshake import PING_EVERY, RESUME_MAX, SILENT_PINGS, Hello
from colabwidget.through.session import Session
from colabwidget.through.ways.link import Link

_FIRST_WITHIN = 10.0  # seconds for which the first link is tried
_WELCOME_WITHIN = 10.0
_PAUSES = (0.0, 0.1, 0.2, 0.4, 0.7, 1.0)  # seconds before the tries for another link
_LINK_PENDING_MAX = 256 * 1024
_BYE_WITHIN = 0.5
#: Seconds that the other end has once nothing more comes from ssh.
_END_WITHIN = 10.0


class SessionGone(Fault):
    """The other end does not know the session any more."""


class SshEnded(Fault):
    """ssh has ended: there is no one to carry anything for."""


@dataclass(frozen=True)
class Identity:
    """By what a paired client is known.

    Parameters
    ----------
    client, key
        See `colabwidget.through.pairing`.
    """

    client: bytes
    key: bytes


class Line:
    """A link that is there, and when something has come on it.

    Parameters
    ----------
    link
        Of any way.
    """

    def __init__(self, link: Link) -> None:
        self.link = link
        self._frames = FrameReader()
        self.heard = self._asked = time.monotonic()

    def receive(self) -> list[Frame]:
        """Return the frames that have come; raises as `Link.receive` does."""
        data = self.link.receive()
        if data:
            self.heard = time.monotonic()
        return self._frames.feed(data)

    def look(self, now: float) -> None:
        """Ask the other end whether it is there, now and then.

        Raises
        ------
        Lost
            Where it has not answered.
        """
        if now - self.heard > SILENT_PINGS * PING_EVERY:
            raise Lost("The other end is silent.")
        if now - max(self.heard, self._asked) > PING_EVERY:
            self._asked = now
            self.link.send(frames.encode(frames.PING))

    def wait(self, seconds: float) -> None:
        """Wait until something has come, or can be sent."""
        writers = [self.link] if self.link.wants_write else []
        _, writable, _ = select.select([self.link], writers, [], max(0.0, seconds))
        if writable:
            self.link.flush()


class Client:
    """One session.

    Parameters
    ----------
    open_link
        Opens a link, or raises `Fault`.
    identity
        By what the other end knows this client.
    ends
        ssh's.
    resume
        Seconds for which another link is sought once one is lost.

    Attributes
    ----------
    stopped
        Set by a handler of signals once ssh has ended. A handler that raised could break a frame
        in the middle.
    """

    def __init__(
        self,
        open_link: Callable[[], Link],
        identity: Identity,
        ends: Ends,
        resume: float = RESUME_MAX,
    ) -> None:
        self._open_link = open_link
        self._identity = identity
        self._ends = ends
        self._resume = resume
        self._number = secrets.token_bytes(16)
        self._session = Session()
        self._line: Line | None = None
        self._input_ended: float | None = None
        self.stopped = False
        # A byte in it wakes what waits: `signal.set_wakeup_fd` writes there.
        self._woken, self.wakes = socket.socketpair()
        self.wakes.setblocking(False)

    def run(self) -> None:
        """Carry the session until either end of it is over.

        Raises
        ------
        Fault
            With what is wrong.
        """
        self._begin(_FIRST_WITHIN, is_new=True)
        while not self._session.peer_is_done:
            try:
                self._turn()
            except Lost:
                self._drop()
                self._begin(self._resume, is_new=False)
        self._ends.finish()
        self.leave()

    def leave(self) -> None:
        """Tell the other end that the session is over; it costs half a second at most."""
        if not self._line:
            return
        line, self._line = self._line, None
        try:
            line.link.send(frames.encode(frames.BYE))
            until = time.monotonic() + _BYE_WITHIN
            while line.link.wants_write and time.monotonic() < until:
                select.select([], [line.link], [], _BYE_WITHIN)
                line.link.flush()
        except (Fault, OSError):
            pass
        line.link.close(for_good=True)

    def _turn(self) -> None:
        """Wait until something can be done, and do it."""
        assert self._line
        session, link = self._session, self._line.link
        readers: list[Any] = [link, self._woken]
        if session.room and self._input_ended is None:
            readers.append(self._ends.inlet)
        writers: list[Any] = [link] if link.wants_write else []
        if session.has_come:
            writers.append(self._ends.outlet)
        ready, writable, _ = select.select(readers, writers, [], self._patience())
        self._see_stop()
        if link in writable:
            link.flush()
        if link in ready:
            for frame in self._line.receive():
                self._take(frame)
        if self._ends.inlet in ready:
            self._read()
        if session.has_come:
            self._pass_on()
        now = time.monotonic()
        while link.pending < _LINK_PENDING_MAX and (data := session.output(now)):
            link.send(data)
        self._line.look(now)
        if self._input_ended is not None and now - self._input_ended > _END_WITHIN:
            self.leave()
            raise SessionGone("ssh has ended, and the server does not end the session.")

    def _pass_on(self) -> None:
        try:
            self._session.used(self._ends.write(self._session.peek()))
        except OSError:
            raise SshEnded("ssh has ended.") from None

    def _see_stop(self) -> None:
        if self.stopped:
            raise SshEnded("ssh has ended.")

    def _patience(self) -> float:
        due = self._session.ack_due(time.monotonic())
        return PING_EVERY / 2 if due is None else min(PING_EVERY / 2, due + 0.001)

    def _read(self) -> None:
        data = self._ends.read(min(self._session.room, 64 * 1024))
        if data:
            self._session.write(data)
        else:
            self._input_ended = time.monotonic()
            self._session.end()

    def _take(self, frame: Frame) -> None:
        if frame.kind in (frames.DATA, frames.END, frames.ACK):
            self._session.receive(frame)
        elif frame.kind in (frames.GONE, frames.BYE):
            raise SessionGone("The session is over at the notebook's machine.")

    # Links

    def _begin(self, seconds: float, *, is_new: bool) -> None:
        """Have a link, however many tries that takes.

        Parameters
        ----------
        seconds
            For which it is tried.
        is_new
            Whether the session begins with it.
        """
        until = time.monotonic() + seconds
        for pause in _pauses():
            self._pause(pause)
            self._see_stop()
            try:
                self._attach(is_new=is_new)
                return
            except Passing:
                if time.monotonic() > until:
                    raise

    def _attach(self, *, is_new: bool) -> None:
        line = Line(self._open_link())
        try:
            hello = Hello(
                self._identity.client,
                self._number,
                is_new,
                round(self._resume),
                self._session.received,
            )
            line.link.send(frames.encode(frames.HELLO, 0, hello.encode(self._identity.key)))
            until = time.monotonic() + _WELCOME_WITHIN
            welcomed = False
            while not welcomed:
                if time.monotonic() > until:
                    raise Lost("The backend does not answer.")
                line.wait(until - time.monotonic())
                for frame in line.receive():
                    if welcomed:
                        self._take(frame)
                    elif frame.kind == frames.WELCOME:
                        self._session.attach(frame.offset)
                        welcomed = True
                    else:
                        self._take(frame)
        except BaseException:
            line.link.close()
            raise
        self._line = line

    def _drop(self) -> None:
        if self._line:
            self._line.link.close()
            self._line = None

    def _pause(self, seconds: float) -> None:
        """Wait; what ssh writes meanwhile is kept, and its end is noticed."""
        until = time.monotonic() + seconds
        while self._input_ended is None and self._session.room:
            left = max(0.0, until - time.monotonic())
            ready, _, _ = select.select([self._ends.inlet, self._woken], [], [], left)
            if not ready or self.stopped:
                return
            if self._ends.inlet in ready:
                self._read()
            if self._input_ended is not None:
                raise SshEnded("ssh has ended.")
        select.select([self._woken], [], [], max(0.0, until - time.monotonic()))


def _pauses() -> Iterator[float]:
    yield from _PAUSES
    while True:
        yield _PAUSES[-1]
