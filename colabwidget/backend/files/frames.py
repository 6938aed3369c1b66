"""Frames on the socket of a transfer: a kind, a length, and so many bytes.

A frame is a table as JSON, or a piece of the file that was named last.
"""

from __future__ import annotations

import json
import socket
import struct
from typing import Any

_HEAD = struct.Struct(">BI")
_TABLE, _DATA = 0, 1
FRAME_MAX = 4 * 1024 * 1024  # bytes, of what a page sends

Table = dict[str, Any]


class BadFrameError(ValueError):
    """What came is no frame."""


class Frames:
    """The two ends of a transfer's socket.

    Parameters
    ----------
    connection
        A connected socket that blocks.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._reader = connection.makefile("rb", buffering=256 * 1024)

    def next(self) -> Table | bytes | None:
        """Return the next table or piece of data; ``None`` at the end.

        Raises
        ------
        BadFrameError
            For anything else.
        """
        head = self._reader.read(_HEAD.size)
        if len(head) < _HEAD.size:
            return None
        kind, length = _HEAD.unpack(head)
        if length > FRAME_MAX or kind not in (_TABLE, _DATA):
            raise BadFrameError("no frame")
        body: bytes = self._reader.read(length)
        if len(body) < length:
            return None
        if kind == _DATA:
            return body
        try:
            table = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise BadFrameError("no table") from error
        if not isinstance(table, dict):
            raise BadFrameError("no table")
        return {**table}

    def send(self, table: Table) -> None:
        """Send a table."""
        body = json.dumps(table).encode()
        self._connection.sendall(_HEAD.pack(_TABLE, len(body)) + body)

    def send_data(self, data: bytes | memoryview) -> None:
        """Send a piece of data."""
        self._connection.sendall(_HEAD.pack(_DATA, len(data)))
        self._connection.sendall(data)

    def close(self) -> None:
        """Close the socket."""
        self._reader.close()
        self._connection.close()
