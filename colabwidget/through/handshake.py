"""How a link begins: a client shows which session it means, and that it is paired.

The proof is an HMAC by a key that both ends have since the pairing. The rest of the link needs
none: what travels is SSH.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import struct
from dataclasses import dataclass

_VERSION = 1
_FIELDS = struct.Struct(">B16s16s?IQ16s")
_PROOF = 32
_PURPOSE = b"colabwidget through: hello\0"

#: Seconds for which a session without a link is kept at most.
RESUME_MAX = 600
#: Seconds between two questions whether a link still carries, and how many may stay unanswered.
PING_EVERY = 10.0
SILENT_PINGS = 3


@dataclass(frozen=True)
class Hello:
    """What a client says first.

    Parameters
    ----------
    client
        Which paired client it is, 16 bytes.
    session
        Number of the session, 16 bytes of chance.
    is_new
        Whether the session begins with this.
    resume
        Seconds for which the session is kept without a link.
    received
        Offset from which the client goes on.
    """

    client: bytes
    session: bytes
    is_new: bool
    resume: int = RESUME_MAX
    received: int = 0

    def encode(self, key: bytes) -> bytes:
        """Return it with its proof."""
        fields = _FIELDS.pack(
            _VERSION,
            self.client,
            self.session,
            self.is_new,
            self.resume,
            self.received,
            secrets.token_bytes(16),
        )
        return fields + _proof(key, fields)

    @classmethod
    def parse(cls, payload: bytes) -> Hello | None:
        """Take one apart, whose proof is still to be seen; ``None`` for what is none."""
        if len(payload) != _FIELDS.size + _PROOF:
            return None
        version, client, session, is_new, resume, received, _ = _FIELDS.unpack_from(payload)
        if version != _VERSION:
            return None
        return cls(client, session, is_new, min(resume, RESUME_MAX), received)


def is_proven(payload: bytes, key: bytes) -> bool:
    """Tell whether the payload of a hello was made with a key."""
    fields, proof = payload[: _FIELDS.size], payload[_FIELDS.size :]
    return hmac.compare_digest(proof, _proof(key, fields))


def _proof(key: bytes, fields: bytes) -> bytes:
    return hmac.new(key, _PURPOSE + fields, hashlib.sha256).digest()
