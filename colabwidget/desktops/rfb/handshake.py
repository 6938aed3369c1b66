"""Signing in at both ends of RFB: to a VNC server, and as one towards a viewer (RFC 6143, 7.1).

After it, bytes only pass.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
import struct
from typing import NamedTuple

from colabwidget.core.secrets import Secret
from colabwidget.desktops.rfb import des

_VERSION = b"RFB 003.008\n"
_NONE, _VNC_AUTH = 1, 2
_SHARED = b"\1"  # ClientInit
_INIT = 24  # bytes of ServerInit before the name, whose length comes last
_REASON = b"Authentication failed"


class Refused(Exception):
    """A viewer did not know a password.

    Parameters
    ----------
    version
        The minor version of the protocol that it speaks.
    """

    def __init__(self, version: int) -> None:
        super().__init__(version)
        self.version = version


class Passwords(NamedTuple):
    """Passwords of viewers.

    Parameters
    ----------
    full
        Lets a viewer use the desktop; ``None`` where none does.
    view_only
        Lets it look.
    """

    full: Secret | None
    view_only: Secret


# To a server


async def sign_in(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, password: Secret, *, needed: bool
) -> bytes:
    """Sign in to a VNC server, and return its ServerInit.

    Parameters
    ----------
    reader, writer
        A fresh connection to it.
    password
        Said where the server asks for one.
    needed
        Whether the password is said in any case: it may have fewer rights than none at all.

    Raises
    ------
    ValueError
        Where the server is none, or refuses.
    asyncio.IncompleteReadError, OSError
        Where it hangs up.
    """
    if not (await reader.readexactly(12)).startswith(b"RFB 003."):
        raise ValueError("not a VNC server")
    writer.write(_VERSION)
    kinds = await reader.readexactly((await reader.readexactly(1))[0])
    if _NONE in kinds and not needed:
        writer.write(bytes([_NONE]))
    elif _VNC_AUTH in kinds:
        writer.write(bytes([_VNC_AUTH]))
        writer.write(des.answer(await reader.readexactly(16), password.reveal()))
    else:
        raise ValueError("another way to sign in")
    if struct.unpack(">I", await reader.readexactly(4))[0] != 0:
        raise ValueError("refused")
    writer.write(_SHARED)
    init = await reader.readexactly(_INIT)
    return init + await reader.readexactly(struct.unpack(">I", init[-4:])[0])


# To a viewer that needs no password


def welcome(init: bytes) -> bytes:
    """Return all that a viewer gets before its first message, without a password.

    It is sent at once: to wait for each answer would cost a round trip to the page.
    """
    return _VERSION + bytes([1, _NONE]) + struct.pack(">I", 0) + init


async def expect_handshake(reader: asyncio.StreamReader) -> None:
    """Wait for the viewer's answer to `welcome`.

    Raises
    ------
    ValueError
        For another answer.
    """
    said = await reader.readexactly(len(_VERSION) + 2)
    if said[:-1] != _VERSION + bytes([_NONE]):
        raise ValueError("another version, or another way to sign in")


# To a viewer that has to know one


async def ask_password(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, passwords: Passwords
) -> tuple[bool, int]:
    """Ask a viewer for one of the passwords; `outcome` is what it is to be told.

    Returns
    -------
    tuple[bool, int]
        Whether it may only look, and the minor version of the protocol that it speaks.

    Raises
    ------
    Refused
        Where it knows none of them.
    ValueError
        Where it is no viewer.
    asyncio.IncompleteReadError, OSError
        Where it hangs up.
    """
    writer.write(_VERSION)
    version = _minor_version(await reader.readexactly(len(_VERSION)))
    if version == 3:
        writer.write(struct.pack(">I", _VNC_AUTH))
    else:
        writer.write(bytes([1, _VNC_AUTH]))
        if (await reader.readexactly(1))[0] != _VNC_AUTH:
            raise ValueError("another way to sign in")
    challenge = secrets.token_bytes(16)
    writer.write(challenge)
    said = await reader.readexactly(16)
    # Both are compared whatever the first one gives, and as long for each answer.
    fits_full, fits_view_only = (
        each is not None and hmac.compare_digest(said, des.answer(challenge, each.reveal()))
        for each in passwords
    )
    if not (fits_full or fits_view_only):
        raise Refused(version)
    return not fits_full, version


def outcome(version: int, *, is_in: bool) -> bytes:
    """Return what tells a viewer whether its password was right.

    Parameters
    ----------
    version
        The minor version of the protocol.
    is_in
        Whether it was.
    """
    if is_in:
        return struct.pack(">I", 0)
    reason = struct.pack(">I", len(_REASON)) + _REASON if version >= 8 else b""
    return struct.pack(">I", 1) + reason


def _minor_version(said: bytes) -> int:
    """Return which of the versions 3.3, 3.7 and 3.8 a viewer speaks; others count as 3.3."""
    if not (said.startswith(b"RFB 003.") and said.endswith(b"\n") and said[8:11].isdigit()):
        raise ValueError("not a viewer")
    minor = int(said[8:11])
    return 8 if minor >= 8 else 7 if minor == 7 else 3
