"""Of a guest's bytes, what was typed and pasted is passed on, and no answer of a terminal is."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colabwidget.backend.streams.typed_input import TypedInput

KEYS = [
    *(b"a", b"Z", b" ", b"\r", b"\n", b"\t", b"\x7f", b"\x03", b"\x04", b"\x1a", b"~", b"["),
    *("é".encode(), "€".encode(), "😀".encode(), "\u00a0".encode(), "“".encode()),
    *(b"\x1b[A", b"\x1b[1;5C", b"\x1b[H", b"\x1b[3~", b"\x1b[15;2~", b"\x1b[Z", b"\x1bOP"),
    *(b"\x1bOA", b"\x1bx", b"\x1b.", b"\x1b[[C", b"\x1b[97;5u", b"\x1b[1;2P"),
    b"\x1b[200~pasted $(text)\x1b[201~",
]
ANSWERS = [
    *(b"\x1b[24;80R", b"\x1b[1;1R", b"\x1b[?24;80;1R", b"\x1b[0n", b"\x1b[?10n", b"\x1b[?62;22c"),
    *(b"\x1b[>41;354;0c", b"\x1bP!|00000000\x1b\\", b"\x1b[?2026;2$y", b"\x1b[8;24;80t"),
    *(b"\x1b]11;rgb:0000/0000/0000\x07", b"\x1b]11;rgb:0000/0000/0000\x1b\\", b"\x1b[?0u"),
    *(b"\x1b]lrm -rf ~; \xe2\x80\x9c\x1b\\", b"\x1bP1$r0m\x1b\\", b"\x1bP>|XTerm(370)\x1b\\"),
    *(
        b"\x1b[I",
        b"\x1b[O",
        b"\x1b[<0;12;7M",
        b"\x1b[<0;12;7m",
        b"\x1b[M !!",
        b"\x1b_Gi=1;OK\x1b\\",
    ),
    *(
        b"\xc2\x9b24;80R",
        b"\x9b24;80R",
        b"\xc2\x9dlname\x07",
        b"\x90!|0\x1b\\",
        b"\x1b]52;c;bHM=\x07",
    ),
]


@pytest.mark.parametrize("key", KEYS)
def test_keys_are_passed_on_as_they_are(key: bytes) -> None:
    assert TypedInput().take(key) == key


@pytest.mark.parametrize("answer", ANSWERS)
def test_answers_are_left_out_and_what_follows_is_not(answer: bytes) -> None:
    assert TypedInput().take(answer + b"ls\r") == b"ls\r"


PIECES = st.lists(st.tuples(st.booleans(), st.sampled_from(KEYS), st.sampled_from(ANSWERS)))


@given(PIECES, st.lists(st.integers(0, 400)))
def test_however_they_are_mixed_and_cut(
    pieces: list[tuple[bool, bytes, bytes]], cuts: list[int]
) -> None:
    sent = b"".join(key if is_key else answer for is_key, key, answer in pieces)
    typed = TypedInput()
    places = sorted({min(cut, len(sent)) for cut in cuts} | {0, len(sent)})
    taken = b"".join(typed.take(sent[start:end]) for start, end in itertools.pairwise(places))
    assert taken == b"".join(key for is_key, key, _ in pieces if is_key)


@given(st.binary(max_size=300))
def test_no_bytes_make_a_sequence_that_no_key_sends(data: bytes) -> None:
    taken = TypedInput().take(data)
    assert not re.search(rb"\x1b[P\]X^_]|\x1b\[[?<=>]|\x1b\[[\d;:]*[^\d;:A-FHPQSZ~u\[]", taken)


def test_an_escape_by_itself_is_the_key() -> None:
    typed = TypedInput()
    assert typed.take(b"\x1b") == b"" and typed.waits
    assert typed.flush() == b"\x1b" and not typed.waits
    assert typed.flush() == b""
    assert typed.take(b"\x1b\x1b[A") == b"\x1b\x1b[A"
    assert typed.take(b"\x1b]oops\x03ls") == b"ls"  # Alt and ], and then Ctrl-C
