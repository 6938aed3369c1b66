"""Pictures of a desktop at a steady pace, between a page's noVNC and a VNC server.

A viewer asks for the next picture when it has drawn one (RFC 6143, 7.5.3). Over a notebook's
channel each such round trip takes tens of milliseconds, so the next picture is asked for here, as
soon as one has come, while the page is not too far behind: what is under way fits the line
(`colabwidget.kernel.streams.line_rate`), and so does the quality of pictures
(`colabwidget.kernel.streams.picture_quality`).
"""

from __future__ import annotations

import struct
import time
from collections.abc import Callable

from colabwidget.kernel.streams.line_rate import LineRate
from colabwidget.kernel.streams.picture_quality import PictureQuality

_INTERVAL = 1 / 60  # seconds between two pictures
_INTERVAL_UNHEARD = 1 / 8
_LEAST = 16 * 1024  # bytes under way, however slow the page is
_MOST = 1024 * 1024
_FIRST = 64 * 1024  # bytes until the page has acknowledged some
_NEAR, _FAR = 0.15, 0.4  # seconds by which an acknowledgement is later than the quickest
_AGAIN = 0.25
_GREETING = 14  # bytes of a viewer before its first message: version, security type, ClientInit

_SET_ENCODINGS, _UPDATE_REQUEST, _CUT_TEXT = 2, 3, 6
_FENCE_MESSAGE, _SET_DESKTOP_SIZE = 248, 251
# Messages of a viewer whose length is always the same; KeyEvent and so on.
_LENGTHS = {0: 20, 3: 10, 4: 8, 5: 6, 150: 10, 255: 12}
# Fence, ContinuousUpdates and ExtendedMouseButtons: the first two keep a page busy with answers,
# the third makes messages longer (https://github.com/rfbproto/rfbproto, rfbproto.rst).
_LEFT_OUT = frozenset({-312, -313, -316})


