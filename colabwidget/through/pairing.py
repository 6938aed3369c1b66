"""Pairing: a string that is pasted once, and what both ends have after that.

The string is the address of the notebook's server and, behind ``#``, a code: what the client has to
know of the machine, and a secret that is good once. The secret itself never travels: the client
proves that it has it, and both ends derive the client's key from it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from colabwidget.through.faults import Fault

_VERSION = 1
_PREFIX = "cw1."
#: Seconds for which a secret is good.
SECRET_LIFE = 600.0
_PROOF = 32
#: What a client has made for itself: one key, without options.
PUBLIC_KEY = re.compile(r"ssh-ed25519 [A-Za-z0-9+/]{68} [A-Za-z0-9_@.-]{1,100}")
#: What names a version of VS Code.
COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True)
class Machine:
    """What a client has to know of the machine, none of it secret.

    Parameters
    ----------
    user
        The account.
    host_keys
        sshd's public host keys.
    python, relay, socket
        The interpreter, the file and the Unix socket of the relay.
    """

    user: str
    host_keys: Sequence[str]
    python: str
    relay: str
    socket: str


@dataclass(frozen=True)
class PairingCode:
    """What is behind the ``#``.

    Parameters
    ----------
    machine
        What the client connects to.
    secret
        Good for one pairing.
    token
        The server's own; empty where the client has to ask for it.
    """

    machine: Machine
    secret: bytes = field(repr=False)
    token: str = field(default="", repr=False)

    def encode(self) -> str:
        """Return it as text without spaces."""
        values = {
            "v": _VERSION,
            **asdict(self.machine),
            "secret": base64.b64encode(self.secret).decode(),
            **({"token": self.token} if self.token else {}),
        }
        return pack(_PREFIX, values)

    @classmethod
    def parse(cls, text: str) -> PairingCode:
        """Take one apart.

        Raises
        ------
        Fault
            For what is none; nothing of it is repeated.
        """
        values = unpack(_PREFIX, text, "pairing string")
        try:
            version = values.pop("v")
            secret = base64.b64decode(values.pop("secret"))
            token = values.pop("token", "")
            if version == _VERSION:
                return cls(Machine(**values), secret, token)
        except (ValueError, TypeError, KeyError, AttributeError):
            raise Fault("This is no pairing string: copy the whole of it from the card.") from None
        raise Fault("The pairing string is of another version: update colabwidget on both sides.")


def pack(prefix: str, values: dict[str, Any]) -> str:
    """Return values as text without spaces, whose parts belong together."""
    data = zlib.compress(json.dumps(values, separators=(",", ":")).encode(), 9)
    whole = data + zlib.crc32(data).to_bytes(4, "big")
    return prefix + base64.urlsafe_b64encode(whole).decode().rstrip("=")


def unpack(prefix: str, text: str, what: str) -> dict[str, Any]:
    """Return the values that `pack` was given; ``what`` names the text for people.

    Raises
    ------
    Fault
        For what is none; nothing of it is repeated.
    """
    if not text.startswith(prefix):
        raise Fault(f"This is no {what}: copy the whole of it from the card.")
    text = text.removeprefix(prefix)
    try:
        whole = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        data = whole[:-4]
        if zlib.crc32(data) != int.from_bytes(whole[-4:], "big"):
            raise ValueError
        values: dict[str, Any] = json.loads(zlib.decompressobj().decompress(data, 65_536))
        return values
    except (ValueError, zlib.error, binascii.Error):
        raise Fault(f"A part of the {what} is missing: copy the whole of it from the card.") from (
            None
        )


def client_id(public_key: str) -> bytes:
    """Return the 16 bytes that name a client, by its public key."""
    return hashlib.sha256(public_key.encode()).digest()[:16]


def client_key(secret: bytes, public_key: str) -> bytes:
    """Return the key by which a paired client proves that it is one."""
    return hmac.new(secret, b"key\0" + public_key.encode(), hashlib.sha256).digest()


def request(secret: bytes, public_key: str, commit: str = "") -> bytes:
    """Return a client's request to be paired: its proof, its public key, and VS Code's version."""
    text = f"{public_key}\n{commit}" if commit else public_key
    return _proof(secret, text) + text.encode()


def parse_request(payload: bytes, secrets: Sequence[bytes]) -> tuple[bytes, str, str] | None:
    """Return the secret that a request was made with, the public key and the commit in it.

    Parameters
    ----------
    payload
        The request.
    secrets
        Those that are good now.
    """
    try:
        text = payload[_PROOF:].decode("ascii")
    except UnicodeDecodeError:
        return None
    for secret in secrets:
        if hmac.compare_digest(payload[:_PROOF], _proof(secret, text)):
            public_key, more, commit = text.partition("\n")
            return None if more and not COMMIT.fullmatch(commit) else (secret, public_key, commit)
    return None


def _proof(secret: bytes, text: str) -> bytes:
    return hmac.new(secret, b"pair\0" + text.encode(), hashlib.sha256).digest()
