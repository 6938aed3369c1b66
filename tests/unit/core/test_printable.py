"""What steers a terminal or a reader's eye is spelled out before it is shown."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.printable import left_standing, spelled_out, without_colours

STEERING = ("Cc", "Cf", "Cs", "Zl", "Zp")
SHOWN = [
    ("x\rsshd: Accepted", r"x\rsshd: Accepted"),
    ("a\b\x07\0\x7f\x9b", r"a\x08\x07\x00\x7f\x9b"),
    ("\x1b]52;c;cm0=\x07\x1b]0;t\x1b\\", "\\x1b]52;c;cm0=\\x07\\x1b]0;t\\x1b\\"),
    ("\x1b[2K\x1b[1A", r"\x1b[2K\x1b[1A"),
    ("\u202e\u2066\u200f\u061c", r"\u202e\u2066\u200f\u061c"),
    ("a\u2028b\u2029c\ufeff\x85", r"a\u2028b\u2029c\ufeff\x85"),
    ("\U000e0041", r"\U000e0041"),
    ("\ud800", r"\ud800"),
]
KEPT = ["", "plain", "two\nlines\tand a tab", "é אב नि \U0001f469\u200d\U0001f4bb", "no\u00a0break"]


@pytest.mark.parametrize(("text", "shown"), SHOWN, ids=repr)
def test_it_is_written_as_its_escape(text: str, shown: str) -> None:
    assert spelled_out(text) == spelled_out(text, colours=True) == without_colours(text) == shown


@pytest.mark.parametrize("text", KEPT)
def test_what_only_shows_stays(text: str) -> None:
    assert spelled_out(text) == spelled_out(text, colours=True) == without_colours(text) == text


def test_colours_stay_where_they_may() -> None:
    line = "\x1b[1;31mred\x1b[0m\x1b[K \x1b[38;5;8mgrey\x1b[m"
    assert spelled_out(line, colours=True) == line.replace("\x1b[K", r"\x1b[K")
    assert spelled_out(line) == line.replace("\x1b", r"\x1b")
    assert without_colours(line) == r"red\x1b[K grey"


@given(st.text() | st.text(alphabet="\x1b[]0123;mKa\r\n\x07"))
def test_nothing_that_steers_is_left(text: str) -> None:
    for shown in (spelled_out(text), without_colours(text)):
        for letter in shown:
            assert letter in "\n\t\u200c\u200d" or unicodedata.category(letter) not in STEERING
        assert shown.count("\n") == text.count("\n")


def test_of_a_bar_of_progress_the_end_is_left() -> None:
    assert left_standing("10 %\r55 %\r100 %") == "100 %"
    assert left_standing("10 %\r100 %\r\r") == "100 %"
    assert left_standing("plain") == "plain"


def test_an_error_steers_nothing() -> None:
    error = ColabWidgetError("agent_exited", reason="a\x1b]0;t\x07\u202e\rb")
    assert all(spelled_out(each) == each for each in (str(error), *map(str, error.info.values())))
