"""The quality of a desktop's pictures, by what the line to its page carries.

A VNC server packs pictures as JPEG, of a quality that the viewer asks for among its encodings
(https://github.com/rfbproto/rfbproto, rfbproto.rst, "JPEG Quality Level Pseudo-encoding"). noVNC
asks for the same whatever the line. Here it is lowered while something moves for which the line is
too slow, and once nothing does, the picture is asked for anew, strip by strip, so that what
is typed meanwhile does not wait for all of it.
"""

from __future__ import annotations

import math
import struct
import time
from collections.abc import Callable

_LEVEL_0 = -32  # the encoding of the lowest quality; nine more follow
#: Levels with the share of bytes that pictures have, against the level of noVNC.
_SHARES = {0: 0.24, 1: 0.32, 2: 0.38, 3: 0.43, 4: 0.56, 5: 0.77, 6: 1.0, 7: 1.3, 8: 1.9, 9: 9.0}
_STEPS = (0, 2, 4)
_PICTURE = 0.125  # seconds that a picture may take on the line
_LATE_IN_A_ROW = 2  # pictures: the first one of a desktop is large, and a window that opens
_GOOD_FOR = 2.0  # seconds until a better quality is tried
_MOVES = 0.04  # seconds on the line: what takes less is a cursor, or a part that is made good
_STILL, _STILL_MOST = 0.25, 2.0  # seconds without a picture that is larger
_RELAPSE = 4.0  # seconds within which something that moves again was not still
_STRIP = 0.15  # seconds of the line
_ROWS = 32  # a strip's height is a multiple of it


class PictureQuality:
    """Decides which quality is asked for.

    Parameters
    ----------
    clock
        Returns seconds; it never goes back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kinds: list[int] = []  # encodings that the page has asked for
        self._own = -1  # the page's level; -1 where it has none
        self._level = -1
        self._late = 0  # pictures in a row
        self._good_since: float | None = None
        self._moved_at = self._restored_at = 0.0
        self._still = _STILL
        self._size = 0.0  # bytes of a picture that moved, as they would be at the page's level
        self._strips: list[bytes] = []  # requests that are still to be made

    @property
    def is_lowered(self) -> bool:
        """Whether the quality is not the page's own."""
        return self._level != self._own

    def on_encodings(self, kinds: list[int]) -> bytes:
        """Note what the page asks for, and return what the server is asked for."""
        levels = [kind - _LEVEL_0 for kind in kinds if 0 <= kind - _LEVEL_0 <= 9]
        own = levels[-1] if levels else -1
        if own != self._own:
            self._own = self._level = own
        self._kinds = kinds
        return self._encodings()

    def on_picture(self, size: int, rate: float | None) -> bytes:
        """Note the bytes of an answer and the line's rate; return what to tell the server."""
        if rate is None or self._own < 0:
            return b""
        now, took = self._clock(), size / rate
        if took > _MOVES:
            self._moved_at = now
        if self._strips and took < 3 * _STRIP:
            return b""
        if took <= _PICTURE:
            self._late = 0
            return self._raised(now, size, rate) if took > _MOVES else b""
        self._good_since = None
        self._late += 1
        if self._late < _LATE_IN_A_ROW or not any(step < self._level for step in _STEPS):
            return b""
        self._size = size / _SHARES[self._level]
        fits = [step for step in _STEPS if self._size * _SHARES[step] / rate <= _PICTURE]
        return self._set(min(max(fits, default=_STEPS[0]), self._level), now)

    def on_behind(self) -> None:
        """Note that no picture is asked for, since too much is under way."""
        self._moved_at = self._clock()

    def until_still(self) -> float | None:
        """Return in how many seconds nothing has moved for long enough; ``None`` for never."""
        if not self.is_lowered:
            return None
        return max(self._moved_at + self._still - self._clock(), 0.0)

    def restore(self, wanted: bytes, rate: float | None) -> bytes:
        """Return what makes the picture good, now that nothing moves.

        Parameters
        ----------
        wanted
            The page's request for what has changed.
        rate
            Bytes a second of the line.
        """
        self._level, self._late, self._good_since = self._own, 0, None
        self._restored_at = self._clock()
        left, top, width, height = struct.unpack_from(">HHHH", wanted, 2)
        whole = self._size * _SHARES[self._own]
        count = math.ceil(whole / (rate * _STRIP)) if rate else 1
        rows = max(height // max(count, 1) // _ROWS, 1) * _ROWS
        self._strips = [
            struct.pack(">BBHHHH", 3, 0, left, top + row, width, min(rows, height - row))
            for row in range(0, height, rows)
        ]
        return self._encodings()

    def next_strip(self) -> bytes:
        """Return the request for the next strip of a picture that is made good, or nothing."""
        return self._strips.pop(0) if self._strips else b""

    def _set(self, level: int, now: float) -> bytes:
        if now - self._restored_at < _RELAPSE and not self.is_lowered:
            self._still = min(self._still * 2, _STILL_MOST)
        elif not self.is_lowered:
            self._still = _STILL
        self._level, self._late, self._good_since = level, 0, None
        self._strips = []  # they would be good for a moment only
        return self._encodings()

    def _raised(self, now: float, size: int, rate: float) -> bytes:
        better = [step for step in (*_STEPS, self._own) if self._level < step <= self._own]
        if not better:
            return b""
        expected = size / _SHARES[self._level] * _SHARES[better[0]] / rate
        if expected > 0.8 * _PICTURE:
            self._good_since = None
        elif self._good_since is None:
            self._good_since = now
        elif now - self._good_since > _GOOD_FOR:
            return self._set(better[0], now)
        return b""

    def _encodings(self) -> bytes:
        kinds = [
            _LEVEL_0 + self._level if 0 <= kind - _LEVEL_0 <= 9 else kind for kind in self._kinds
        ]
        return struct.pack(f">BxH{len(kinds)}i", 2, len(kinds), *kinds)
