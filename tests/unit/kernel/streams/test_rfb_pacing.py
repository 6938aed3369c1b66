"""The pace of a desktop's pictures, and what of a viewer's messages is left out."""

from __future__ import annotations

import struct

from colabwidget.kernel.streams.rfb_pacing import FramePacer
from tests.kit.clock import Clock

GREETING = b"RFB 003.008\n\x01\x01"
WANTED = struct.pack(">BBHHHH", 3, 1, 0, 0, 1024, 700)
FIRST = struct.pack(">BBHHHH", 3, 0, 0, 0, 1024, 700)


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
        pacer = FramePacer()
        parts = [pacer.filter_input(sent[at : at + step]) for at in range(0, len(sent), step)]
        assert b"".join(parts) == expected


def asks(pacer: FramePacer, clock: Clock, under_way: int, unheard: bool = False) -> bool:
    """A picture has come; whether the next one is asked for before long."""
    pacer.on_output(1000)
    said, soon = pacer.next_request(under_way, unheard)
    if soon is not None and soon < 0.2:
        clock.advance(soon)
        said, _ = pacer.next_request(under_way, unheard)
    return said == WANTED


def test_pictures_are_asked_for_as_they_come_until_too_much_is_under_way() -> None:
    clock = Clock()
    pacer = FramePacer(clock)
    assert pacer.filter_input(GREETING + FIRST) == GREETING + FIRST
    assert pacer.next_request(0, False) == (b"", None)  # the first is on its way
    began = clock.now
    assert all(asks(pacer, clock, 1000) for _ in range(30))
    assert 0.4 < clock.now - began < 0.6  # no faster than a screen shows them
    # A page that asks as well is not answered twice.
    assert pacer.filter_input(WANTED * 3) == b""
    assert not asks(pacer, clock, 2_000_000)
    # Unless it cannot say what it has drawn.
    assert asks(pacer, clock, 2_000_000, unheard=True)


def test_a_page_that_falls_behind_has_less_under_way() -> None:
    clock = Clock()
    pacer = FramePacer(clock)
    pacer.filter_input(GREETING + FIRST)
    for _ in range(50):
        pacer.next_request(400_000, False)
        pacer.on_output(100_000)
        clock.advance(0.02)
        pacer.on_acknowledged(100_000, 0.02)
    assert asks(pacer, clock, 900_000)
    for _ in range(50):
        pacer.on_acknowledged(10_000, 1.0)
    assert not asks(pacer, clock, 30_000)
    assert asks(pacer, clock, 0)


def test_another_size_is_asked_for_at_once() -> None:
    pacer = FramePacer()
    pacer.filter_input(GREETING + FIRST)
    larger = struct.pack(">BBHHHH", 3, 1, 0, 0, 1600, 900)
    assert pacer.filter_input(larger) == larger


def test_what_is_no_message_passes_as_it_is() -> None:
    pacer = FramePacer()
    assert pacer.filter_input(GREETING + b"\x99odd") == GREETING + b"\x99odd"
    assert pacer.filter_input(b"more") == b"more"
