"""The process at the other end of a Unix socket."""

from __future__ import annotations

import socket
import struct
from typing import NamedTuple

from colabwidget.system.rights import user_id


class Peer(NamedTuple):
    """A process, and the user id that it ran as when it connected or listened."""

    process: int
    user: int


def peer_of(connection: socket.socket) -> Peer:
    """Return the process at the other end (SO_PEERCRED of unix(7))."""
    data = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    process, user, _ = struct.unpack("3i", data)
    return Peer(process, user)


def peer_is_same_user(connection: socket.socket, *, or_root: bool = False) -> bool:
    """Tell whether the other end runs as our own account.

    Parameters
    ----------
    or_root
        Whether root counts as well: a server lets root in, which can do anything to it anyway; a
        client gives its secrets to no other account.
    """
    user = peer_of(connection).user
    return user == user_id() or (or_root and user == 0)
