"""A watcher never types: what the filter gives a server holds no message of input."""

from __future__ import annotations

import itertools
import struct
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colabwidget.desktops.rfb.view_only import UnknownMessage, ViewOnlyFilter

RAW, TIGHT, CURSOR, DESKTOP_SIZE, FENCE, CONTINUOUS = 0, 7, -239, -308, -312, -313
MOUSE_BUTTONS, QEMU_KEYS, GII, XVP = -316, -258, -305, -309
CLIPBOARD = struct.unpack(">i", b"\xc0\xa1\xe5\xce")[0]
OF_INPUT = {MOUSE_BUTTONS, QEMU_KEYS, GII, XVP, CLIPBOARD, -257, -259}


def encodings(kinds: Iterable[int]) -> bytes:
    listed = [*kinds]
    return struct.pack(f">BxH{len(listed)}i", 2, len(listed), *listed)


def as_a_server_reads(data: bytes) -> list[int]:
    """Read messages as servers do; the types of those that are whole, and no byte is left."""
    found = []
    while data:
        kind, size = data[0], 0
        if kind == 0:
            size = 20
        elif kind == 2:
            (count,) = struct.unpack(">H", data[2:4])
            size = 4 + 4 * count
            assert not OF_INPUT & {*struct.unpack(f">{count}i", data[4:size])}
        elif kind in (3, 150):
            size = 10
        elif kind == 248:
            assert data[8] <= 64
            size = 9 + data[8]
        assert size, f"a server gets a message of type {kind}"
        assert len(data) >= size, "a server gets a part of a message"
        found.append(kind)
        data = data[size:]
    return found


short = st.binary(max_size=64)
numbers = st.integers(-(2**31), 2**31 - 1)
passed = st.one_of(
    st.binary(min_size=19, max_size=19).map(lambda rest: b"\0" + rest),
    st.lists(numbers.filter(lambda kind: kind not in OF_INPUT), max_size=8).map(encodings),
    st.binary(min_size=9, max_size=9).map(lambda rest: b"\3" + rest),
    st.binary(min_size=9, max_size=9).map(lambda rest: b"\x96" + rest),
    short.map(lambda sent: b"\xf8\0\0\0\x80\0\0\3" + bytes([len(sent)]) + sent),
)
# Texts and names that hold messages of input themselves, among others.
dropped = st.one_of(
    st.binary(min_size=7, max_size=7).map(lambda rest: b"\4" + rest),
    st.binary(min_size=5, max_size=5).map(lambda rest: b"\5" + rest),
    st.binary(max_size=400).map(lambda text: b"\6\0\0\0" + struct.pack(">i", len(text)) + text),
    st.binary(max_size=400).map(lambda text: b"\6\0\0\0" + struct.pack(">i", -len(text)) + text),
    st.binary(min_size=3, max_size=3).map(lambda rest: b"\xfa" + rest),
    st.lists(st.binary(min_size=16, max_size=16), max_size=3).map(
        lambda screens: b"\xfb\0\4\0\3\0" + bytes([len(screens), 0]) + b"".join(screens)
    ),
    st.binary(min_size=10, max_size=10).map(lambda rest: b"\xff\0" + rest),
    st.sampled_from([b"\xff\1\0\0", b"\xff\1\0\1", b"\xff\1\0\2abcdef"]),
    short.map(lambda sent: b"\xfd\x80" + struct.pack(">H", len(sent)) + sent),
    short.map(lambda sent: b"\xfd\0" + struct.pack("<H", len(sent)) + sent),
)
messages = st.lists(st.one_of(passed.map(lambda m: (m, True)), dropped.map(lambda m: (m, False))))


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[start:end] for start, end in itertools.pairwise(places)]


cuts = st.lists(st.integers(0, 10_000), max_size=8)


def fed(parts: Iterable[bytes]) -> tuple[bytes, bool]:
    """What a server gets of these parts, and whether the connection lasts."""
    seen, filtered = b"", ViewOnlyFilter()
    for part in parts:
        try:
            seen += filtered.feed(part)
        except UnknownMessage:
            return seen, False
    return seen, True


@given(st.lists(st.binary(max_size=200), max_size=10))
def test_no_bytes_whatever_become_a_message_of_input(parts: list[bytes]) -> None:
    as_a_server_reads(fed(parts)[0])


@given(messages, st.binary(max_size=60), cuts)
def test_nor_do_bytes_between_messages(
    sent: list[tuple[bytes, bool]], odd: bytes, where: list[int]
) -> None:
    whole = b"".join(message for message, _ in sent)
    place = where[0] % (len(whole) + 1) if where else 0
    as_a_server_reads(fed(pieces(whole[:place] + odd + whole[place:], where))[0])


@given(messages, cuts)
def test_what_a_watcher_needs_passes_whole_wherever_it_is_cut(
    sent: list[tuple[bytes, bool]], where: list[int]
) -> None:
    parts = pieces(b"".join(message for message, _ in sent), where)
    seen, lasts = fed(parts)
    assert lasts
    assert seen == b"".join(message for message, passes in sent if passes)


@given(messages, cuts)
def test_byte_by_byte_is_the_same(sent: list[tuple[bytes, bool]], where: list[int]) -> None:
    whole = b"".join(message for message, _ in sent)
    single = [whole[place : place + 1] for place in range(len(whole))]
    assert fed(single) == fed(pieces(whole, where))


def test_encodings_of_input_are_left_out() -> None:
    asked = encodings([TIGHT, MOUSE_BUTTONS, RAW, QEMU_KEYS, CURSOR, GII, XVP, CLIPBOARD, FENCE])
    assert ViewOnlyFilter().feed(asked) == encodings([TIGHT, RAW, CURSOR, FENCE])
    kept = encodings([DESKTOP_SIZE, CONTINUOUS])
    assert ViewOnlyFilter().feed(kept) == kept
    assert ViewOnlyFilter().feed(encodings([CLIPBOARD])) == encodings([])


@pytest.mark.parametrize("kind", [1, 7, 8, 11, 127, 151, 249, 252, 254])
def test_an_unknown_message_ends_it_for_good(kind: int) -> None:
    filtered = ViewOnlyFilter()
    with pytest.raises(UnknownMessage, match=f"type {kind}"):
        filtered.feed(bytes([kind]))
    for later in (b"", b"\3" + bytes(9)):
        with pytest.raises(UnknownMessage):
            filtered.feed(later)


@pytest.mark.parametrize("sent", [b"\xff\2\0\0", b"\xff\xff\0\0", b"\xf8" + bytes(7) + b"\x41"])
def test_so_do_messages_that_no_server_reads(sent: bytes) -> None:
    with pytest.raises(UnknownMessage):
        ViewOnlyFilter().feed(sent)


@pytest.mark.parametrize("length", [2**31 - 1, -(2**31)])
def test_a_text_without_end_takes_no_memory(length: int) -> None:
    import tracemalloc

    filtered = ViewOnlyFilter()
    assert filtered.feed(b"\6\0\0\0" + struct.pack(">i", length)) == b""
    chunk = b"\4\1\0\0\0\0\0a" * 8192
    tracemalloc.start()
    for _ in range(50):
        assert filtered.feed(chunk) == b""
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 4 * len(chunk)
