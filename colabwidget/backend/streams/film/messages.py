"""What a page and a VNC server say to each other, with a film put in: RFC 6143 and extensions.

Two states. *Tight*: all passes as it is. *Film*: one part of the screen goes to the page as H.264
(encoding 50); the server is asked for what is around it. There is no I/O here.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from colabwidget.desktops.damage import Rectangle
from colabwidget.desktops.rfb.message_ends import MessageEnds
from colabwidget.desktops.rfb.view_only import (
    UnknownMessage,
    encodings,
    message_size,
    set_encodings,
)

#: Bytes of a rectangle: a page's noVNC has to have all of it before it draws.
PICTURE_MAX = 256 * 1024

_SET_ENCODINGS, _UPDATE_REQUEST, _FENCE = 2, 3, 248
_H264 = 50
_RESET_ALL = 2  # flag: decoders of before are given up
_REQUEST = 1 << 31  # flag of a fence that is to be answered
_OURS = b"cwfilm"  # begins the payload of our fences
_MARKERS = 0.25  # seconds between two requests that are only there for the pointer's shape


class FilmMessages:
    """Follows both, and changes what they say.

    Parameters
    ----------
    init
        The server's ServerInit.
    on_drawn
        Called with the number of each mark that the page has come to.
    """

    def __init__(self, init: bytes, on_drawn: Callable[[int], None] = lambda number: None) -> None:
        self._ends = MessageEnds(init)
        self._on_drawn = on_drawn
        self._said = bytearray()  # by the page, and no whole message yet
        self._passing = 0  # bytes of a message that passes as it is
        self._is_lost = False
        self._takes_film = False
        self._reset = False
        self._request_at = float("-inf")
        #: Whether what the server has said ends with a message.
        self.is_between = True
        #: The part of the screen that is a film.
        self.film: Rectangle | None = None
        #: Width and height of the screen, as the page asks for it.
        self.size = struct.unpack(">HH", init[:4])

    @property
    def takes_film(self) -> bool:
        """Whether the page takes H.264, and both can be followed."""
        return self._takes_film and not self._is_lost and not self._ends.is_lost

    # From the server

    def feed(self, data: bytes) -> bool:
        """Take what the server says; tell whether a message ends there, or no end is known."""
        self.is_between = self._ends.feed(data)
        return self.is_between or self._ends.is_lost

    # From the page

    def hear(self, data: bytes, now: float = 0.0) -> bytes:
        """Return what the server gets of what the page says.

        Parameters
        ----------
        data
            Bytes as they came; messages may be cut anywhere.
        now
            Seconds of a clock that only grows.
        """
        self._said += data
        out = bytearray()
        while self._said:
            if self._passing or self._is_lost:
                size = len(self._said) if self._is_lost else min(self._passing, len(self._said))
                self._passing = max(self._passing - size, 0)
                out += self._said[:size]
            elif size := self._size():
                if self._said[0] not in (_SET_ENCODINGS, _UPDATE_REQUEST, _FENCE):
                    self._passing = size
                    continue
                if len(self._said) < size:
                    break
                out += self._changed(bytes(self._said[:size]), now)
            elif not self._is_lost:
                break
            else:
                continue
            del self._said[:size]
        self._ends.hear(bytes(out))
        return bytes(out)

    def _size(self) -> int:
        try:
            return message_size(self._said)
        except UnknownMessage:
            self._is_lost = True
            return 0

    def _changed(self, message: bytes, now: float) -> bytes:
        if message[0] == _SET_ENCODINGS:
            kinds = encodings(message)
            self._takes_film = _H264 in kinds
            return set_encodings([kind for kind in kinds if kind != _H264])
        if message[0] == _FENCE:
            if message[9:].startswith(_OURS):
                self._on_drawn(int.from_bytes(message[9 + len(_OURS) :], "big"))
                return b""
            return message
        incremental, x, y, width, height = struct.unpack(">xBHHHH", message)
        # What is asked for as it is may be a part only, which is made good after all else.
        if not incremental or x or y:
            return message
        if self.size != (width, height):
            self.size = (width, height)
            self.film = None
        return self._around(now) if self.film else message

    def _around(self, now: float) -> bytes:
        """Return requests for all but the film."""
        assert self.film
        x, y, width, height = self.film
        right, bottom = x + width, y + height
        whole_width, whole_height = self.size
        parts = [
            (0, 0, whole_width, y),
            (0, bottom, whole_width, whole_height - bottom),
            (0, y, x, height),
            (right, y, whole_width - right, height),
        ]
        parts = [part for part in parts if part[2] > 0 and part[3] > 0]
        if not parts:
            # The server says what shape the pointer has only where something is asked for.
            if now - self._request_at < _MARKERS:
                return b""
            self._request_at = now
            parts = [(whole_width - 1, whole_height - 1, 1, 1)]
        return b"".join(_request(True, *part) for part in parts)

    # The film

    def begin(self, film: Rectangle) -> bytes:
        """Have a film there from the next picture on, which has to be a key.

        Returns
        -------
        bytes
            The request for what was a film before, and is none any more.
        """
        before, self.film, self._reset = self.film, film, True
        return _request(False, *before) if before and before != film else b""

    def picture(self, data: bytes, mark: int | None) -> bytes:
        """Return the message with a picture of the film; it may be sent between two others.

        Parameters
        ----------
        data
            NAL units with start codes, of one slice.
        mark
            Number of the mark that follows it, which the page answers when it comes to it.
        """
        assert self.film
        flags, self._reset = _RESET_ALL if self._reset else 0, False
        head = struct.pack(">BxHHHHHiII", 0, 1, *self.film, _H264, len(data), flags)
        return head + data + (b"" if mark is None else fence(mark))

    def end(self) -> bytes:
        """End the film; return the request for its part, as it is, and for what is around it."""
        if not self.film:
            return b""
        film, self.film = self.film, None
        # Not only what has changed: of what has not, H.264 has altered colours.
        return _request(False, *film) + _request(True, 0, 0, *self.size)


def _request(incremental: bool, x: int, y: int, width: int, height: int) -> bytes:
    return struct.pack(">BBHHHH", _UPDATE_REQUEST, incremental, x, y, width, height)


def fence(number: int) -> bytes:
    """Return the message with a mark, which the page answers when it comes to it."""
    payload = _OURS + number.to_bytes(4, "big")
    return struct.pack(">B3xIB", _FENCE, _REQUEST, len(payload)) + payload
