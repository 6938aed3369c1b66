"""DES, by which a VNC server knows its clients."""

from __future__ import annotations

import pytest

from colabwidget.desktops.rfb import des

# NIST SP 800-17, appendix A and B: key, plain text, cipher text.
VECTORS = [
    ("0101010101010101", "8000000000000000", "95f8a5e5dd31d900"),
    ("0101010101010101", "0000000000000001", "166b40b44aba4bd6"),
    ("8001010101010101", "0000000000000000", "95a8d72813daa94d"),
    ("1046913489980131", "0000000000000000", "88d55e54f54c97b4"),
    ("7ca110454a1a6e57", "01a1d6d039776742", "690f5b0d9a26939b"),
    ("0131d9619dc1376e", "5cd54ca83def57da", "7a389d10354bd271"),
    ("133457799bbcdff1", "0123456789abcdef", "85e813540f0ab405"),
]


@pytest.mark.parametrize(("key", "plain", "cipher"), VECTORS)
def test_des_is_the_standard_s(key: str, plain: str, cipher: str) -> None:
    assert des.encrypted(bytes.fromhex(plain), bytes.fromhex(key)).hex() == cipher


def test_the_answer_to_a_challenge_is_what_asyncvnc_would_say() -> None:
    ciphers = pytest.importorskip("cryptography.hazmat.primitives.ciphers")
    decrepit = pytest.importorskip("cryptography.hazmat.decrepit.ciphers.algorithms")
    challenge = bytes(range(16))
    key = bytes(int(f"{byte:08b}"[::-1], 2) for byte in b"secret".ljust(8, b"\0"))
    cipher = ciphers.Cipher(decrepit.TripleDES(key * 3), ciphers.modes.ECB())
    assert des.answer(challenge, "secret") == cipher.encryptor().update(challenge)