class FramePacer:
    """Passes a viewer's messages on, but requests pictures by itself.

    Parameters
    ----------
    clock
        Returns seconds; it never goes back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._rest = bytearray()
        self._greeted = 0
        self._foreign = False  # bytes came that are no message: all is passed on as it is
        self._wanted = b""  # the request that the page makes
        self._asked = b""  # the request that was passed on last
        self._answered = False
        self._asked_at = 0.0
        # Bytes that may be under way: more while the page keeps up, less while it falls behind.
        self._most = 768.0 * 1024
        self._line = LineRate(clock)
        self._quality = PictureQuality(clock)
        self._picture = 0  # bytes that have come since a picture was asked for
        self._shortest = float("inf")  # seconds until bytes were acknowledged, so far
        self._under_way = 0

    def filter_input(self, data: bytes) -> bytes:
        """Return what to pass on of a page's bytes."""
        out = bytearray()
        if self._greeted < _GREETING:
            greeting = data[: _GREETING - self._greeted]
            self._greeted += len(greeting)
            out += greeting
            data = data[len(greeting) :]
        self._rest += data
        while self._rest and not self._foreign:
            length = _length(self._rest)
            if length is None:
                self._foreign = True
            elif length == 0 or len(self._rest) < length:
                break
            else:
                out += self._passed(bytes(self._rest[:length]))
                del self._rest[:length]
        if self._foreign:
            out += self._rest
            self._rest.clear()
        return bytes(out)

    def on_output(self, count: int) -> None:
        """Note that bytes have come: very likely a picture that was requested."""
        self._answered = True
        self._picture += count
        self._line.on_sent(count)

    def on_acknowledged(self, count: int, seconds: float) -> None:
        """Note that the page has acknowledged bytes, that long after they were sent."""
        self._line.on_acknowledged(count)
        self._shortest = min(self._shortest, seconds)
        # A large picture is under way for longer, however short the queue before it is.
        late = seconds - self._shortest - (count / rate if (rate := self._line.rate) else 0.0)
        if late > _FAR:
            self._most = max(self._most * 0.7, _LEAST)
        elif late < _NEAR and self._under_way + count > self._most / 2:
            self._most = min(self._most + count, _MOST)

    def next_request(self, under_way: int, unheard: bool) -> tuple[bytes, float | None]:
        """Return the next request for a picture if it is time, and when it will be.

        Parameters
        ----------
        under_way
            Bytes that the page has not acknowledged.
        unheard
            The page cannot acknowledge: pictures then come at a pace that any page can follow.

        Returns
        -------
        tuple[bytes, float or None]
            The request, or nothing; and in how many seconds to ask again, ``None`` for when
            something has come.
        """
        now = self._clock()
        self._under_way = under_way
        if not self._wanted or self._foreign:
            return b"", None
        if not self._answered:
            return self._at_rest(now)
        behind = under_way >= self._allowed()
        if behind:
            self._quality.on_behind()
            if not unheard:
                return b"", _AGAIN
        pause = self._asked_at + (_INTERVAL_UNHEARD if behind else _INTERVAL) - now
        pause = max(pause, self._line.until_free(self._picture))
        if pause > 0:
            self._quality.on_behind()
            return b"", pause
        told = self._quality.on_picture(self._picture, self._line.rate)
        told += self._made_good() + self._quality.next_strip()
        return told + self._ask(now), self._quality.until_still()

    def _allowed(self) -> float:
        """Return how many bytes may be under way before the next picture is asked for."""
        fitting = self._line.fitting
        if fitting is None:
            return _FIRST
        return min(self._most, max(fitting, _LEAST))

    def _at_rest(self, now: float) -> tuple[bytes, float | None]:
        """Return what to send while the server has nothing new: the picture may be made good."""
        if told := self._made_good():
            return told + self._quality.next_strip() + self._ask(now), None
        return b"", self._quality.until_still()

    def _made_good(self) -> bytes:
        if self._quality.until_still() == 0:
            return self._quality.restore(self._wanted, self._line.rate)
        return b""

    def _ask(self, now: float) -> bytes:
        # Counted from when it was due, so that the time a turn of the loop takes is not lost.
        self._asked_at = max(self._asked_at + _INTERVAL, now - _INTERVAL)
        self._asked, self._answered, self._picture = self._wanted, False, 0
        return self._wanted

    def _passed(self, message: bytes) -> bytes:
        if message[0] == _SET_ENCODINGS:
            kinds = struct.unpack(f">{(len(message) - 4) // 4}i", message[4:])
            kept = [kind for kind in kinds if kind not in _LEFT_OUT]
            return self._quality.on_encodings(kept)
        if message[0] != _UPDATE_REQUEST:
            return message
        incremental = message[1] == 1
        self._wanted = bytes([_UPDATE_REQUEST, 1]) + message[2:]
        if not incremental:
            self._ask(self._clock())
            return message
        if self._wanted != self._asked:  # the desktop has another size
            return self._ask(self._clock())
        return b""


def _length(data: bytearray) -> int | None:
    """Return the length of the message at the start; 0 where too little of it has come.

    ``None`` stands for a message of an unknown kind.
    """
    kind = data[0]
    if kind in _LENGTHS:
        return _LENGTHS[kind]
    if kind == _SET_ENCODINGS:
        return 4 + 4 * int(struct.unpack_from(">H", data, 2)[0]) if len(data) >= 4 else 0
    if kind == _CUT_TEXT:
        # A negative length is that of an extended clipboard message.
        return 8 + abs(int(struct.unpack_from(">i", data, 4)[0])) if len(data) >= 8 else 0
    if kind == _SET_DESKTOP_SIZE:
        return 8 + 16 * data[6] if len(data) >= 8 else 0
    if kind == _FENCE_MESSAGE:
        return 9 + data[8] if len(data) >= 9 else 0
    return None
