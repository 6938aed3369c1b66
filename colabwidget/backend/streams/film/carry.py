"""A view of the desktop in a page, with H.264 where something moves."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from colabwidget.backend.streams.film.encoder import Encoder, EncoderFailed
from colabwidget.backend.streams.film.messages import PICTURE_MAX, FilmMessages, fence
from colabwidget.backend.streams.film.motion import Motion
from colabwidget.backend.streams.film.pace import Pace
from colabwidget.backend.streams.film.picture import Picture
from colabwidget.desktops import damage
from colabwidget.desktops.damage import NoExtension, Rectangle, Screen
from colabwidget.desktops.rfb.input_watch import InputWatch
from colabwidget.desktops.rfb.server import Connection
from colabwidget.runtime.journal import Journal
from colabwidget.runtime.pipe import Joined, Stream, join

_LOOK_EVERY = 0.1  # seconds, while there is a film
_FAILED_MAX = 3  # encoders
_PAUSE_UNHEARD = 10.0  # seconds until the next film for a page that does not answer


class Film:
    """Carries bytes between a page and the server, and puts films in.

    Parameters
    ----------
    screen
        The display that the server shows.
    init
        The server's ServerInit.
    turn
        Held by the view that has a film: a machine has processors for one.
    journal
        Gets a line where no more films can be made.
    """

    def __init__(self, screen: Screen, init: bytes, turn: asyncio.Lock, journal: Journal) -> None:
        self._screen = screen
        self._turn = turn
        self._journal = journal
        self._encoder = Encoder(screen, journal)
        self._pace = Pace()
        self._motion = Motion()
        self._messages = FilmMessages(init, self._on_drawn)
        self._joined: Joined | None = None
        self._takes = asyncio.Event()
        self._moved = asyncio.Event()
        self._room = asyncio.Event()
        self._failed = 0
        self._not_before = 0.0

    async def carry(self, page: Stream, server: Connection, watch: InputWatch) -> None:
        """Carry bytes until either goes.

        Parameters
        ----------
        page
            Reader and writer of the page, which has got the ServerInit.
        server
            The server.
        watch
            Takes note of what the page does.
        """

        def said(data: bytes) -> bytes:
            passed = self._messages.hear(watch.feed(data), self._now())
            if self._messages.takes_film:
                self._takes.set()
            return passed

        def is_whole(data: bytes) -> bool:
            # The picture that waits for it follows these bytes.
            self._room.set()
            ends = self._messages.feed(data)
            if self._messages.takes_film:
                self._pass_on(len(data))
            return ends

        def meet(joined: Joined) -> None:
            self._joined = joined

        films = asyncio.ensure_future(self._films())
        try:
            await join(page, (server.reader, server.writer), said, is_whole, meet)
        finally:
            films.cancel()
            await asyncio.wait({films})

    def _pass_on(self, size: int) -> None:
        """Count bytes of the server's, so that it is known how fast they get there."""
        mark = self._pace.pass_on(size, self._now(), may_mark=self._messages.is_between)
        if mark is not None:
            # Behind these bytes, which are passed on in this turn of the loop.
            asyncio.get_running_loop().call_soon(self._put_mark, mark)

    def _put_mark(self, number: int) -> None:
        assert self._joined
        if self._messages.is_between:
            self._joined.to_one(fence(number))

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    def _on_drawn(self, number: int) -> None:
        self._pace.drawn(number, self._now())
        self._room.set()

    async def _films(self) -> None:
        """Show films, one after the other, as long as that works."""
        await self._takes.wait()
        if not self._encoder.exists:
            return
        watching = asyncio.ensure_future(self._watch())
        try:
            while self._failed < _FAILED_MAX and not watching.done():
                await self._moved.wait()
                self._moved.clear()
                if self._now() < self._not_before or self._turn.locked():
                    continue
                if self._part() and self._messages.takes_film:
                    async with self._turn:
                        await self._show()
        finally:
            watching.cancel()
            await asyncio.wait({watching})

    async def _watch(self) -> None:
        """Look at what changes on the screen."""
        try:
            async for changed in damage.changes(self._screen):
                self._motion.resize(*self._messages.size)
                self._motion.add(changed, self._now())
                self._moved.set()
        except NoExtension as error:
            self._journal.add(f"desktop: No films in this view: {error}.")
        except (OSError, asyncio.IncompleteReadError):
            pass  # the server ends, and so does the view
        finally:
            self._moved.set()

    def _part(self) -> Rectangle | None:
        return self._motion.film(self._now())

    async def _show(self) -> None:
        """Show a film until it ends, wherever it moves meanwhile."""
        assert self._joined
        self._pace.begin(self._now())
        try:
            while (part := self._part()) and self._messages.takes_film:
                if not await self._encode(part):
                    break
        except EncoderFailed as error:
            self._failed += 1
            if self._failed == _FAILED_MAX:
                self._journal.add(f"desktop: No more films in this view: {error}.")
        finally:
            self._joined.to_other(self._messages.end())
            await self._encoder.close()

    async def _encode(self, part: Rectangle) -> bool:
        """Show one part of the screen; tell whether the film goes on.

        Raises
        ------
        EncoderFailed
            Where the encoder does not work.
        """
        assert self._joined
        has_begun = False
        made = self._encoder.pictures(part, self._pace.cap)
        try:
            while True:
                picture = await self._next(made, part)
                if picture is None or not self._messages.takes_film:
                    return True
                if len(picture.data) > PICTURE_MAX:
                    raise EncoderFailed(f"a picture of {len(picture.data)} bytes")
                if not has_begun:
                    has_begun = True
                    # The server is asked for no more of it while what waits on the way gets there.
                    self._joined.to_other(self._messages.begin(part))
                while not self._may_send() and not self._is_unheard():
                    await self._wait_for_room()
                if self._is_unheard():
                    self._not_before = self._now() + _PAUSE_UNHEARD
                    return False
                if self._messages.film != part:
                    return True  # the page has begun anew
                now = self._now()
                mark = self._pace.send(len(picture.data), now)
                self._joined.to_one(self._messages.picture(picture.data, mark))
                self._failed = 0
                if self._pace.adapt(now) and not self._encoder.limit(self._pace.cap):
                    return True  # another one, with that
        finally:
            await made.aclose()

    async def _next(self, made: AsyncIterator[Picture], part: Rectangle) -> Picture | None:
        """Return the next picture; ``None`` where the film has ended, or is elsewhere."""
        coming = asyncio.ensure_future(made.__anext__())
        try:
            while True:
                done, _ = await asyncio.wait({coming}, timeout=_LOOK_EVERY)
                if self._part() != part:
                    return None
                if done:
                    return coming.result()
        finally:
            if not coming.done():
                coming.cancel()
                await asyncio.wait({coming})
            elif not coming.cancelled():
                coming.exception()  # it is known, also where nothing is made of it

    def _may_send(self) -> bool:
        assert self._joined
        is_between = self._messages.is_between and not self._joined.is_full
        return is_between and self._pace.may_send(self._now())

    def _is_unheard(self) -> bool:
        return self._pace.is_silent(self._now()) or not self._messages.takes_film

    async def _wait_for_room(self) -> None:
        assert self._joined
        mark = self._pace.mark_rest(self._now()) if self._messages.is_between else None
        if mark is not None:
            self._joined.to_one(fence(mark))
        self._room.clear()
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._room.wait(), _LOOK_EVERY)
