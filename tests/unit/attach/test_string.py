"""The attach string: it comes back as it was, and holds nothing that ssh's files would obey."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from colabwidget.attach.string import AttachString, Place
from colabwidget.through.faults import Fault

BODY = "\n".join(
    ["b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAaAAAABNlY2RzYS", "1zaGEy"]
)
KEY = f"-----BEGIN OPENSSH PRIVATE KEY-----\n{BODY}\n-----END OPENSSH PRIVATE KEY-----\n"
PLACE = Place("me", "0.tcp.ngrok.io", 12345, "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA")
CODE = AttachString(PLACE, 4321, b"s" * 16, KEY)


def test_it_comes_back_as_it_was_even_where_a_terminal_has_wrapped_it() -> None:
    text = CODE.encode()
    assert AttachString.parse(text) == CODE
    assert AttachString.parse(f" {text[:40]}\n{text[40:]} ") == CODE
    assert "secret" not in repr(CODE) and "b3Blbn" not in repr(CODE)


@pytest.mark.parametrize("text", ["", "cw1.abc", "cwa1.", "cwa1.abc", "x" * 100])
def test_what_is_none_is_not_repeated(text: str) -> None:
    with pytest.raises(Fault) as told:
        AttachString.parse(text)
    assert not text or text not in str(told.value)


def test_a_part_of_it_is_said_to_be_one() -> None:
    with pytest.raises(Fault, match="A part of the attach string is missing"):
        AttachString.parse(CODE.encode()[:-3])


@pytest.mark.parametrize(
    "change",
    [
        {"user": "me\n  ProxyCommand evil"},
        {"user": 'me" x'},
        {"user": "-oProxyCommand=evil"},
        {"user": ""},
        {"host": "-oProxyCommand=evil"},
        {"host": "a b"},
        {"host": "a\nProxyCommand evil"},
        {"host": "$(evil)"},
        {"host": ""},
        {"port": 0},
        {"port": True},
        {"port": "22"},
        {"jump": "-oProxyCommand=evil"},
        {"jump": "a b"},
        {"jump": "a\n"},
        {"proxy": "nc\n  LocalCommand evil"},
        {"host_key": "ssh-ed25519 AAAAAAAAAAAAAAAAAAAA\n* ssh-ed25519 AAAAAAAAAAAAAAAAAAAAAAAA"},
        {"host_key": ""},
        {"user": None},
    ],
)
def test_a_place_cannot_write_other_lines_into_ssh_s_files(change: dict[str, Any]) -> None:
    with pytest.raises(Fault):
        AttachString.parse(replace(CODE, place=replace(PLACE, **change)).encode())
