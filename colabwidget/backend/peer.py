"""Who is at the other end of a Unix socket."""

from __future__ import annotations

import asyncio
import os
import socket
import struct


def is_us(writer: asyncio.StreamWriter) -> bool:
    """Tell whether the other end runs as our own account or as root (SO_PEERCRED of unix(7))."""
    peer: socket.socket = writer.get_extra_info("socket")
    credentials = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _, user, _ = struct.unpack("3i", credentials)
    return user in (0, os.geteuid())
