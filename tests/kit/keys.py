"""Public keys as OpenSSH writes them."""

from __future__ import annotations

import base64
import struct


def blob(*fields: bytes) -> str:
    """The base64 part of a public key's line, from the fields of its type (RFC 4253, 6.6)."""
    packed = b"".join(struct.pack(">I", len(part)) + part for part in fields)
    return base64.b64encode(packed).decode()
