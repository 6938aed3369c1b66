"""A public key is taken, a private one is refused and forgotten, a broken one is explained."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colabwidget.core import public_keys
from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.options import Options
from colabwidget.system.key_files import with_key_files
from colabwidget.tunnels import validation
from tests.kit.keys import blob, refused, taken

PUTTY = """\
PuTTY-User-Key-File-3: ssh-ed25519
Encryption: none
Comment: eddsa-key
Public-Lines: 2
AAAAC3NzaC1lZDI1NTE5AAAAIKmQmIYjZSLkLMcUUYQ5vpJf8Wq0gMrQ3kEEBjJ5
Tq2v
Private-Lines: 1
AAAAIBx0LmVmZmVjdGl2ZWx5LW5vdC1hLXJlYWwta2V5LWF0LWFsbA==
Private-MAC: 5f2e1d0c4b3a29181706f5e4d3c2b1a09f8e7d6c5b4a39281706f5e4d3c2b1a0
"""


def test_a_key_file_of_putty_is_refused_and_not_repeated() -> None:
    error = refused(PUTTY)
    assert error.code == "public_key_private"
    assert "AAAA" not in f"{error}{error.info}"


@pytest.mark.parametrize(
    "fields",
    [
        [b"ssh-ed25519", b"x" * 31],
        [b"ssh-ed25519", b"x" * 33],
        [b"ssh-ed25519", b""],
        [b"ssh-ed25519", b"x" * 32, b"more"],
        [b"ssh-rsa", b"x" * 32],
        [b"ssh-ed25519"],
    ],
    ids=["short", "long", "empty", "one field more", "another type", "no key"],
)
def test_what_openssh_would_not_read_is_refused(fields: list[bytes]) -> None:
    assert refused(f"ssh-ed25519 {blob(*fields)}").code == "public_key_broken"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "It is empty."),
        (b"# nothing\n", "It has only comments."),
        (b"\xff\xfe\x00", "It is not a text file."),
        (b"0\x82\x01\x0a\x02\x82\x01\x01\x00\xc4", "It is not a text file."),
        (b"# mine\nhello\n", "Line 2 of {path} does not begin with a key type"),
        (b"# " + b"x" * 70_000, "It has more than 64 KiB."),
        (None, "No such file or directory. Files are looked for on the notebook's machine."),
    ],
    ids=["empty", "comments", "binary", "DER", "text", "large", "missing"],
)
def test_a_file_that_has_no_keys_is_refused_with_the_reason(
    tmp_path: Path, content: bytes | None, reason: str
) -> None:
    path = tmp_path / "id.pub"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ColabWidgetError) as raised:
        with_key_files(validation.checked(Options(public_key=str(path))))
    assert raised.value.code == "public_key_broken"
    assert reason.replace("{path}", str(path)) in raised.value.info["cause"]


def test_a_line_of_a_private_key_is_not_taken_for_a_path() -> None:
    line = "/" + "A" * 63
    assert not public_keys.is_file(line)
    assert line not in str(refused(line))


@given(
    st.text() | st.from_regex(r"ssh-(ed25519|rsa) [A-Za-z0-9+/]{0,90}=?=?( .*)?", fullmatch=True)
)
def test_anything_else_is_clean_lines_or_refused(text: str) -> None:
    try:
        lines = taken(text).splitlines()
    except ColabWidgetError as error:
        assert error.code in ("public_key_broken", "public_key_private")
        return
    for line in lines:
        key = re.fullmatch(r"[a-z0-9@.-]+ [A-Za-z0-9+/]+=* ?.*", line)
        assert key or public_keys.is_file(line) or public_keys.Person.parse(line)
        assert line.isprintable()


@pytest.mark.parametrize("text", ["# only a comment", "#ssh-ed25519 AAAA"])
def test_who_gives_a_text_without_a_key_never_ends_up_with_a_password(text: str) -> None:
    assert refused(text).code == "public_key_broken"


@pytest.mark.parametrize("text", ["", "  ", "\n\n"])
def test_an_empty_field_asks_for_a_password(text: str) -> None:
    assert taken(text) == ""
