"""The middle part of a public key's line: what OpenSSH reads of it."""

from __future__ import annotations

import base64
import binascii
import struct

#: Bits of the shortest RSA key that OpenSSH takes (its SSH_RSA_MINIMUM_MODULUS_SIZE).
RSA_BITS_MIN = 1024
# The fields of a key behind its type, by their length in bytes; None is any length but 0.
# RFC 4253, 5656, 8709 and OpenSSH's PROTOCOL.u2f.
KEY_TYPES: dict[str, tuple[int | None, ...]] = {
    "ssh-ed25519": (32,),
    "ssh-rsa": (None, None),
    "ecdsa-sha2-nistp256": (8, 65),
    "ecdsa-sha2-nistp384": (8, 97),
    "ecdsa-sha2-nistp521": (8, 133),
    "sk-ssh-ed25519@openssh.com": (32, None),
    "sk-ecdsa-sha2-nistp256@openssh.com": (8, 65, None),
}


def fields(body: str) -> list[bytes]:
    """Take a key apart: length-prefixed fields (RFC 4253); nothing for one that is not whole.

    Parameters
    ----------
    body
        In base64; the ``=`` at its end, which a double click does not select, may be missing.
    """
    bare = body.rstrip("=")
    try:
        data = base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except (binascii.Error, ValueError):
        return []
    parts = []
    while data:
        if len(data) < 4:
            return []
        (size,) = struct.unpack(">I", data[:4])
        if len(data) < 4 + size:
            return []
        parts.append(data[4 : 4 + size])
        data = data[4 + size :]
    return parts


def kind_of(body: str) -> str | None:
    """Return the type of a whole key; ``None`` for anything else."""
    parts = fields(body)
    kind = parts[0].decode(errors="replace") if parts else ""
    sizes = KEY_TYPES.get(kind, ())
    whole = len(parts) == 1 + len(sizes) > 1 and all(
        part and size in (None, len(part)) for part, size in zip(parts[1:], sizes, strict=True)
    )
    return kind if whole else None


def padded(body: str) -> str:
    """Return a key in base64 as OpenSSH takes it, with the ``=`` at its end."""
    bare = body.rstrip("=")
    return bare + "=" * (-len(bare) % 4)


def rsa_bits(body: str) -> int:
    """Return the size of an RSA key's modulus in bits."""
    return int.from_bytes(fields(body)[2], "big").bit_length()
