"""Connections of ours to the VNC server of a desktop, on a Unix socket or on a port."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.secrets import Secret
from colabwidget.desktops.rfb import handshake
from colabwidget.desktops.rfb.handshake import Passwords
from colabwidget.system.peer import peer_of

#: Bytes of a picture that are taken at once.
CHUNK = 256 * 1024
_SOCKET_PATH_MAX = 107  # bytes: sun_path of unix(7) without its NUL
_TIMEOUT = 10.0  # seconds
_TRIES = 5
_PAUSE = 0.05  # seconds


class UnixAddress(NamedTuple):
    """A socket in a folder that an account has to itself.

    Parameters
    ----------
    path
        Its path. Of the folders above its own, no account may have any that root has not.
    user
        The account's user id: no other process is spoken to there.
    """

    path: Path
    user: int


class TcpAddress(NamedTuple):
    """A port of 127.0.0.1."""

    port: int


Address = UnixAddress | TcpAddress


class Connection(NamedTuple):
    """A connection that has signed in, with the ServerInit that the server has said."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    init: bytes


def fits(path: Path) -> bool:
    """Tell whether a path is short enough for a socket."""
    return len(os.fsencode(path)) <= _SOCKET_PATH_MAX


async def greets(address: Address) -> bool:
    """Tell whether a VNC server greets there."""
    with contextlib.suppress(OSError, asyncio.TimeoutError, asyncio.IncompleteReadError):
        reader, writer = await _connected(address)
        try:
            return (await asyncio.wait_for(reader.readexactly(12), 2.0)).startswith(b"RFB ")
        finally:
            writer.close()
    return False


@contextlib.asynccontextmanager
async def connection(
    address: Address, passwords: Passwords, *, view_only: bool = False
) -> AsyncIterator[Connection]:
    """Connect to the server and sign in, with no password where it asks for none.

    Parameters
    ----------
    address
        Where it listens.
    passwords
        Those of its viewers; with the view-only one, the server itself takes no input and gives no
        clipboard.
    view_only
        Whether that one is said.

    Raises
    ------
    ColabWidgetError
        ``vnc_failed``.
    """
    writer = None
    try:
        reader, writer = await _connected(address)
        said = passwords.view_only if view_only else passwords.full or Secret("")
        signing_in = handshake.sign_in(reader, writer, said, needed=view_only)
        init = await asyncio.wait_for(signing_in, _TIMEOUT)
    except (OSError, asyncio.TimeoutError, asyncio.IncompleteReadError, ValueError) as error:
        if writer:
            writer.close()
        raise ColabWidgetError("vnc_failed", reason="It does not let us look at it.") from error
    try:
        yield Connection(reader, writer, init)
    finally:
        writer.close()


async def _connected(address: Address) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    if isinstance(address, TcpAddress):
        return await asyncio.open_connection("127.0.0.1", address.port, limit=CHUNK)
    for _ in range(_TRIES):
        reader, writer = await _connected_to_socket(address.path, address.user)
        peer = peer_of(writer.get_extra_info("socket"))
        if peer.process and peer.user == address.user:
            return reader, writer
        writer.close()
        if peer.process:
            raise OSError(errno.EPERM, "Another account listens there", str(address.path))
        await asyncio.sleep(_PAUSE)  # others wait there already, and asyncio took that for done
    raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN), str(address.path))


async def _connected_to_socket(
    path: Path, user: int
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect to a socket that is the account's own: its owner may put a link in its place."""
    there = os.open(path, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        found = os.fstat(there)
        if not stat.S_ISSOCK(found.st_mode) or found.st_uid != user:
            raise OSError(errno.EPERM, "It is no socket of the account's", str(path))
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.setblocking(False)
            await asyncio.get_running_loop().sock_connect(connection, f"/proc/self/fd/{there}")
            return await asyncio.open_unix_connection(sock=connection, limit=CHUNK)
        except BaseException:
            connection.close()
            raise
    finally:
        os.close(there)
