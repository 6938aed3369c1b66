"""Which account has opened a connection to a port of this machine: sock_diag(7), /proc/net/tcp."""

from __future__ import annotations

import errno
import socket
import struct
import sys
from pathlib import Path

_SOCK_DIAG = 4  # NETLINK_SOCK_DIAG
_BY_FAMILY = 20  # SOCK_DIAG_BY_FAMILY
_REQUEST = 1  # NLM_F_REQUEST
_ERROR = 2  # NLMSG_ERROR
_ESTABLISHED = 1
_MESSAGE = struct.Struct("=IHHII")  # nlmsghdr
_ASKED = struct.Struct("=BBBBI")  # inet_diag_req_v2 before its inet_diag_sockid
_SOCKET = struct.Struct("!HH4s12x4s12x")  # inet_diag_sockid before interface and cookie
_ANY = struct.pack("=III", 0, 0xFFFFFFFF, 0xFFFFFFFF)  # of each interface, whatever its cookie
_TOLD = struct.Struct("=BB2x48x12xII")  # inet_diag_msg: family, state, user id, inode

_TABLES = ("/proc/net/tcp", "/proc/net/tcp6")
_HOST = socket.inet_aton("127.0.0.1")
_LOOPBACK = f"{int.from_bytes(_HOST, sys.byteorder):08X}"
# As a socket of IPv6 has it, which programs may use for both: ::ffff:127.0.0.1.
_MAPPED = f"{0:016X}{int.from_bytes(bytes(2) + bytes([255, 255]), sys.byteorder):08X}{_LOOPBACK}"


def owner(port: int, client: int) -> int | None:
    """Return the user id of the account whose process has opened a connection within 127.0.0.1.

    Parameters
    ----------
    port
        The port that was connected to.
    client
        The port at the other end.

    Returns
    -------
    int | None
        ``None`` where no process holds it any more: the kernel then names root.

    Raises
    ------
    OSError
        Where the kernel does not tell.
    """
    try:
        state, user, inode = _told(port, client)
    except OSError:
        return listed_owner(port, client)
    return user if state == _ESTABLISHED and inode else None


def listed_owner(port: int, client: int) -> int | None:
    """Return what `owner` does, where the kernel answers no single questions (as in gVisor)."""
    ends = {(f"{each}:{client:04X}", f"{each}:{port:04X}") for each in (_LOOPBACK, _MAPPED)}
    for table in _TABLES:
        try:
            rows = Path(table).read_text().splitlines()[1:]
        except FileNotFoundError:
            if table == _TABLES[0]:
                raise
            continue  # a machine without IPv6
        for row in rows:
            words = row.split()
            if (words[1], words[2]) in ends and words[3] == "01" and words[9] != "0":
                return int(words[7])
    return None


def _told(port: int, client: int) -> tuple[int, int, int]:
    """Return state, user id and inode of the client's socket; a state of 0 where there is none."""
    ends = _SOCKET.pack(client, port, _HOST, _HOST)
    asked = _ASKED.pack(socket.AF_INET, socket.IPPROTO_TCP, 0, 0, 0xFFFFFFFF) + ends + _ANY
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _SOCK_DIAG) as kernel:
        kernel.settimeout(1.0)
        size = _MESSAGE.size + len(asked)
        kernel.send(_MESSAGE.pack(size, _BY_FAMILY, _REQUEST, 1, 0) + asked)
        data = kernel.recv(8192)
    if len(data) < _MESSAGE.size + 4:
        raise OSError(errno.EPROTO, "sock_diag answers nothing")
    if _MESSAGE.unpack_from(data)[1] == _ERROR:
        (number,) = struct.unpack_from("=i", data, _MESSAGE.size)
        if -number == errno.ENOENT:
            return 0, 0, 0
        raise OSError(-number or errno.EPROTO, "sock_diag is refused")
    try:
        _, state, user, inode = _TOLD.unpack_from(data, _MESSAGE.size)
    except struct.error as error:
        raise OSError(errno.EPROTO, "sock_diag answers something else") from error
    return state, user, inode
