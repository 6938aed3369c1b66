"""Frames: what travels on a link, each whole or not at all.

A frame is its kind (1 byte), an offset (8), the length of its payload (4) and a CRC-32 of all that
(4), then the payload. The sum finds a link that has lost or mixed bytes: the session then goes on
over another link.
"""

from __future__ import annotations

import struct
import zlib
from typing import NamedTuple

from colabwidget.through.faults import Torn

_HEAD = struct.Struct(">BQI")
_SUM = struct.Struct(">I")
HEAD_SIZE = _HEAD.size + _SUM.size
#: Bytes that a payload may have.
PAYLOAD_MAX = 64 * 1024

#: Bytes of the session from an offset on, and its end there.
DATA, END = 1, 2
#: How far the other end's bytes have been used.
ACK = 3
PING, PONG = 4, 5
#: A client begins or resumes a session; the answer, or that there is no such session any more.
HELLO, WELCOME, GONE = 6, 7, 8
#: A client pairs; the answer.
PAIR, PAIRED = 9, 10
#: The session is over for the end that says it.
BYE = 11

_KINDS = range(DATA, BYE + 1)


class Frame(NamedTuple):
    """One frame."""

    kind: int
    offset: int
    payload: bytes


def encode(kind: int, offset: int = 0, payload: bytes | memoryview = b"") -> bytes:
    """Return a frame as bytes."""
    head = _HEAD.pack(kind, offset, len(payload))
    return b"".join((head, _SUM.pack(zlib.crc32(payload, zlib.crc32(head))), payload))


class FrameReader:
    """Takes a link's bytes apart, however they were cut."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> list[Frame]:
        """Return the frames that are whole by now.

        Raises
        ------
        Torn
            For bytes that are no frame.
        """
        rest = self._rest
        rest += data
        found, at = [], 0
        while len(rest) - at >= HEAD_SIZE:
            kind, offset, length = _HEAD.unpack_from(rest, at)
            if kind not in _KINDS or length > PAYLOAD_MAX:
                raise Torn("What came is no frame.")
            end = at + HEAD_SIZE + length
            if len(rest) < end:
                break
            with memoryview(rest) as view:
                (expected,) = _SUM.unpack_from(view, at + _HEAD.size)
                payload = bytes(view[at + HEAD_SIZE : end])
                head = bytes(view[at : at + _HEAD.size])
            if zlib.crc32(payload, zlib.crc32(head)) != expected:
                raise Torn("A frame is damaged.")
            found.append(Frame(kind, offset, payload))
            at = end
        del rest[:at]
        return found
