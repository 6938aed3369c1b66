"""Page and local program prove to each other that they have the code, which never travels."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets

_NONCE = re.compile(r"[0-9a-f]{32}")


def new_secret() -> str:
    """Return a secret, or a number that is good once."""
    return secrets.token_hex(16)


def nonce_of(message: bytes) -> str:
    """Return the number that a page has sent; empty for what is none."""
    try:
        found = json.loads(message)["nonce"]
        return found if _NONCE.fullmatch(found) else ""
    except (ValueError, TypeError, KeyError):
        return ""


def proof(secret: str, of: str, theirs: str, ours: str) -> str:
    """Return the proof of one side.

    Parameters
    ----------
    secret
        What both have.
    of
        The side: ``"program"`` or ``"page"``.
    theirs, ours
        The numbers of the page and of the program.
    """
    text = f"colabwidget bridge {of} {theirs} {ours}"
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def is_proven(message: bytes, expected: str) -> bool:
    """Tell whether a message has the proof that is expected."""
    try:
        found = json.loads(message)["proof"]
        return hmac.compare_digest(found.encode(), expected.encode())
    except (ValueError, TypeError, KeyError, AttributeError):
        return False
