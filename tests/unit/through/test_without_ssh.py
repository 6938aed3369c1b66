"""What is typed into a shell without SSH, and the words of its commands."""

from __future__ import annotations

import sys

import pytest

from colabwidget.through.cli import make_parser

if sys.platform != "win32":
    from colabwidget.through.without_ssh.shell import Typed


@pytest.mark.parametrize(
    ("pieces", "passed", "leaves"),
    [
        ([b"ls\r", b"~."], b"ls\r", True),
        ([b"~."], b"", True),
        ([b"ls\r~.rest"], b"ls\r", True),
        ([b"a~."], b"a~.", False),
        ([b"ls ~", b".", b"\r"], b"ls ~.\r", False),
        ([b"\r", b"~/x"], b"\r~/x", False),
    ],
)
def test_only_at_the_begin_of_a_line_it_is_left(
    pieces: list[bytes], passed: bytes, leaves: bool
) -> None:
    typed, seen, left = Typed(), b"", False
    for piece in pieces:
        data, left = typed.take(piece)
        seen += data
    assert (seen, left) == (passed, leaves)


def test_a_tilde_typed_by_itself_waits_for_what_follows() -> None:
    typed = Typed()
    assert typed.take(b"ls\r") == (b"ls\r", False)
    assert typed.take(b"~") == (b"~", False)
    assert typed.take(b".") == (b"", True)


def test_there_and_back_are_named_as_scp_names_them() -> None:
    put = make_parser().parse_args(["put", "file", "colabwidget:in"])
    assert (put.source, put.target) == ("file", "colabwidget:in")
    get = make_parser().parse_args(["get", "colabwidget:in/file"])
    assert (get.source, get.target) == ("colabwidget:in/file", ".")
