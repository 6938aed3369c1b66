"""Where the messages of a VNC server end, as they come in pieces: RFC 6143 and its extensions.

A VNC server on TCP has the kernel gather the rectangles of a picture (TCP_CORK); on a Unix socket
older ones write each of them as it is drawn. Passed on so, a picture is twenty messages to a page,
and twenty packets to a viewer.
"""

from __future__ import annotations

import struct
from collections.abc import Generator

from colabwidget.desktops.rfb.view_only import UnknownMessage, message_size

#: Gives how many bytes are wanted, and gets them; below 0, so many are passed over.
_Reading = Generator[int, bytes, None]

_RAW, _COPY, _RRE, _ZLIB, _TIGHT, _ZRLE, _H264 = 0, 1, 2, 6, 7, 16, 50
_TIGHT_PNG = -260
_CURSOR, _X_CURSOR, _ALPHA_CURSOR, _VMWARE_CURSOR = -239, -240, -314, 0x574D5664
_LAST, _SCREENS, _NAME, _LED, _VMWARE_LED = -224, -308, -307, -261, 0x574D5668
#: Say something by being there: another size, and what the server takes.
_EMPTY = {-223, -258, -259, -316}
_STEPS_MAX = 5000  # of one piece: more is not worth the time
_UNPACKED_MAX = 12  # bytes that Tight does not compress


class _Lost(Exception):
    """The server says what is not known here, or takes too long to follow."""


class MessageEnds:
    """Follows what a server says after ServerInit, and holds none of it.

    Parameters
    ----------
    init
        Its ServerInit.
    """

    def __init__(self, init: bytes) -> None:
        self._pixel = self._tight_pixel = 0
        self._use(init[4:20])
        self._said = bytearray()  # by the viewer, and not read yet
        self._to_pass = 0  # bytes of a message of the viewer's that does not matter
        self._is_between = False
        self._is_lost = False
        self._part = bytearray()
        self._reading = self._messages()
        self._wanted = next(self._reading)

    @property
    def is_lost(self) -> bool:
        """Whether it has met what it does not know: then no end is known any more."""
        return self._is_lost

    def hear(self, data: bytes) -> None:
        """Take what the viewer says: it chooses how pixels are written."""
        passed = min(self._to_pass, len(data))
        self._to_pass -= passed
        self._said += data[passed:]
        try:
            while size := message_size(self._said):
                if self._said[0] != 0:
                    self._to_pass = max(size - len(self._said), 0)
                elif len(self._said) < size:
                    break
                else:
                    self._use(bytes(self._said[4:20]))
                del self._said[:size]
        except UnknownMessage:
            self._said.clear()  # it is read anew, as far as that goes

    def feed(self, data: bytes) -> bool:
        """Take what the server says; tell whether a message ends where that does."""
        if self._is_lost:
            return False
        place = 0
        try:
            for _ in range(_STEPS_MAX):
                if self._wanted < 0:
                    step = min(-self._wanted, len(data) - place)
                    self._wanted += step
                    if self._wanted:
                        return False
                else:
                    step = self._wanted - len(self._part)
                    self._part += data[place : place + step]
                    if len(self._part) < self._wanted:
                        return self._is_between and not self._part
                place += step
                got, self._part = bytes(self._part), bytearray()
                self._wanted = self._reading.send(got)
        except _Lost:
            pass
        self._is_lost = True
        return False

    def _use(self, pixel_format: bytes) -> None:
        """Read a PIXEL_FORMAT; Tight leaves the fourth byte of the usual one out."""
        bits, depth, _, is_true, *most = struct.unpack(">BBBBHHH", pixel_format[:10])
        self._pixel = max(bits // 8, 1)
        is_usual = bits == 32 and depth == 24 and is_true and most == [255, 255, 255]
        self._tight_pixel = 3 if is_usual else self._pixel

    def _messages(self) -> _Reading:
        while True:
            self._is_between = True
            kind = (yield 1)[0]
            self._is_between = False
            if kind == 0:
                yield from self._update()
            elif kind == 1:
                yield from _over(6 * _number(">H", (yield 5), 3))
            elif kind == 3:
                yield from _over(abs(_number(">i", (yield 7), 3)))
            elif kind == 248:
                yield from _over((yield 8)[7])
            elif kind == 250:
                yield from _over(3)
            elif kind == 253:
                head = yield 3
                yield from _over(_number(">H" if head[0] & 0x80 else "<H", head, 1))
            elif kind not in (2, 150):
                raise _Lost

    def _update(self) -> _Reading:
        count = _number(">H", (yield 3), 1)
        for _ in range(count):
            width, height, encoding = struct.unpack(">4xHHi", (yield 12))
            if encoding == _LAST:
                return
            yield from self._rectangle(width, height, encoding)

    def _rectangle(self, width: int, height: int, encoding: int) -> _Reading:
        pixels = width * height
        mask = (width + 7) // 8 * height
        if encoding == _RAW:
            yield from _over(pixels * self._pixel)
        elif encoding in (_TIGHT, _TIGHT_PNG):
            yield from self._tight(width, height)
        elif encoding in (_ZLIB, _ZRLE, _NAME):
            yield from _over(_number(">I", (yield 4), 0))
        elif encoding in (_COPY, _VMWARE_LED):
            yield from _over(4)
        elif encoding == _RRE:
            yield from _over(self._pixel + _number(">I", (yield 4), 0) * (self._pixel + 8))
        elif encoding == _H264:
            yield from _over(_number(">I", (yield 8), 0))
        elif encoding == _CURSOR:
            yield from _over(pixels * self._pixel + mask)
        elif encoding == _X_CURSOR:
            yield from _over(6 + 2 * mask if pixels else 0)
        elif encoding == _ALPHA_CURSOR and _number(">i", (yield 4), 0) == _RAW:
            yield from _over(4 * pixels)
        elif encoding == _VMWARE_CURSOR:
            is_classic = (yield 2)[0] == 0
            yield from _over(2 * pixels * self._pixel if is_classic else 4 * pixels)
        elif encoding == _SCREENS:
            yield from _over(16 * (yield 4)[0])
        elif encoding == _LED:
            yield from _over(1)
        elif encoding not in _EMPTY:
            raise _Lost

    def _tight(self, width: int, height: int) -> _Reading:
        kind = (yield 1)[0] >> 4
        size = width * height * self._tight_pixel
        if kind == 8:  # one colour
            yield from _over(self._tight_pixel)
            return
        if kind in (9, 10):  # JPEG, and PNG or what is not compressed
            size = max(size, _UNPACKED_MAX) if kind == 9 else size
        elif kind > 8:
            raise _Lost
        elif kind & 4:
            which = (yield 1)[0]
            if which == 1:  # a palette
                colours = (yield 1)[0] + 1
                yield from _over(colours * self._tight_pixel)
                size = (width + 7) // 8 * height if colours == 2 else width * height
            elif which > 2:
                raise _Lost
        if size >= _UNPACKED_MAX:
            size, more = 0, 0x80
            for shift in (0, 7, 14):
                if more & 0x80:
                    more = (yield 1)[0]
                    size |= (more if shift == 14 else more & 0x7F) << shift
        yield from _over(size)


def _over(count: int) -> _Reading:
    if count:
        yield -count


def _number(kind: str, data: bytes, at: int) -> int:
    return int(struct.unpack_from(kind, data, at)[0])
