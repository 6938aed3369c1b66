"""What films a part of an X display, as the account of the desktop: the best that works here."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Protocol

from colabwidget.backend.streams.film.ffmpeg import Ffmpeg
from colabwidget.backend.streams.film.picture import Picture
from colabwidget.backend.streams.film.pixelflux import Pixelflux
from colabwidget.backend.streams.film.program import EncoderFailed
from colabwidget.desktops.damage import Rectangle, Screen
from colabwidget.runtime.journal import Journal

__all__ = ["Encoder", "EncoderFailed"]

_KINDS = (Pixelflux, Ffmpeg)  # the better one first


class Filming(Protocol):
    """Films with one kind of program."""

    def pictures(self, part: Rectangle, cap: int) -> AsyncGenerator[Picture, None]:
        """Film a part of a display, and yield pictures as they are encoded; the first is a key.

        As long as none is taken, none is made: the program waits, and goes on with what it sees
        then.

        Parameters
        ----------
        part
            What to film, of even size.
        cap
            The most that it may make, in kbit/s.

        Raises
        ------
        EncoderFailed
            At its end.
        """

    def limit(self, cap: int) -> bool:
        """Change the most that it may make, in kbit/s; tell whether it can while it films.

        Raises
        ------
        EncoderFailed
            At its end.
        """

    async def close(self) -> None:
        """End what runs."""


class Encoder:
    """Films by pixelflux, else by ffmpeg, for one view.

    The first that does not work here, as its account cannot read it perhaps, is left for the next.

    Parameters
    ----------
    screen
        The display.
    journal
        Gets a line where one is left.
    """

    def __init__(self, screen: Screen, journal: Journal) -> None:
        self._screen = screen
        self._journal = journal
        self._kinds = [kind for kind in _KINDS if kind.exists()]
        self._works = False
        self._running: Filming | None = None

    @property
    def exists(self) -> bool:
        """Whether there is a program that could do it."""
        return bool(self._kinds)

    async def pictures(self, part: Rectangle, cap: int) -> AsyncGenerator[Picture, None]:
        """Film a part; see `Filming`."""
        while True:
            self._running = self._running or self._kinds[0](self._screen)
            try:
                async with aclosing(self._running.pictures(part, cap)) as made:
                    async for picture in made:
                        self._works = True
                        yield picture
            except EncoderFailed as error:
                await self.close()
                if self._works or len(self._kinds) == 1:
                    raise
                left = self._kinds.pop(0)
                self._journal.add(f"desktop: {left.name} makes no films here: {error}.")

    def limit(self, cap: int) -> bool:
        """Change the most that it may make; see `Filming`."""
        return self._running is not None and self._running.limit(cap)

    async def close(self) -> None:
        """End what runs."""
        running, self._running = self._running, None
        if running:
            await running.close()
