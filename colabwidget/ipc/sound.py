"""What a stream of sound carries, from the backend to the kernel and on to the page.

Frames, each with its kind and its length (`HEADER`). A page gets frames of `PACKET` and `SILENCE`
as they are; the content of a frame of `MESSAGE` is a message to the page, as JSON.
"""

from __future__ import annotations

import json
import struct
from typing import Any, NamedTuple

HEADER = struct.Struct(">BH")
SILENCE, PACKET, MESSAGE = 0, 1, 2


class Frame(NamedTuple):
    """One frame.

    Parameters
    ----------
    kind
        `SILENCE`: nothing plays any more. `PACKET`: 20 ms of Opus. `MESSAGE`: a message.
    data
        Its content.
    """

    kind: int
    data: bytes = b""

    def encode(self) -> bytes:
        """Return it as it travels."""
        return HEADER.pack(self.kind, len(self.data)) + self.data

    def message(self) -> dict[str, Any]:
        """Return the message in one of `MESSAGE`."""
        content: dict[str, Any] = json.loads(self.data)
        return content


def said(content: dict[str, Any]) -> bytes:
    """Return a frame with a message to the page."""
    return Frame(MESSAGE, json.dumps(content).encode()).encode()


class FrameReader:
    """Takes a stream apart, however it was cut."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> list[Frame]:
        """Return the frames that have come whole."""
        self._rest += data
        frames = []
        while len(self._rest) >= HEADER.size:
            kind, length = HEADER.unpack_from(self._rest)
            end = HEADER.size + length
            if len(self._rest) < end:
                break
            frames.append(Frame(kind, bytes(self._rest[HEADER.size : end])))
            del self._rest[:end]
        return frames
