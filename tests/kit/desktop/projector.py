"""A program that shows a desktop moving pictures, each with its number in its pixels.

A page that shows the desktop knows by the number which picture it shows, and by the time at which
this program had painted it how late it is. What moves keeps its place for most of its pixels from
one picture to the next, as in a film, and never twice the same: a picture is a part of a larger
one, which the X server has, so that painting costs next to nothing.

``film N``
    All of the screen, N pictures a second.
``window N``
    640x368 of it.
``text N``
    A page of text that moves up by 12 pixels, drawn anew each time.
``still``
    Four quarters.

A key changes the marker at once, in all of them. ``times`` is answered with the numbers of pictures
and keys since, each with its time (CLOCK_MONOTONIC).
"""

from __future__ import annotations

import json
import math
import os
import random
import select
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.kit.desktop.painter import QUARTERS, Display, display_of
from tests.kit.sources import ROOT

#: The marker: so many squares of so many pixels at the top left, white for 1, lowest bit first. The
#: number of the picture, that of keys, and whether both together have an odd number of ones.
BITS, SQUARE = 16, 16
NUMBERS, KEYS = 2048, 16
WINDOW = (640, 368)
_MORE = 256  # pixels by which the larger picture is larger
_STEP = 12  # pixels
_WHITE, _INK, _BLACK = (255, 255, 255), (50, 50, 60), (0, 0, 0)


