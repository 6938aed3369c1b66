"""Films a part of an X display by pixelflux, where that is installed beside the backend.

Its wheels hold x264 and x265, which are under the GPL. So it is never imported here and never
shipped: `pixelflux_program` is a program by itself, which hands its pictures over by a pipe.
"""

from __future__ import annotations

import asyncio
import importlib.util
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

from colabwidget.backend.streams.film.picture import Picture, PictureError, read_picture
from colabwidget.backend.streams.film.program import (
    EncoderFailed,
    EncoderProgram,
    picture_rate,
)
from colabwidget.backend.streams.film.taking import Taking
from colabwidget.desktops.damage import Rectangle, Screen
from colabwidget.runtime import process

_PACKAGE = "pixelflux"
_PROGRAM = Path(__file__).with_name("pixelflux_program.py")
_AMPLE, _SELDOM = 3000, 30  # kbit/s; with less, so many pictures a second, which are the better
_FIRST = 5.0  # seconds until the first picture
_HOLD = 0.01  # seconds until the program is held, where no picture is taken
_HEAD = 8  # bytes: the number of the order that a picture obeys, and its size
_SIZE_MAX = 8 * 1024 * 1024  # bytes of a picture


class Pixelflux:
    """Films with one program, which is told of another part and of another rate."""

    name = _PACKAGE

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._program: EncoderProgram | None = None
        self._pictures = Pictures()
        self._taking = Taking(picture_rate(), 0.0)
        self._part: Rectangle | None = None
        self._cap = 0
        self._orders = 0

    @staticmethod
    def exists() -> bool:
        """Tell whether the backend's Python finds it."""
        return _folder() is not None

    async def pictures(self, part: Rectangle, cap: int) -> AsyncGenerator[Picture, None]:
        """Film a part; see `encoder.Filming`."""
        if self._program is None:
            self._program = await self._start()
        program = self._program
        program.thaw()
        loop = asyncio.get_running_loop()
        self._part = part
        self._order(cap)
        since = self._orders
        waiting = loop.call_later(_FIRST, program.kill)
        try:
            while True:
                for number, data in self._pictures.feed(await program.read()):
                    if number < since:
                        continue  # of another part
                    waiting.cancel()
                    picture = read_picture(data)
                    # It encodes ahead; held, it goes on with what is on the screen then.
                    waiting, given_at = loop.call_later(_HOLD, program.freeze), loop.time()
                    yield picture
                    waiting.cancel()
                    program.thaw()
                    now = loop.time()
                    if self._taking.take(now, now - given_at):
                        self._order(self._cap)
        except PictureError as error:
            raise EncoderFailed(str(error)) from error
        finally:
            waiting.cancel()

    async def _start(self) -> EncoderProgram:
        # Isolated, and without site-packages: none but this package is found.
        python = [sys.executable, "-I", "-S", "-B", str(_PROGRAM), _folder() or ""]
        display = {"DISPLAY": f":{self._screen.number}", **process.python_libraries()}
        return await EncoderProgram.start(self._screen, python, display)

    def limit(self, cap: int) -> bool:
        """Have it make that many kbit/s at most, at once."""
        self._order(cap)
        return True

    def _order(self, cap: int) -> None:
        assert self._program and self._part
        self._cap = cap
        self._orders += 1
        rate = self._taking.rate if cap >= _AMPLE else min(self._taking.rate, _SELDOM)
        self._program.order(" ".join(map(str, (*self._part, cap, rate))))

    async def close(self) -> None:
        """End the program."""
        if self._program:
            await self._program.close()


class Pictures:
    """Takes what the program writes, in pieces of any size, and gives whole pictures."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> list[tuple[int, bytes]]:
        """Return the pictures that end in these bytes, each with the number of its order.

        Raises
        ------
        PictureError
            Then nothing more can be read.
        """
        self._held += data
        found = []
        while len(self._held) >= _HEAD:
            number = int.from_bytes(self._held[:4], "big")
            end = _HEAD + int.from_bytes(self._held[4:_HEAD], "big")
            if end > _SIZE_MAX:
                raise PictureError(f"a picture of {end} bytes")
            if len(self._held) < end:
                break
            found.append((number, bytes(self._held[_HEAD:end])))
            del self._held[:end]
        return found


def _folder() -> str | None:
    """Return the folder in which the backend's Python finds it; nothing of it is loaded."""
    try:
        spec = importlib.util.find_spec(_PACKAGE)
    except (ImportError, ValueError):
        return None
    if spec is None or not spec.origin:
        return None
    place = Path(spec.origin)
    return str(place.parents[1] if spec.submodule_search_locations else place.parent)
