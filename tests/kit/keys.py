"""Public keys as OpenSSH writes them."""

from __future__ import annotations

import base64
import struct

import pytest

from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.options import Options
from colabwidget.tunnels import validation


def blob(*fields: bytes) -> str:
    """The base64 part of a public key's line, from the fields of its type (RFC 4253, 6.6)."""
    packed = b"".join(struct.pack(">I", len(part)) + part for part in fields)
    return base64.b64encode(packed).decode()


def taken(text: str) -> str:
    return validation.checked(Options(public_key=text)).public_key


def refused(text: str) -> ColabWidgetError:
    with pytest.raises(ColabWidgetError) as raised:
        taken(text)
    assert raised.value.info["field"] == "public_key"
    return raised.value
