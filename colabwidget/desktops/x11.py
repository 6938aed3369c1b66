"""X displays: which are free, their keys, whether they answer, what a killed server leaves."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import secrets
import socket
import struct
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple, TypeVar

from colabwidget.access.account import Account, as_account
from colabwidget.runtime import process
from colabwidget.runtime.apt import Need
from colabwidget.runtime.journal import Journal
from colabwidget.system.foreign_files import is_there, open_folder, read_file

NEEDS = (Need("xauth", "xauth"),)
DISPLAYS = range(1, 100)
ICE_SOCKETS = Path("/tmp/.ICE-unix")  # noqa: S108  of session managers
_SOCKETS = Path("/tmp/.X11-unix")  # noqa: S108  where every X server has them
_CHECK_TIMEOUT = 10.0  # seconds
_KEY_KIND = "MIT-MAGIC-COOKIE-1"
_WELCOME = b"\1"  # first byte of X's answer to a client that it accepts
_QUERY_POINTER = 38

_Answer = TypeVar("_Answer")


class Welcome(NamedTuple):
    """What a client of X is told first: the root of the first screen, and its own first id."""

    root: int
    first_id: int


def is_free(number: int) -> bool:
    """Tell whether no X server has a display."""
    if is_there(_lock(number)) or is_there(_socket(number)):
        return False
    with socket.socket(socket.AF_UNIX) as abstract:
        return can_bind(abstract, f"\0{_socket(number)}")


def can_bind(probe: socket.socket, address: str | tuple[str, int]) -> bool:
    """Tell whether no other socket has an address.

    Raises
    ------
    OSError
        For any other obstacle.
    """
    try:
        probe.bind(address)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        return False
    return True


def ensure_socket_directories() -> None:
    """Have the directories of X's sockets, as the system makes them at boot."""
    for directory in (_SOCKETS, ICE_SOCKETS):
        with contextlib.suppress(OSError):  # of another account: the server reports it
            os.mkdir(directory, 0o700)  # noqa: PTH102  without following a link
            descriptor = open_folder(directory)
            try:
                if os.fstat(descriptor).st_uid == os.geteuid():
                    os.fchmod(descriptor, 0o1777)
            finally:
                os.close(descriptor)


def new_key(journal: Journal) -> str:
    """Return a fresh key to a display, in hexadecimal; the journal redacts it."""
    key = secrets.token_hex(16)
    journal.redactor.add([key])
    return key


async def write_key(key: str, display: str, file: Path, account: Account, journal: Journal) -> bool:
    """Add the key of a display to an Xauthority file, as the account; tell whether it worked."""
    xauth = as_account(account, ["xauth", "-q", "-f", str(file), "source", "-"])
    entry = f"add {display} {_KEY_KIND} {key}\n"
    return await process.run(xauth, journal, text=entry) == 0


async def accepts_client(number: int, key: str) -> bool:
    """Tell whether the server of a display accepts a client of X, which leaves at once."""
    return await ask(number, key, _is_welcome) or False


async def pointer(number: int, key: str) -> tuple[int, int] | None:
    """Return where the pointer of a display is, in pixels; ``None`` where it does not tell."""
    return await ask(number, key, _query_pointer)


async def ask(
    number: int,
    key: str,
    talk: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[_Answer | None]],
) -> _Answer | None:
    """Return what a client of X learns that has said the key; ``None`` where it learns nothing.

    Parameters
    ----------
    number, key
        The display, and its key.
    talk
        Reads the server's first answer and all that follows.
    """
    for address in _addresses(number):
        with contextlib.suppress(OSError, asyncio.TimeoutError, asyncio.IncompleteReadError):
            reader, writer = await asyncio.open_unix_connection(address)
            try:
                writer.write(_hello(bytes.fromhex(key)))
                if (answer := await asyncio.wait_for(talk(reader, writer), _CHECK_TIMEOUT)) is None:
                    continue
                return answer
            finally:
                writer.close()
    return None


async def connect(
    number: int, key: str
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter, Welcome]:
    """Return a connection to the server of a display, as a client that stays.

    Raises
    ------
    OSError, asyncio.IncompleteReadError
        Where it does not let us in.
    """
    for address in _addresses(number):
        with contextlib.suppress(FileNotFoundError, ConnectionRefusedError):
            reader, writer = await asyncio.open_unix_connection(address)
            writer.write(_hello(bytes.fromhex(key)))
            try:
                if welcome := await asyncio.wait_for(read_welcome(reader), _CHECK_TIMEOUT):
                    return reader, writer, welcome
            except BaseException:
                writer.close()
                raise
            writer.close()
    raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


async def _is_welcome(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> bool | None:
    return await reader.read(1) == _WELCOME or None


async def _query_pointer(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> tuple[int, int] | None:
    """Ask for the pointer on the first screen (X Window System Protocol, appendix B)."""
    root = await root_window(reader)
    if root is None:
        return None
    writer.write(struct.pack("<BxHI", _QUERY_POINTER, 2, root))
    reply = await reader.readexactly(32)
    x, y = struct.unpack_from("<hh", reply, 16)
    return (x, y) if reply[0] == 1 and min(x, y) >= 0 else None


async def root_window(reader: asyncio.StreamReader) -> int | None:
    """Read the server's first answer, and return the root of the first screen; for `ask`."""
    welcome = await read_welcome(reader)
    return welcome and welcome.root


async def read_welcome(reader: asyncio.StreamReader) -> Welcome | None:
    """Read the server's first answer; ``None`` where it does not accept us."""
    head = await reader.readexactly(8)
    if head[:1] != _WELCOME:
        return None
    setup = await reader.readexactly(4 * int.from_bytes(head[6:8], "little"))
    vendor, formats = int.from_bytes(setup[16:18], "little"), setup[21]
    screen = 32 + vendor + -vendor % 4 + 8 * formats
    (root,) = struct.unpack_from("<I", setup, screen)
    return Welcome(int(root), int.from_bytes(setup[4:8], "little"))


def remove_leftovers(number: int, pid: int) -> None:
    """Remove the lock and the socket of a display, if they are those of a server that has ended."""
    lock = _lock(number)
    with contextlib.suppress(OSError):
        if read_file(lock).strip() == str(pid).encode():
            lock.unlink()
            _socket(number).unlink(missing_ok=True)


def _lock(number: int) -> Path:
    return Path(f"/tmp/.X{number}-lock")  # noqa: S108


def _socket(number: int) -> Path:
    return _SOCKETS / f"X{number}"


def _addresses(number: int) -> tuple[str, str]:
    # The abstract socket has no file that a clean-up of /tmp could remove.
    return f"\0{_socket(number)}", str(_socket(number))


def _hello(key: bytes) -> bytes:
    """Return how a client of X begins (X Window System Protocol, chapter 8)."""
    kind = _KEY_KIND.encode()
    padded = kind + bytes(-len(kind) % 4)
    return struct.pack("<BxHHHHxx", ord("l"), 11, 0, len(kind), len(key)) + padded + key
