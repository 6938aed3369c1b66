"""Where on the screen a film is, told from what changes how often."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from colabwidget.desktops.damage import Rectangle

TILE = 64  # pixels
_LONG = 0.7  # seconds in which a tile of a film changes so often:
_OFTEN = 8  # the sum below counts just so far
_SHARE, _PIXELS = 0.2, 230_000  # of the screen, or so many: the least that is worth a film
_DENSE = 0.5  # share of a film's box that moves
_SHORT, _SELDOM = 0.4, 2  # seconds, and changes in them: below that, a film has ended
_PART = 0.05  # of a film's tiles: a blinking cursor in it is none of its pictures
_GROWN, _SHRUNK = 0.5, 2.0  # seconds for which another box has to be right


class Motion:
    """Takes what has changed, and tells which part of the screen is a film.

    A part begins to be one when its tiles change eight times in 0.7 s, and ends when they change
    less than five times a second; so it does not bounce.
    """

    def __init__(self) -> None:
        self._size = (0, 0)
        self._columns = self._rows = 0
        self._samples: deque[tuple[float, int]] = deque()  # when, and a bit for each tile
        self._film: Rectangle | None = None
        self._tiles = 0  # of the film
        self._other: Rectangle | None = None
        self._other_since = 0.0

    def resize(self, width: int, height: int) -> None:
        """Have a screen of another size, in pixels."""
        if (width, height) != self._size:
            self._size = (width, height)
            self._columns, self._rows = -(-width // TILE), -(-height // TILE)
            self._samples.clear()
            self._film = None

    def add(self, changed: Iterable[Rectangle], now: float) -> None:
        """Take what has changed since the last time."""
        mask = 0
        for each in changed:
            mask |= self._mask(each)
        if mask:
            self._samples.append((now, mask))

    def film(self, now: float) -> Rectangle | None:
        """Return the part of the screen that is a film; ``None`` where none is."""
        while self._samples and self._samples[0][0] <= now - _LONG:
            self._samples.popleft()
        if self._film is None or self._has_ended(now):
            self._use(self._box())
        elif (box := self._box()) and (since := self._is_better(box, now)) is not None:
            is_outside = not _contains(self._film, box)
            if now - since >= (_GROWN if is_outside else _SHRUNK):
                self._use(_around(self._film, box) if is_outside else box)
        return self._film

    def _use(self, film: Rectangle | None) -> None:
        self._film, self._other = film, None
        self._tiles = self._mask(film) if film else 0

    def _has_ended(self, now: float) -> bool:
        most = _PART * self._tiles.bit_count()
        seen = [at for at, mask in self._samples if (mask & self._tiles).bit_count() >= most]
        return sum(at > now - _SHORT for at in seen) < _SELDOM

    def _is_better(self, box: Rectangle, now: float) -> float | None:
        """Return since when another box is right; ``None`` where the film's own is."""
        assert self._film
        if _contains(self._film, box) and _area(box) > _area(self._film) / 2:
            self._other = None
            return None
        if self._other is None or not _contains(self._other, box):
            self._other_since = now
            self._other = _around(self._other, box) if self._other else box
        return self._other_since

    def _box(self) -> Rectangle | None:
        """Return the box of the tiles that change often; ``None`` where that is no film."""
        hot = self._hot()
        if not hot:
            return None
        rows = [hot >> row * self._columns & (1 << self._columns) - 1 for row in range(self._rows)]
        used = [number for number, row in enumerate(rows) if row]
        across = 0
        for row in rows:
            across |= row
        left, right = (across & -across).bit_length() - 1, across.bit_length()
        top, bottom = used[0], used[-1] + 1
        tiles = hot.bit_count()
        width, height = self._size
        if tiles * TILE * TILE < min(_SHARE * width * height, _PIXELS):
            return None
        if tiles < _DENSE * (right - left) * (bottom - top):
            return None
        x, y = left * TILE, top * TILE
        # H.264 with half the colours' resolution takes even sizes only.
        box = min(right * TILE, width) - x & ~1, min(bottom * TILE, height) - y & ~1
        return Rectangle(x, y, *box)

    def _hot(self) -> int:
        """Return the tiles that have changed so often: each bit is counted by a column of bits."""
        ones = twos = fours = hot = 0
        for _, mask in self._samples:
            carry = ones & mask
            ones ^= mask
            more = twos & carry
            twos ^= carry
            hot |= fours & more
            fours ^= more
        return hot

    def _mask(self, part: Rectangle) -> int:
        left, top = max(part.x // TILE, 0), max(part.y // TILE, 0)
        right = min(-(-(part.x + part.width) // TILE), self._columns)
        bottom = min(-(-(part.y + part.height) // TILE), self._rows)
        if right <= left or bottom <= top:
            return 0
        row = (1 << right) - (1 << left)
        found = 0
        for number in range(top, bottom):
            found |= row << number * self._columns
        return found


def _contains(outer: Rectangle, inner: Rectangle) -> bool:
    return _around(outer, inner) == outer


def _around(one: Rectangle, other: Rectangle) -> Rectangle:
    x, y = min(one.x, other.x), min(one.y, other.y)
    right = max(one.x + one.width, other.x + other.width)
    bottom = max(one.y + one.height, other.y + other.height)
    return Rectangle(x, y, right - x, bottom - y)


def _area(part: Rectangle) -> int:
    return part.width * part.height
