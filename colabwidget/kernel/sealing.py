"""Seals messages, so that one view of one page can read them and no other client of the kernel.

A Jupyter kernel has one channel to all its clients: each receives what is meant for any. Requests
go to the kernel alone, so a view sends it the public half of a key that it has made. Every message
is sealed anew: a key of the kernel's that is made for it, the Diffie-Hellman secret of both, HKDF
with SHA-256 (RFC 5869) for key and nonce, AES-256-GCM. No nonce is used twice, as no key is.
js/src/state/seal.ts opens them.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from colabwidget.core.card_messages import Unsealable

#: What the key of a message is for; the curve, the view and both public keys follow.
PURPOSE = "colabwidget sealed message 1"
KEY, NONCE = 32, 12  # bytes
_POINT_MAX = 200  # characters


class CannotSeal(Exception):
    """A view's key cannot be used.

    Parameters
    ----------
    reason
        As of `colabwidget.core.card_messages.CannotSealMessage`.
    """

    def __init__(self, reason: Unsealable) -> None:
        super().__init__(reason)
        self.reason: Unsealable = reason


class ViewKey:
    """The public half of a view's key.

    Parameters
    ----------
    view
        The view that has made it.
    curve
        One of `colabwidget.core.card_messages.Curve`.
    point
        The key, in base64: 32 bytes, or for P-256 an uncompressed point of 65.

    Raises
    ------
    CannotSeal
        It is no such key, or this machine cannot use it: ``"key"``. The package cryptography is
        missing or broken: ``"library"``.
    """

    def __init__(self, view: str, curve: str, point: object) -> None:
        self._exchange = _exchange_on(curve)
        try:
            self._theirs = base64.b64decode(str(point)[:_POINT_MAX].encode("ascii"), validate=True)
            self._context = f"{PURPOSE} {curve} {view} ".encode()
            # Whether it can be used is known before there is anything to say.
            self._exchange(self._theirs)
        except Exception:
            raise CannotSeal("key") from None
        self.view = view
        self.curve = curve

    def seal(self, text: bytes, bound: bytes) -> tuple[str, bytes]:
        """Seal a text.

        Parameters
        ----------
        text
            What only the view shall read.
        bound
            What the view has to know to open it; it is not in the sealed text.

        Returns
        -------
        tuple
            The public half of the key that was made for it, in base64, and the sealed text.

        Raises
        ------
        CannotSeal
            As for the class.
        """
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        try:
            ours, secret = self._exchange(self._theirs)
            info = self._context + ours + self._theirs
            derived = HKDF(hashes.SHA256(), KEY + NONCE, None, info).derive(secret)
            sealed = AESGCM(derived[:KEY]).encrypt(derived[KEY:], text, bound)
        except Exception:
            raise CannotSeal("key") from None
        return base64.b64encode(ours).decode(), sealed


def _exchange_on(curve: str) -> Any:
    """Return a function that makes a key for another's public half.

    That function returns the public half of the key that it made, and the secret of both keys.
    """
    try:
        # A card that shows no details needs none of it: it takes some 40 ms to load.
        from cryptography.hazmat.primitives.asymmetric import ec, x25519
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # with another cffi than it was built for, its import panics
        raise CannotSeal("library") from None

    def on_x25519(theirs: bytes) -> tuple[bytes, bytes]:
        private = x25519.X25519PrivateKey.generate()
        secret = private.exchange(x25519.X25519PublicKey.from_public_bytes(theirs))
        return private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw), secret

    def on_p256(theirs: bytes) -> tuple[bytes, bytes]:
        named = ec.SECP256R1()
        private = ec.generate_private_key(named)
        point = ec.EllipticCurvePublicKey.from_encoded_point(named, theirs)
        public = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return public, private.exchange(ec.ECDH(), point)

    curves = {"X25519": on_x25519, "P-256": on_p256}
    if curve not in curves:
        raise CannotSeal("key")
    return curves[curve]
