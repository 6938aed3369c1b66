"""A WebSocket (RFC 6455) on a socket that never waits; its user waits with select.

After a failed send nothing more leaves on the socket: a frame that was cut would be completed by
the next one's bytes.
"""

from __future__ import annotations

import base64
import hashlib
import os
import socket
import ssl
import struct

from colabwidget.through.faults import Lost

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
_CONTINUED = 0
_READ = 256 * 1024
_MESSAGE_MAX = 16 * 1024 * 1024
# A server holds back a small message until the small one before it is acknowledged (RFC 896), which
# a system puts off for 40 ms unless something is sent: so a pong is, which nothing answers.
_SMALL = 4096


def new_key() -> str:
    """Return a value for ``Sec-WebSocket-Key``."""
    return base64.b64encode(os.urandom(16)).decode()


def accepted(key: str) -> str:
    """Return the ``Sec-WebSocket-Accept`` that answers a key."""
    return base64.b64encode(hashlib.sha1(key.encode() + _GUID).digest()).decode()  # noqa: S324


class WebSocket:
    """An open connection.

    Parameters
    ----------
    connection
        The socket, after the upgrade.
    rest
        What came behind the answer to the upgrade.
    protocol
        What the server has chosen; empty for none.
    is_server
        Whether this is the server's end.
    """

    def __init__(
        self,
        connection: socket.socket,
        rest: bytes = b"",
        protocol: str = "",
        *,
        is_server: bool = False,
    ) -> None:
        self.protocol = protocol
        self._is_server = is_server
        self._socket = connection
        self._socket.setblocking(False)
        self._in = bytearray(rest)
        self._out = bytearray()
        self._parts: list[bytes] = []
        self._kind = 0
        self._is_broken = False  # nothing more is sent
        self._is_over = False  # nothing more is read
        self._wants_write = False

    def fileno(self) -> int:
        """Return the descriptor to wait for."""
        return self._socket.fileno()

    @property
    def pending(self) -> int:
        """Bytes that are still to be sent."""
        return len(self._out)

    @property
    def wants_write(self) -> bool:
        """Whether to wait until it can be written to."""
        return bool(self._out) or self._wants_write

    def send(self, payload: bytes, kind: int = BINARY) -> None:
        """Send a message as far as that is possible now; `flush` sends the rest.

        Raises
        ------
        Lost
            Where the connection is broken.
        """
        size, masks = len(payload), 0 if self._is_server else 0x80
        if size < 126:
            head = struct.pack(">BB", 0x80 | kind, masks | size)
        elif size < 65_536:
            head = struct.pack(">BBH", 0x80 | kind, masks | 126, size)
        else:
            head = struct.pack(">BBQ", 0x80 | kind, masks | 127, size)
        if masks:
            mask = os.urandom(4)
            head, payload = head + mask, _masked(payload, mask)
        self._out += head + payload
        self.flush()

    def flush(self) -> None:
        """Send what can be sent now.

        Raises
        ------
        Lost
            Where the connection is broken.
        """
        if self._is_broken:
            raise Lost("The connection is broken.")
        self._wants_write = False
        try:
            while self._out:
                with memoryview(self._out) as view:
                    count = self._socket.send(view[:_READ])
                del self._out[:count]
        except (BlockingIOError, ssl.SSLWantWriteError):
            self._wants_write = True
        except ssl.SSLWantReadError:
            pass
        except OSError as error:
            self._is_broken = True
            raise Lost(f"The connection is broken: {error.strerror or error}.") from error

    def receive(self) -> list[tuple[int, bytes]]:
        """Return the messages that have come, each with its kind.

        Raises
        ------
        Lost
            Where the connection is broken or was closed.
        """
        found = self._messages()
        while not self._is_over:
            try:
                data = self._socket.recv(_READ)
            except (BlockingIOError, ssl.SSLWantReadError):
                break
            except ssl.SSLWantWriteError:
                self._wants_write = True
                break
            except OSError as error:
                self._is_broken = True
                raise Lost(f"The connection is broken: {error.strerror or error}.") from error
            if not data:
                self._is_over = True
                break
            self._in += data
            found += self._messages()
            if len(data) < _SMALL and not self._out:
                self._pong(b"")
            # TLS may hold more than the socket shows; without it, select tells of the rest.
            if not (isinstance(self._socket, ssl.SSLSocket) and self._socket.pending()):
                break
        # What has come before the end is given first.
        if self._is_over and not found:
            self._is_broken = True
            raise Lost("The server has closed the connection.")
        return found

    def close(self) -> None:
        """Close it; the server is told where that costs nothing."""
        if not self._is_broken:
            try:
                self.send(struct.pack(">H", 1000), CLOSE)
                self._end_gently()
            except (Lost, OSError):
                pass
        self._is_broken = True
        self._socket.close()

    def _end_gently(self) -> None:
        """Leave nothing unread: a socket that is closed over it takes back what was sent."""
        self._socket.shutdown(socket.SHUT_WR)
        while self._socket.recv(_READ):
            pass

    def _messages(self) -> list[tuple[int, bytes]]:
        found = []
        while not self._is_over and (frame := self._frame()):
            final, kind, payload = frame
            if kind == PING:
                self._pong(payload)
            elif kind == CLOSE:
                self._is_over = True
                break
            elif kind in (TEXT, BINARY, _CONTINUED):
                self._kind = kind or self._kind
                self._parts.append(payload)
                if sum(map(len, self._parts)) > _MESSAGE_MAX:
                    raise Lost("The server sends too much at once.")
                if final:
                    found.append((self._kind, b"".join(self._parts)))
                    self._parts = []
        return found

    def _pong(self, payload: bytes) -> None:
        try:
            self.send(payload, PONG)
        except Lost:
            pass  # what has come before the end is given first

    def _frame(self) -> tuple[bool, int, bytes] | None:
        have = self._in
        if len(have) < 2:
            return None
        final, kind, size, at = bool(have[0] & 0x80), have[0] & 0x0F, have[1] & 0x7F, 2
        if bool(have[1] & 0x80) != self._is_server or have[0] & 0x70:
            raise Lost("The server does not speak WebSocket as agreed.")
        if size >= 126:
            form = ">H" if size == 126 else ">Q"
            at += struct.calcsize(form)
            if len(have) < at:
                return None
            (size,) = struct.unpack_from(form, have, 2)
        if size > _MESSAGE_MAX:
            raise Lost("The server sends too much at once.")
        mask_at = at
        at += 4 if self._is_server else 0
        if len(have) < at + size:
            return None
        payload = bytes(have[at : at + size])
        if self._is_server:
            payload = _masked(payload, bytes(have[mask_at:at]))
        del have[: at + size]
        return final, kind, payload


def _masked(payload: bytes, mask: bytes) -> bytes:
    """Return a payload under a mask: as one number, which is fast."""
    size = len(payload)
    repeated = (mask * (size // 4 + 1))[:size]
    number = int.from_bytes(payload, "little") ^ int.from_bytes(repeated, "little")
    return number.to_bytes(size, "little")
