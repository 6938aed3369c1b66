"""The end of what a shell has printed, to draw its screen again from."""

from __future__ import annotations

from typing import NamedTuple

from colabwidget.backend.streams.terminal_state import LONGEST, TerminalState

_SIZES_MAX = 100


class Size(NamedTuple):
    """The size of the terminal from a byte on."""

    at: int
    columns: int
    rows: int


class Scrollback:
    """Bytes with their numbers, of which the oldest are forgotten.

    Parameters
    ----------
    size
        Bytes that are kept.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._bytes = bytearray()
        self._state = TerminalState()  # as it was at `start`
        self._sizes: list[Size] = []
        self.start = 0

    @property
    def end(self) -> int:
        """Number of the byte after the last one."""
        return self.start + len(self._bytes)

    def add(self, data: bytes) -> None:
        """Append bytes."""
        self._bytes += data
        # In large steps: each step moves all that stays.
        if len(self._bytes) > self._size + self._size // 4:
            self._forget(len(self._bytes) - self._size)

    def since(self, number: int, most: int) -> bytes:
        """Return bytes from a number on, or from the oldest that is kept."""
        first = max(number - self.start, 0)
        return bytes(self._bytes[first : first + most])

    def preamble(self) -> bytes:
        """Return what sets again what was set, or set back, by bytes which are forgotten."""
        return self._state.sequences()

    def resized(self, columns: int, rows: int) -> None:
        """Note that what comes next is printed on a terminal of this size."""
        if self._sizes and self._sizes[-1].at == self.end:
            self._sizes.pop()
        self._sizes.append(Size(self.end, columns, rows))
        del self._sizes[:-_SIZES_MAX]

    def sizes(self) -> list[Size]:
        """Return the sizes on which the bytes that are kept were printed, the oldest first."""
        return [size._replace(at=max(size.at, self.start)) for size in self._sizes]

    def on_alternate_screen(self) -> bool:
        """Tell whether a program has the screen to itself."""
        return self._state.on_alternate_screen_after(self._bytes)

    def _forget(self, count: int) -> None:
        # At the end of a line no sequence is cut in two, nor a character.
        line = self._bytes.find(b"\n", count, count + self._size // 8)
        count = line + 1 if line >= 0 else count
        self._state.take(self._bytes[: count + LONGEST], until=count)
        del self._bytes[:count]
        self.start += count
        while len(self._sizes) > 1 and self._sizes[1].at <= self.start:
            del self._sizes[0]
