"""A film in what page and server say, wherever their bytes are cut."""

from __future__ import annotations

import struct
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colabwidget.backend.streams.film.messages import FilmMessages
from colabwidget.desktops.damage import Rectangle
from colabwidget.desktops.rfb.message_ends import MessageEnds

USUAL = struct.pack(">BBBBHHHBBB3x", 32, 24, 0, 1, 255, 255, 255, 16, 8, 0)
INIT = struct.pack(">HH", 1280, 800) + USUAL + struct.pack(">I", 3) + b"toy"
KINDS = (1, 50, 7, -260, 16, -26, -254, -224, -308, -312, -313)
KEY = struct.pack(">BBxxI", 4, 1, 0x61)
POINTER = struct.pack(">BBHH", 5, 1, 640, 400)
TEXT = struct.pack(">BxxxI", 6, 5) + b"hello"
FENCE = struct.pack(">B3xIB", 248, 0, 3) + b"abc"
QEMU = struct.pack(">BBHII", 255, 0, 1, 0x61, 0x1E)
FILM = Rectangle(320, 192, 640, 368)
DATA = b"\0\0\0\1\x65" + bytes(500)

# As TigerVNC and TurboVNC have said it to noVNC: how a picture begins differs.
TIGER = (
    struct.pack(">BxH", 0, 65_535)
    + struct.pack(">HHHHi", 0, 0, 64, 64, 7)
    + b"\x80abc"
    + struct.pack(">HHHHi", 64, 0, 64, 64, 7)
    + b"\x90\x8a\x01"
    + bytes(138)
    + struct.pack(">HHHHi", 0, 0, 0, 0, -224)
)
TURBO = (
    struct.pack(">BxH", 0, 2)
    + struct.pack(">HHHHi", 0, 0, 0, 0, -308)
    + b"\1\0\0\0"
    + bytes(16)
    + struct.pack(">HHHHi", 9, 9, 9, 2, 7)
    + b"\x40\1\1"
    + bytes(6)
    + bytes(4)
    + b"\2"
    + b"\3\0\0\0\0\0\0\4text"
)


def encodings(*kinds: int) -> bytes:
    return struct.pack(f">BxH{len(kinds)}i", 2, len(kinds), *kinds)


def request(incremental: bool, *part: int) -> bytes:
    return struct.pack(">BBHHHH", 3, incremental, *part)


WHOLE = request(True, 0, 0, 1280, 800)
AROUND = b"".join(
    request(True, *part)
    for part in ((0, 0, 1280, 192), (0, 560, 1280, 240), (0, 192, 320, 368), (960, 192, 320, 368))
)
WITHOUT_FILM = encodings(*(kind for kind in KINDS if kind != 50))


def cut(data: bytes, places: Sequence[int]) -> list[bytes]:
    ends = sorted({place % (len(data) + 1) for place in places} | {len(data)})
    return [data[one:other] for one, other in zip([0, *ends], ends, strict=False)]


def answer(number: int) -> bytes:
    return struct.pack(">B3xIB", 248, 0, 10) + b"cwfilm" + number.to_bytes(4, "big")


@given(st.lists(st.integers(0, 1000), max_size=30))
def test_what_a_page_says_passes_but_for_what_is_about_the_film(places: list[int]) -> None:
    drawn: list[int] = []
    messages = FilmMessages(INIT, drawn.append)
    said = encodings(*KINDS) + KEY + TEXT + WHOLE + answer(7) + FENCE + QEMU + POINTER + answer(8)
    passed = b"".join(messages.hear(part) for part in cut(said, places))
    assert passed == WITHOUT_FILM + KEY + TEXT + WHOLE + FENCE + QEMU + POINTER
    assert drawn == [7, 8]
    assert messages.takes_film
    messages.begin(FILM)
    assert b"".join(messages.hear(part) for part in cut(KEY + WHOLE, places)) == KEY + AROUND