class Screen(Display):
    """All of a display, with a picture beside it."""

    def __init__(self, display: int, authority: Path) -> None:
        self._held: bytearray | None = None
        super().__init__(display, authority)
        self._pixmap = self._id + 2
        self._marked = 0  # keys
        self.number = 0
        self.times: list[tuple[str, int, float]] = []

    def hold(self) -> None:
        """Send nothing until the next `mark`: a picture then comes at once."""
        self._held = bytearray()

    def _request(self, code: int, detail: int, body: bytes) -> None:
        if self._held is None:
            super()._request(code, detail, body)
        else:
            body += bytes(-len(body) % 4)
            self._held += struct.pack("<BBH", code, detail, 1 + len(body) // 4) + body

    def prepare(self, width: int, height: int) -> None:
        """Have a picture of that size beside the screen."""
        self._request(54, 0, struct.pack("<I", self._pixmap))  # FreePixmap
        self._create(width, height)

    def _create(self, width: int, height: int) -> None:
        place = struct.pack("<IIHH", self._pixmap, self._window, width, height)
        self._request(53, self._depth, place)

    def first(self) -> None:
        """Have one at all."""
        self._create(16, 16)

    def draw_beside(self, picture: bytes, width: int, height: int) -> None:
        """Put a picture into the one beside the screen."""
        window, self._window = self._window, self._pixmap
        try:
            self.put(picture, width, height)
        finally:
            self._window = window

    def fill_beside(self, colour: tuple[int, int, int], *places: tuple[int, int, int, int]) -> None:
        """Fill parts of the picture beside the screen."""
        window, self._window = self._window, self._pixmap
        try:
            self.fill(colour, *places)
        finally:
            self._window = window

    def show_part(self, source: tuple[int, int], place: tuple[int, int, int, int]) -> None:
        """Copy a part of it to a place of the screen: CopyArea."""
        left, top, width, height = place
        ends = struct.pack("<III", self._pixmap, self._window, self._context)
        where = struct.pack("<hhhhHH", *source, left, top, width, height)
        self._request(62, 0, ends + where)

    def mark(self, *, new: bool) -> None:
        """Paint the marker, and note when that was done."""
        self.number = (self.number + new) % NUMBERS
        keys = self.keys
        word = self.number | keys % KEYS << 11
        word |= (word.bit_count() & 1) << 15
        squares: dict[int, list[tuple[int, int, int, int]]] = {0: [], 1: []}
        for bit in range(BITS):
            squares[word >> bit & 1].append((bit * SQUARE, 0, SQUARE, SQUARE))
        self.fill(_BLACK, *squares[0])
        self.fill(_WHITE, *squares[1])
        if self._held is not None:
            self._socket.sendall(self._held)
            self._held = None
        self.wait()
        now = time.monotonic()
        if new:
            self.times.append(("picture", self.number, now))
        if keys != self._marked:
            self.times.append(("key", keys % KEYS, now))
        self._marked = keys

    @property
    def is_pressed(self) -> bool:
        """Whether a key was pressed that the marker does not show."""
        return self.keys != self._marked


def larger_film(width: int, height: int) -> bytes:
    """A picture with large shapes, small ones, and a little grain."""
    import numpy

    chance = numpy.random.default_rng(1)
    whole = numpy.zeros((height, width, 3), "float32")
    for cell, share in ((128, 0.6), (24, 0.3), (6, 0.1)):
        small = chance.integers(0, 256, (height // cell + 2, width // cell + 2, 3))
        layer = small.astype("float32")
        for axis, size in ((0, height), (1, width)):
            place = numpy.arange(size) / cell
            low = place.astype(int)
            part = (place - low).astype("float32").reshape((-1, 1, 1) if axis == 0 else (1, -1, 1))
            layer = layer.take(low, axis) * (1 - part) + layer.take(low + 1, axis) * part
        whole += share * layer
    whole += chance.normal(0, 2.5, whole.shape)
    picture = numpy.zeros((height, width, 4), "uint8")
    picture[..., :3] = whole.clip(0, 255)
    return picture.tobytes()


def write_text(screen: Screen, width: int, height: int, chance: random.Random) -> None:
    """Rows of what looks like words, letter by letter."""
    screen.fill_beside(_WHITE, (0, 0, width, height))
    for top in range(8, height - 16, 18):
        letters, left = [], 12
        while left < width - 20:
            for _ in range(chance.randint(2, 9)):
                tall = chance.choice((7, 7, 10))
                letters += [(left, top + 10 - tall, 2, tall), (left + 3, top + 3, 2, 3)]
                letters.append((left, top + chance.choice((3, 6, 9)), 5, 1))
                left += 7
            left += 6
        screen.fill_beside(_INK, *letters)


class Film:
    """What moves, from picture to picture."""

    def __init__(self, screen: Screen, kind: str, rate: float) -> None:
        self.pause, self._screen, self._kind, self._turn = 1 / rate, screen, kind, 0
        width, height = screen.width, screen.height
        if kind == "text":
            self._place = (0, 32, width, height - 32)
            screen.prepare(width, 3 * height)
            write_text(screen, width, 3 * height, random.Random(1))
        else:
            size = WINDOW if kind == "window" else (width, height)
            self._place = ((width - size[0]) // 2, (height - size[1]) // 2, *size)
            larger = (size[0] + _MORE, size[1] + _MORE)
            screen.prepare(*larger)
            screen.draw_beside(larger_film(*larger), *larger)
        screen.fill((40, 50, 60), (0, 0, width, height))
        screen.wait()

    def next(self) -> None:
        """Paint the next picture."""
        self._turn += 1
        self._screen.hold()
        turn, half = self._turn, _MORE / 2
        if self._kind == "text":
            source = (0, turn * _STEP % (2 * self._screen.height))
            self._screen.show_part(source, self._place)
        else:
            source = (int(half + (half - 1) * math.sin(turn / 37)),
                      int(half + (half - 1) * math.sin(turn / 29)))  # fmt: skip
            self._screen.show_part(source, self._place)
            left, top, width, height = self._place
            for number, colour in enumerate(QUARTERS):
                away = turn * (3 + number)
                side = height // 6
                x = left + abs((away + 300 * number) % (2 * (width - side)) - (width - side))
                y = top + abs((away // 2 + 200 * number) % (2 * (height - side)) - (height - side))
                self._screen.fill(colour, (x, y, side, side))
        self._screen.mark(new=True)


def still(screen: Screen) -> None:
    x, y = screen.width // 2, screen.height // 2
    for colour, (left, top) in zip(QUARTERS, ((0, 0), (x, 0), (0, y), (x, y)), strict=True):
        screen.fill(colour, (left, top, screen.width - left, screen.height - top))
    screen.mark(new=True)


def main(number: str, authority: str) -> None:
    screen = Screen(int(number), Path(authority))
    screen.first()
    film: Film | None = None
    due = 0.0
    still(screen)
    print("ready", flush=True)
    while True:
        pause = max(0.0, due - time.monotonic()) if film else None
        ready, _, _ = select.select([sys.stdin, screen], [], [], pause)
        if sys.stdin in ready:
            word = os.read(0, 100).decode().strip()
            if not word:
                return
            if word == "times":
                print(json.dumps(screen.times), flush=True)
                screen.times = []
                continue
            kind, _, rate = word.partition(" ")
            film = Film(screen, kind, float(rate)) if rate else None
            if not film:
                still(screen)
            due = time.monotonic()
            print(word, flush=True)
        if screen in ready:
            screen.take_events()
        if screen.is_pressed:
            screen.mark(new=False)
        if film and time.monotonic() >= due:
            film.next()
            due = max(due + film.pause, time.monotonic() - film.pause)


class Projector:
    """That program, on the desktop of a backend."""

    def __init__(self, backend: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.kit.desktop.projector", *display_of(backend)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._hear("ready")

    def show(self, mode: str) -> None:
        """It has begun to paint that."""
        self._tell(mode)
        self._hear(mode)

    def times(self) -> list[tuple[str, int, float]]:
        """Pictures and keys since, each with its number and its time (CLOCK_MONOTONIC)."""
        self._tell("times")
        assert self._process.stdout
        return [(str(kind), int(number), float(at))
                for kind, number, at in json.loads(self._process.stdout.readline())]  # fmt: skip

    def end(self) -> None:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()

    def _tell(self, word: str) -> None:
        assert self._process.stdin
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()

    def _hear(self, word: str) -> None:
        assert self._process.stdout
        heard = self._process.stdout.readline().strip()
        assert heard == word, f"the projector has ended with {self._process.poll()}"


@contextmanager
def projecting(backend: int | None) -> Iterator[Projector]:
    assert backend, "no backend runs"
    projector = Projector(backend)
    try:
        yield projector
    finally:
        projector.end()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
