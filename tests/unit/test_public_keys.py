"""A public key is taken, a private one is refused and forgotten, a broken one is explained."""

from __future__ import annotations

import base64
import re
import struct
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colabwidget.errors import ColabWidgetError
from colabwidget.options import Options

KINDS = {
    "ed25519": ["-t", "ed25519"],
    "rsa": ["-t", "rsa", "-b", "2048"],
    "ecdsa-256": ["-t", "ecdsa", "-b", "256"],
    "ecdsa-384": ["-t", "ecdsa", "-b", "384"],
    "ecdsa-521": ["-t", "ecdsa", "-b", "521"],
}
PRIVATE = {
    "OpenSSH ed25519": ["-t", "ed25519"],
    "OpenSSH with a passphrase": ["-t", "ed25519", "-N", "a passphrase"],
    "OpenSSH RSA": ["-t", "rsa", "-b", "1024"],
    "PEM RSA": ["-t", "rsa", "-b", "1024", "-m", "PEM"],
    "PEM RSA with a passphrase": ["-t", "rsa", "-b", "1024", "-m", "PEM", "-N", "a passphrase"],
    "PEM EC": ["-t", "ecdsa", "-m", "PEM"],
    "PKCS8": ["-t", "rsa", "-b", "1024", "-m", "PKCS8"],
    "PKCS8 with a passphrase": ["-t", "ecdsa", "-m", "PKCS8", "-N", "a passphrase"],
}
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


def keygen(folder: Path, *arguments: str) -> Path:
    path = folder / "key"
    if "-N" not in arguments:
        arguments = (*arguments, "-N", "")
    subprocess.run(
        ["ssh-keygen", "-q", "-C", "me@laptop", "-f", path, *arguments], check=True, timeout=60
    )
    return path


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A real public key of each kind, as its file has it."""
    return {
        name: keygen(tmp_path_factory.mktemp("key"), *arguments).with_suffix(".pub").read_text()
        for name, arguments in KINDS.items()
    }


def taken(text: str) -> str:
    return Options(public_key=text).checked().public_key


def refused(text: str) -> ColabWidgetError:
    with pytest.raises(ColabWidgetError) as raised:
        taken(text)
    assert raised.value.info["field"] == "public_key"
    return raised.value


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_of_ssh_keygen_is_taken_as_it_is(public: dict[str, str], kind: str) -> None:
    assert taken(public[kind]) == public[kind].strip()


@pytest.mark.parametrize("around", ["{}", "\n\n  {}  \r\n\n", "# my laptop\n{}", "{}\n# my laptop"])
def test_what_stands_around_it_is_left_out(public: dict[str, str], around: str) -> None:
    key = public["ed25519"].strip()
    assert taken(around.replace("{}", key)) == key


def test_a_key_needs_no_comment_and_keeps_a_short_printable_one(public: dict[str, str]) -> None:
    kind, body, _ = public["ed25519"].split()
    assert taken(f"{kind} {body}") == f"{kind} {body}"
    assert taken(f"{kind} {body} my \x1b[31mlaptop") == f"{kind} {body} my [31mlaptop"
    assert len(taken(f"{kind} {body} {'x' * 5000}")) < 250


@pytest.mark.parametrize("kind", PRIVATE)
def test_a_private_key_is_refused_and_not_repeated(tmp_path: Path, kind: str) -> None:
    text = keygen(tmp_path, *PRIVATE[kind]).read_text()
    one_line = text.replace("\n", " ")  # what a one-line field makes of it
    cut_off = text[: len(text) // 2]
    for pasted in (text, one_line, cut_off, f"\n  {text}", text.replace("\n", "\r\n")):
        error = refused(pasted)
        assert error.code == "public_key_private"
        said = f"{error}{error!r}{error.info}"
        assert not [line for line in text.splitlines()[1:-1] if line and line in said]


def test_a_key_file_of_putty_is_refused_and_not_repeated() -> None:
    error = refused(PUTTY)
    assert error.code == "public_key_private"
    assert "AAAA" not in f"{error}{error.info}"


def test_the_two_halves_pasted_together_are_refused(tmp_path: Path) -> None:
    path = keygen(tmp_path, *KINDS["ed25519"])
    assert refused(path.with_suffix(".pub").read_text() + path.read_text()).code == (
        "public_key_private"
    )


def test_the_body_of_a_private_key_without_its_frame_is_not_repeated(tmp_path: Path) -> None:
    lines = keygen(tmp_path, *PRIVATE["PEM RSA"]).read_text().splitlines()[1:-1]
    error = refused("\n".join(lines))
    assert not [line for line in lines if line in f"{error}{error.info}"]


@pytest.mark.parametrize("kind", KINDS)
def test_no_part_of_a_key_passes_for_the_whole(public: dict[str, str], kind: str) -> None:
    name, body, _ = public[kind].split()
    passed = []
    for cut in range(len(body)):
        try:
            passed.append(taken(f"{name} {body[:cut]}"))
        except ColabWidgetError as error:
            assert error.code == "public_key_broken"
            assert not body[:cut] or cut < 12 or body[:cut] not in str(error)
    assert not passed


def blob(*fields: bytes) -> str:
    packed = b"".join(struct.pack(">I", len(part)) + part for part in fields)
    return base64.b64encode(packed).decode()


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
    ("text", "reason"),
    [
        ("hello", "does not begin with a key type"),
        ("~/.ssh/id_ed25519.pub", "does not begin with a key type"),
        ("ssh-ed25519", "damaged or cut off"),
        ("ssh-ed25519 AAAA", "damaged or cut off"),
        ("ssh-ed25519 not*base64", "damaged or cut off"),
        ("ssh-dss AAAAB3NzaC1kc3M=", "does not begin with a key type"),
        ("{}\n{}", "more than one line"),
        ("{head}\n{tail}", "more than one line"),
        ('command="date" {}', "does not begin with a key type"),
        ('no-pty,from="10.0.0.0/8" {}', "does not begin with a key type"),
        ("---- BEGIN SSH2 PUBLIC KEY ----\n{}", "more than one line"),
    ],
)
def test_a_broken_key_is_refused_with_the_reason(
    public: dict[str, str], text: str, reason: str
) -> None:
    key = public["ed25519"].strip()
    pasted = text.replace("{}", key).replace("{head}", key[:40]).replace("{tail}", key[40:])
    error = refused(pasted)
    assert error.code == "public_key_broken"
    assert reason in error.info["cause"]


@given(
    st.text() | st.from_regex(r"ssh-(ed25519|rsa) [A-Za-z0-9+/]{0,90}=?=?( .*)?", fullmatch=True)
)
def test_anything_else_is_one_clean_line_or_refused(text: str) -> None:
    try:
        key = taken(text)
    except ColabWidgetError as error:
        assert error.code in ("public_key_broken", "public_key_private")
    else:
        assert key == "" or re.fullmatch(r"[a-z0-9@.-]+ [A-Za-z0-9+/]+=* ?.*", key)
        assert key.isprintable()


@pytest.mark.parametrize("text", ["# only a comment", "#ssh-ed25519 AAAA"])
def test_who_gives_a_text_without_a_key_never_ends_up_with_a_password(text: str) -> None:
    assert refused(text).code == "public_key_broken"


@pytest.mark.parametrize("text", ["", "  ", "\n\n"])
def test_an_empty_field_asks_for_a_password(text: str) -> None:
    assert taken(text) == ""