@pytest.mark.parametrize("stream", [TIGER * 3, TURBO * 3], ids=["TigerVNC", "TurboVNC"])
def test_a_picture_is_put_between_messages_only(stream: bytes) -> None:
    """Cut at each byte: what the page gets is what the server said, and whole pictures."""
    for place in range(len(stream) + 1):
        messages = FilmMessages(INIT)
        messages.hear(encodings(*KINDS))
        messages.begin(FILM)
        got, put = bytearray(), 0
        for part in (stream[:place], stream[place:]):
            messages.feed(part)
            got += part
            if messages.is_between:
                got += messages.picture(DATA, put)
                put += 1
        assert put >= 1
        ends = MessageEnds(INIT)
        assert ends.feed(bytes(got))
        assert not ends.is_lost


@given(st.lists(st.integers(0, 2000), max_size=20))
def test_the_server_s_messages_are_found_however_they_are_cut(places: list[int]) -> None:
    messages = FilmMessages(INIT)
    for part in cut(TIGER + TURBO + TIGER, places):
        messages.feed(part)
    assert messages.is_between


def test_a_picture_says_where_it_is_and_the_first_begins_anew() -> None:
    messages = FilmMessages(INIT)
    messages.hear(encodings(*KINDS))
    messages.begin(FILM)
    head = struct.pack(">BxHHHHHi", 0, 1, *FILM, 50)
    fence = struct.pack(">B3xIB", 248, 1 << 31, 10) + b"cwfilm" + (5).to_bytes(4, "big")
    assert messages.picture(DATA, None) == head + struct.pack(">II", len(DATA), 2) + DATA
    assert messages.picture(DATA, 5) == head + struct.pack(">II", len(DATA), 0) + DATA + fence


def test_at_the_end_of_a_film_its_part_is_asked_for_as_it_is() -> None:
    messages = FilmMessages(INIT)
    messages.hear(encodings(*KINDS) + WHOLE)
    assert messages.end() == b""
    messages.begin(FILM)
    assert messages.end() == request(False, *FILM) + WHOLE
    assert messages.hear(WHOLE) == WHOLE
    assert messages.end() == b""


def test_what_is_no_film_any_more_is_asked_for() -> None:
    messages = FilmMessages(INIT)
    assert messages.begin(FILM) == b""
    other = Rectangle(0, 0, 640, 400)
    assert messages.begin(other) == request(False, *FILM)
    assert messages.begin(other) == b""


def test_another_size_of_the_screen_ends_the_film() -> None:
    messages = FilmMessages(INIT)
    messages.hear(encodings(*KINDS))
    messages.begin(FILM)
    larger = request(False, 0, 0, 1920, 1080) + request(True, 0, 0, 1920, 1080)
    assert messages.hear(larger) == larger
    assert messages.film is None
    assert messages.size == (1920, 1080)


def test_a_part_that_is_asked_for_as_it_is_comes_beside_the_film() -> None:
    messages = FilmMessages(INIT)
    messages.hear(encodings(*KINDS))
    messages.begin(FILM)
    for top in (0, 32):
        strip = request(False, 0, top, 1280, 32)
        assert messages.hear(strip) == strip
    assert messages.film == FILM
    assert messages.size == (1280, 800)


def test_a_film_on_all_of_the_screen_leaves_the_pointer_its_shape() -> None:
    messages = FilmMessages(INIT)
    messages.hear(encodings(*KINDS))
    messages.begin(Rectangle(0, 0, 1280, 800))
    corner = request(True, 1279, 799, 1, 1)
    asked = [messages.hear(WHOLE, now / 30) for now in range(30)]
    assert set(asked) == {b"", corner}
    assert 3 <= asked.count(corner) <= 5


@pytest.mark.parametrize(
    "said", [encodings(7, 16), b"", encodings(*KINDS) + encodings(7), encodings(*KINDS) + b"\x99"]
)
def test_no_film_for_a_page_that_takes_none_or_cannot_be_followed(said: bytes) -> None:
    messages = FilmMessages(INIT)
    messages.hear(said)
    assert not messages.takes_film


def test_no_film_where_the_server_says_what_is_not_known() -> None:
    messages = FilmMessages(INIT)
    messages.hear(encodings(*KINDS))
    assert messages.takes_film
    assert messages.feed(b"\x77" * 10)
    assert not messages.takes_film


def test_what_a_page_says_that_is_no_message_passes_as_it_is() -> None:
    messages = FilmMessages(INIT)
    assert messages.hear(KEY + b"\x99rest") + messages.hear(b"more") == KEY + b"\x99restmore"
