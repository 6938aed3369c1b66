"""The end of what a shell has printed, to draw its screen again from."""

from __future__ import annotations

import re

# DECSET and DECRST of xterm: what they have set is lost with the bytes that set it.
_MODES = re.compile(rb"\x1b\[\?([\d;]+)([hl])")
_LONGEST = 64  # bytes that a sequence cut in two can have left behind
# Modes of the alternate screen: a program on it draws all of it again when its size changes.
_ALTERNATE = frozenset({b"47", b"1047", b"1049"})


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
        self._modes: dict[bytes, bytes] = {}  # as they were at `start`
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
        """Return what sets the modes that were set by bytes which are forgotten."""
        return b"".join(
            b"\x1b[?%b%b" % (mode, state) for mode, state in self._modes.items() if state == b"h"
        )

    def on_alternate_screen(self) -> bool:
        """Tell whether a program has the screen to itself."""
        modes = dict(self._modes)
        _take_modes(modes, self._bytes)
        return any(modes.get(mode) == b"h" for mode in _ALTERNATE)

    def _forget(self, count: int) -> None:
        # At the end of a line no sequence is cut in two, nor a character.
        line = self._bytes.find(b"\n", count, count + self._size // 8)
        count = line + 1 if line >= 0 else count
        _take_modes(self._modes, self._bytes[: count + _LONGEST], until=count)
        del self._bytes[:count]
        self.start += count


def _take_modes(modes: dict[bytes, bytes], data: bytearray, until: int | None = None) -> None:
    for found in _MODES.finditer(data):
        if until is not None and found.start() >= until:
            return
        for mode in found[1].split(b";"):
            # The last one set counts, also for the order in which they are set again.
            modes.pop(mode, None)
            modes[mode] = found[2]
