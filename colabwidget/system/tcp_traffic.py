"""How many bytes the connections of a local TCP port have carried: sock_diag(7)."""

from __future__ import annotations

import contextlib
import socket
import struct

_SOCK_DIAG = 4  # NETLINK_SOCK_DIAG
_BY_FAMILY = 20  # SOCK_DIAG_BY_FAMILY
_REQUEST_DUMP = 0x301  # NLM_F_REQUEST | NLM_F_DUMP
_DONE, _ERROR = 3, 2  # NLMSG_DONE, NLMSG_ERROR
_INFO = 2  # INET_DIAG_INFO: the attribute with a struct tcp_info
_ESTABLISHED = 1
_MESSAGE = struct.Struct("=IHHII")  # nlmsghdr
_REQUEST = struct.Struct("=BBBBI48s")  # inet_diag_req_v2 without its padding
_SOCKET = struct.Struct("=BBBB HH 16s 16s I Q IIIII".replace(" ", ""))
_COOKIE = struct.Struct("=Q")
_ATTRIBUTE = struct.Struct("=HH")
_BYTES = struct.Struct("=QQ")  # tcpi_bytes_acked, tcpi_bytes_received
_BYTES_AT = 120  # in struct tcp_info
_PORTS = struct.Struct("!HH")


class TcpTraffic:
    """Adds up what the connections to a port of this machine carry.

    It is looked at from time to time: what a connection carries after the last look before its
    end is not counted.
    """

    def __init__(self) -> None:
        self._ended = 0
        self._open: dict[int, int] = {}
        self._known = False

    def look(self, port: int) -> int | None:
        """Return the bytes in both directions until now; ``None`` where the kernel does not tell.

        Parameters
        ----------
        port
            A local port.
        """
        try:
            found = _connections(port)
        except OSError:
            return self._ended + sum(self._open.values()) if self._known else None
        self._known = True
        gone = self._open.keys() - found.keys()
        self._ended += sum(self._open[each] for each in gone)
        self._open = found
        return self._ended + sum(found.values())


def _connections(port: int) -> dict[int, int]:
    """Return the bytes of each open connection of a local port, by the kernel's number for it."""
    asked = struct.pack("!H", port) + bytes(46)  # inet_diag_sockid: the local port comes first
    request = _REQUEST.pack(
        socket.AF_INET, socket.IPPROTO_TCP, 1 << (_INFO - 1), 0, 1 << _ESTABLISHED, asked
    )
    found: dict[int, int] = {}
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _SOCK_DIAG) as kernel:
        kernel.settimeout(1.0)
        size = _MESSAGE.size + len(request)
        kernel.send(_MESSAGE.pack(size, _BY_FAMILY, _REQUEST_DUMP, 1, 0) + request)
        while True:
            data = kernel.recv(65_536)
            while len(data) >= _MESSAGE.size:
                size, kind, *_ = _MESSAGE.unpack_from(data)
                if kind == _DONE:
                    return found
                if kind == _ERROR:
                    raise OSError("sock_diag is refused")
                with contextlib.suppress(struct.error):
                    _read(data[_MESSAGE.size : size], port, found)
                data = data[(size + 3) & ~3 :]


def _read(message: bytes, port: int, found: dict[int, int]) -> None:
    """Read one inet_diag_msg: 4 bytes, its sockid of 48, and 5 numbers; then attributes."""
    if _PORTS.unpack_from(message, 4)[0] != port:
        return
    (cookie,) = _COOKIE.unpack_from(message, 4 + 40)
    at = 4 + 48 + 20
    while at + _ATTRIBUTE.size <= len(message):
        size, kind = _ATTRIBUTE.unpack_from(message, at)
        if size < _ATTRIBUTE.size:
            return
        if kind == _INFO:
            found[cookie] = sum(_BYTES.unpack_from(message, at + _ATTRIBUTE.size + _BYTES_AT))
        at += (size + 3) & ~3
