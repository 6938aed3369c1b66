"""Names that pages give."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colabwidget.backend.files.names import (
    RefusedError,
    checked,
    is_partial,
    numbered,
    partial,
    shown,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda each: st.lists(each, max_size=4)
)


@given(path=JSON)
def test_a_checked_path_stays_below(path: object) -> None:
    try:
        names = checked(path)
    except RefusedError as error:
        assert error.code == "name"
        return
    for name in names:
        encoded = os.fsencode(name)
        assert encoded not in (b"", b".", b"..")
        assert b"/" not in encoded and b"\0" not in encoded
        assert len(encoded) <= 255


@pytest.mark.parametrize("name", ["a" * 255, "\u0645" * 127, "...", "a\nb", " ", "\udcff", ".git"])
def test_names_that_files_can_have_are_taken(name: str) -> None:
    assert checked([name, name]) == (name, name)


@pytest.mark.parametrize("name", ["a" * 256, "\u0645" * 128, "\ud800", "..", "a/b", 1, None, ["a"]])
def test_others_are_refused(name: object) -> None:
    with pytest.raises(RefusedError):
        checked(["a", name])


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("a.txt", "a (1).txt"),
        ("a", "a (1)"),
        (".profile", ".profile (1)"),
        ("a.b.txt", "a.b (1).txt"),
        ("data.tar.gz", "data (1).tar.gz"),
        ("a ", "a  (1)"),
        ("a" * 255, "a" * 251 + " (1)"),
        ("\u0645" * 127, "\u0645" * 125 + " (1)"),
    ],
)
def test_a_file_beside_others_is_numbered(name: str, kept: str) -> None:
    assert numbered(name, 1) == kept
    assert len(os.fsencode(numbered(name, 12))) <= 255


@given(name=st.text(min_size=1).filter(lambda name: not any(each in name for each in "/\0\ud800")))
def test_any_name_can_be_numbered(name: str) -> None:
    try:
        checked([name])
    except RefusedError:
        return
    checked([numbered(name, 3)])


def test_a_partial_s_name_tells_files_apart_and_is_known() -> None:
    names = {
        partial("a", 1, 2),
        partial("a", 1, 3),
        partial("a", 2, 2),
        partial("b", 1, 2),
        partial("\udcff", 1, 2),
    }
    assert len(names) == 5
    assert all(is_partial(name) and name.startswith(".") for name in names)
    assert partial("a", 1, 2) == partial("a", 1, 2)
    assert not is_partial(".colabwidget") and not is_partial("a.part")


def test_a_name_that_is_no_text_can_be_shown() -> None:
    assert shown("a\udcffb") == "a\ufffdb"
