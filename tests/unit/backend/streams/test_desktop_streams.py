"""VNC for a page: the password's cipher, and the pace of the pictures."""

from __future__ import annotations

import struct
import time

import pytest

from colabwidget.backend.streams import des
from colabwidget.backend.streams.scrollback import Scrollback
from colabwidget.kernel.streams.pacing import Frames

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
GREETING = b"RFB 003.008\n\x01\x01"
WANTED = struct.pack(">BBHHHH", 3, 1, 0, 0, 1024, 700)
FIRST = struct.pack(">BBHHHH", 3, 0, 0, 0, 1024, 700)


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


def test_fences_are_left_out_and_everything_else_passes_however_it_is_cut() -> None:
    kinds = [7, -312, 16, -313, -223, -316, -308]
    encodings = struct.pack(">BxH7i", 2, 7, *kinds)
    key = struct.pack(">BBxxI", 4, 1, 0x61)
    pointer = struct.pack(">BBHH", 5, 1, 10, 20)
    text = struct.pack(">BxxxI", 6, 5) + b"hello"
    extended = struct.pack(">Bxxxi", 6, -4) + b"\x01\0\0\0"
    size = struct.pack(">BxHHBx", 251, 800, 600, 1) + bytes(16)
    qemu = struct.pack(">BBHII", 255, 0, 1, 0x61, 0x1E)
    sent = GREETING + encodings + key + pointer + text + extended + size + qemu
    kept = struct.pack(">BxH4i", 2, 4, 7, 16, -223, -308)
    expected = GREETING + kept + key + pointer + text + extended + size + qemu
    for step in (1, 3, 7, 1000):
        frames = Frames()
        parts = [frames.typed(sent[at : at + step]) for at in range(0, len(sent), step)]
        assert b"".join(parts) == expected


def asks(frames: Frames, under_way: int, unheard: bool = False) -> bool:
    """A picture has come; whether the next one is asked for before long."""
    frames.shown(1000)
    said, soon = frames.due(under_way, unheard)
    if soon is not None and soon < 0.2:
        time.sleep(soon)
        said, _ = frames.due(under_way, unheard)
    return said == WANTED


def test_pictures_are_asked_for_as_they_come_until_too_much_is_under_way() -> None:
    frames = Frames()
    assert frames.typed(GREETING + FIRST) == GREETING + FIRST
    assert frames.due(0, False) == (b"", None)  # the first is on its way
    began = time.monotonic()
    assert all(asks(frames, 1000) for _ in range(30))
    assert time.monotonic() - began > 0.3  # no faster than a screen shows them
    # A page that asks as well is not answered twice.
    assert frames.typed(WANTED * 3) == b""
    assert not asks(frames, 2_000_000)
    # Unless it cannot say what it has drawn.
    assert asks(frames, 2_000_000, unheard=True)


def test_a_page_that_falls_behind_has_less_under_way() -> None:
    frames = Frames()
    frames.typed(GREETING + FIRST)
    for _ in range(50):
        frames.due(400_000, False)
        frames.taken(100_000, 0.05)
    assert asks(frames, 900_000)
    for _ in range(50):
        frames.taken(10_000, 1.0)
    assert not asks(frames, 30_000)
    assert asks(frames, 0)


def test_another_size_is_asked_for_at_once() -> None:
    frames = Frames()
    frames.typed(GREETING + FIRST)
    larger = struct.pack(">BBHHHH", 3, 1, 0, 0, 1600, 900)
    assert frames.typed(larger) == larger


def test_what_is_no_message_passes_as_it_is() -> None:
    frames = Frames()
    assert frames.typed(GREETING + b"\x99odd") == GREETING + b"\x99odd"
    assert frames.typed(b"more") == b"more"


def test_a_scrollback_forgets_whole_lines_and_keeps_the_modes() -> None:
    kept = Scrollback(1000)
    kept.add(b"\x1b[?1049h\x1b[?25l")
    for number in range(1000):
        kept.add(b"line %d\n" % number)
    assert kept.preamble() == b"\x1b[?1049h"
    assert kept.on_alternate_screen()
    text = kept.since(kept.start, 10_000)
    assert text.startswith(b"line ") and text.endswith(b"line 999\n")
    assert kept.end - kept.start <= 1250
    kept.add(b"\x1b[?1049l")
    assert not kept.on_alternate_screen()
