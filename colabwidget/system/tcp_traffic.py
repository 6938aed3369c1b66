"""What the kernel tells of the connections to a local TCP port: sock_diag(7), /proc/net/tcp."""

from __future__ import annotations

import contextlib
import socket
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

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


class _Carried(NamedTuple):
    """Bytes of one connection, and the port of its other end."""

    port: int
    sent: int
    received: int


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
        self._open = {number: each.sent + each.received for number, each in found.items()}
        return self._ended + sum(self._open.values())


def received(port: int) -> dict[int, int]:
    """Return the bytes that have come over each open connection to a local port.

    Parameters
    ----------
    port
        A local port.

    Returns
    -------
    dict
        By the port of the other end; empty where the kernel does not tell.
    """
    try:
        return {each.port: each.received for each in _connections(port).values()}
    except OSError:
        return {}


def client_ports(port: int) -> set[int]:
    """Return the ports from which connections to a port of 127.0.0.1 are established."""
    return {client for client, _ in _rows(port)}


def holders(port: int, client: int, pids: Iterable[int]) -> set[int]:
    """Return which processes hold a connection to a port of 127.0.0.1.

    Parameters
    ----------
    port, client
        The connection: the local port, and the port of its other end.
    pids
        Where to look.
    """
    wanted = {f"socket:[{inode}]" for each, inode in _rows(port) if each == client}
    return {pid for pid in pids if wanted & _links(pid)}


def _links(pid: int) -> set[str]:
    found = set()
    with contextlib.suppress(OSError):
        for each in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                found.add(str(each.readlink()))
    return found


def _rows(port: int) -> list[tuple[int, str]]:
    """Return the other end's port and the inode of each connection to a port of 127.0.0.1."""
    local = f"0100007F:{port:04X}"
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    # State 01 is ESTABLISHED.
    return [
        (int(row[2].rpartition(":")[2], 16), row[9])
        for row in rows
        if row[1] == local and row[3] == "01"
    ]


def _connections(port: int) -> dict[int, _Carried]:
    """Return each open connection of a local port, by the kernel's number for it."""
    asked = struct.pack("!H", port) + bytes(46)  # inet_diag_sockid: the local port comes first
    request = _REQUEST.pack(
        socket.AF_INET, socket.IPPROTO_TCP, 1 << (_INFO - 1), 0, 1 << _ESTABLISHED, asked
    )
    found: dict[int, _Carried] = {}
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


def _read(message: bytes, port: int, found: dict[int, _Carried]) -> None:
    """Read one inet_diag_msg: 4 bytes, its sockid of 48, and 5 numbers; then attributes."""
    local, other = _PORTS.unpack_from(message, 4)
    if local != port:
        return
    (cookie,) = _COOKIE.unpack_from(message, 4 + 40)
    at = 4 + 48 + 20
    while at + _ATTRIBUTE.size <= len(message):
        size, kind = _ATTRIBUTE.unpack_from(message, at)
        if size < _ATTRIBUTE.size:
            return
        if kind == _INFO:
            carried = _BYTES.unpack_from(message, at + _ATTRIBUTE.size + _BYTES_AT)
            found[cookie] = _Carried(other, *carried)
        at += (size + 3) & ~3
