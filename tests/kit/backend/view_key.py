"""A view's key, and what it opens: what a page does in js/src/state/seal.ts, anew in Python."""

from __future__ import annotations

import base64
import json
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


class Key:
    """A key that a view has made."""

    def __init__(self, view: str = "v", curve: str = "X25519") -> None:
        self.view, self.curve = view, curve
        self._private: Any = (
            x25519.X25519PrivateKey.generate()
            if curve == "X25519"
            else ec.generate_private_key(ec.SECP256R1())
        )

    @property
    def asks(self) -> dict[str, str]:
        """What a page says with "reveal"."""
        point = base64.b64encode(self._public).decode()
        return {"view": self.view, "curve": self.curve, "point": point}

    @property
    def _public(self) -> bytes:
        form = (Encoding.X962, PublicFormat.UncompressedPoint)
        if self.curve == "X25519":
            form = (Encoding.Raw, PublicFormat.Raw)
        return bytes(self._private.public_key().public_bytes(*form))

    def open(self, message: dict[str, Any], data: bytes | None = None) -> dict[str, Any]:
        """The message inside of a sealed one."""
        theirs = base64.b64decode(message["point"])
        if self.curve == "X25519":
            secret = self._private.exchange(x25519.X25519PublicKey.from_public_bytes(theirs))
        else:
            point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs)
            secret = self._private.exchange(ec.ECDH(), point)
        info = f"colabwidget sealed message 1 {self.curve} {self.view} ".encode()
        derived = HKDF(hashes.SHA256(), 44, None, info + theirs + self._public).derive(secret)
        bound = f"{self.view} {message['serial']}".encode()
        text = AESGCM(derived[:32]).decrypt(derived[32:], data or message["data"], bound)
        return {**json.loads(text), "serial": message["serial"]}
