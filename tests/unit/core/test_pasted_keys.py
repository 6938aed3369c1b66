"""Public keys as people paste them are taken, and what is none is refused with what it is."""

from __future__ import annotations

import base64
import codecs
from pathlib import Path

import pytest

from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.options import Options
from colabwidget.system.key_files import with_key_files
from tests.kit.keys import blob, refused, taken

BODY = blob(b"ssh-ed25519", bytes(range(200, 232)))
KEY = f"ssh-ed25519 {BODY} me@laptop"
RSA_BODY = blob(b"ssh-rsa", b"\1\0\1", b"\0" + bytes(range(128, 256)) * 3)
RSA = f"ssh-rsa {RSA_BODY} me@desk"
assert RSA_BODY.endswith("=")
SK = f"sk-ssh-ed25519@openssh.com {blob(b'sk-ssh-ed25519@openssh.com', b'x' * 32, b'ssh:')} token"


def wrapped(key: str, column: int) -> str:
    return "\n".join(key[at : at + column] for at in range(0, len(key), column))


def ssh2(comment: str) -> str:
    body = wrapped(RSA_BODY, 64)
    return f"---- BEGIN SSH2 PUBLIC KEY ----\n{comment}{body}\n---- END SSH2 PUBLIC KEY ----\n"


@pytest.mark.parametrize(
    "around",
    [
        "\ufeff{}",
        "\u200b{}\u200b",
        "\u2060{}\u200e",
        "\u00a0{}\u00a0",
        "\t{}\t\r\n",
        '"{}"',
        "'{}'",
        "`{}`",
        "“{}”",
        "‘{}’",
        "«{}»",
        "<{}>",
        '"{}",',
        "```\n{}\n```",
        "```text\r\n{}\r\n```\r\n",
        "~~~\n{}\n~~~",
        "> {}",
        "- {}",
        "* {}",
        "1. {}",
        "Public key: {}",
        "My public key is: {}",
        "public_key = {}",
        "SSH_PUBLIC_KEY={}",
        'export SSH_KEY="{}"',
        "key:\n{}",
        "ssh_authorized_keys:\n  - {}",
        '{"key": "{}"}',
        '["{}"]',
        'echo "{}" >> ~/.ssh/authorized_keys',
        "<pre><code>{}</code></pre>",
        '"{}\\n"',
        "# mine\n\n{}\n",
        "\u2028{}\u2028",
    ],
)
@pytest.mark.parametrize("key", [KEY, RSA, SK], ids=["ed25519", "rsa", "sk"])
def test_what_stands_around_a_key_is_left_out(around: str, key: str) -> None:
    assert taken(around.replace("{}", key)) == key


@pytest.mark.parametrize(
    "pasted",
    [
        KEY.replace(" ", "\t"),
        KEY.replace(" ", "\u00a0"),
        KEY.replace(" ", "  \u3000 "),
        KEY.replace("ssh-", "ssh\u2011"),
        KEY.replace("ssh-", "Ssh-"),
        KEY.replace("AAAA", "AA\u200bAA"),
        KEY.replace(" me", "\nme").replace("\nme", " me"),
        KEY.replace(" AAAA", "AAAA"),
        KEY.replace("ssh-ed25519 ", ""),
        KEY.replace(" AAAA", "\nAAAA"),
        *(wrapped(KEY, column) for column in (40, 60, 76)),
        KEY.replace("AAAAC3Nz", "AAAAC3Nz=\n"),
        f"> {KEY[:50]}\n> {KEY[50:]}",
    ],
)
def test_a_key_that_was_spoilt_on_its_way_is_mended(pasted: str) -> None:
    assert taken(pasted) == KEY


@pytest.mark.parametrize(
    "pasted",
    [
        *(wrapped(RSA, column) for column in (64, 72, 76, 78, 80)),
        wrapped(RSA, 76).replace("\n", " "),
        RSA.replace("= ", " "),
        ssh2("").replace("---- END", "---- END"),
    ],
)
def test_a_long_key_that_was_wrapped_is_put_together(pasted: str) -> None:
    assert taken(pasted).split()[:2] == RSA.split()[:2]


def test_the_format_of_putty_is_taken_with_its_comment() -> None:
    assert taken(ssh2('Comment: "me@desk"\n')) == RSA
    assert taken(ssh2('Subject: me\nComment: "me\\\n@desk"\nx-odd: y\n') + KEY).endswith(KEY)


def test_several_wrapped_keys_are_told_apart() -> None:
    pasted = f"Laptop:\n{wrapped(KEY, 60)}\n\nDesk:\n{wrapped(RSA, 70)}\n{SK}"
    assert taken(pasted) == f"{KEY}\n{RSA}\n{SK}"
    assert taken(f"{KEY}; {RSA}").split("\n")[1] == RSA


@pytest.mark.parametrize(
    ("pasted", "kept"),
    [
        ("https://github.com/octocat.keys", "github:octocat"),
        ("https://gitlab.com/some.body/", "gitlab:some.body"),
        ("github.com/octocat", "github:octocat"),
        ("`github:octocat`", "github:octocat"),
        ("'~/.ssh/id_ed25519.pub'", "~/.ssh/id_ed25519.pub"),
        ("cat ~/.ssh/id_ed25519.pub", "~/.ssh/id_ed25519.pub"),
        ("!cat /content/id.pub", "/content/id.pub"),
        ("file:///content/id.pub", "/content/id.pub"),
        ("\ufeffid.pub", "id.pub"),
    ],
)
def test_a_name_or_a_file_is_understood(pasted: str, kept: str) -> None:
    assert taken(pasted) == kept
    assert taken(kept) == kept


FINGERPRINT = "SHA256:" + "Ab3/" * 10 + "xyz"
MD5 = ":".join(["0f"] * 16)
OPTIONS = "has options in front of the key."
REFUSED = [
    (f"256 {FINGERPRINT} me@laptop (ED25519)", "It is a fingerprint"),
    (FINGERPRINT, "It is a fingerprint"),
    (f"2048 MD5:{MD5} me (RSA)", "It is a fingerprint"),
    (MD5, "It is a fingerprint"),
    (
        "Generating public/private ed25519 key pair.\nYour public key has been saved in k.pub\n"
        f"The key fingerprint is:\n{FINGERPRINT} me@laptop",
        "Line 4 is a fingerprint",
    ),
    ("+--[ED25519 256]--+\n|  .o=*+.        |", "Line 1 is ssh-keygen's picture of a key"),
    ("ssh-keygen -t ed25519", "It is not the key: it is in the file that ssh-keygen"),
    ("cat: id: No such file or directory", "It is what a program said"),
    (f"github.com {KEY}", "It names a host in front"),
    (f"|1|abc=|def= {KEY}", "It names a host in front"),
    (f"[127.0.0.1]:2222 {KEY}", "It names a host in front"),
    (f"github.com,192.0.2.1 {KEY}", "It names a host in front"),
    (f"@cert-authority *.example.com {KEY}", "It names a host in front"),
    (f"restrict {KEY}", OPTIONS),
    (f'from="192.0.2.0/24" {KEY}', OPTIONS),
    (f'no-pty,command="x" {KEY}', OPTIONS),
    (f'command="echo: " {KEY}', OPTIONS),
    (f'environment="KEY={KEY}" {KEY}', OPTIONS),
    (f'a-new-one="x" {KEY}', OPTIONS),
    (f"No-X11-Forwarding {KEY}", OPTIONS),
    (f"this one {KEY}", "has something else in front of the key"),
    ("-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA", "Line 1 is in another format"),
    ("-----BEGIN CERTIFICATE-----", "It is a certificate of TLS"),
    ("-----BEGIN PGP PUBLIC KEY BLOCK-----", "It is a PGP key"),
    ("age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p", "It is a key of age"),
    ("https://github.com/settings/keys", "It is the address of a page"),
    (f"ssh-new-kind {BODY}", "It is a key of a type that is not known here"),
    (BODY[24:], "It is not a whole key"),
    (BODY[:-4], "damaged or cut off"),
    (f"{KEY[:-30]}\nthanks", "The middle part of line 1 is damaged or cut off"),
    (f"{KEY[: -len(' me@laptop') - 4]} mary", "Its middle part is damaged or cut off"),
    (ssh2("")[:120], "Line 1 begins a key that is damaged or cut off"),
    ("```\n```", "It has only comments"),
    ("hello", "It does not begin with a key type"),
]


@pytest.mark.parametrize(("pasted", "reason"), REFUSED)
def test_what_is_none_is_refused_with_what_it_is(pasted: str, reason: str) -> None:
    error = refused(pasted)
    assert error.code == "public_key_broken"
    assert reason in error.info["cause"]
    assert BODY[:40] not in str(error)


@pytest.mark.parametrize(
    "pasted",
    [
        "\ufeff-----BEGIN OPENSSH PRIVATE KEY-----\nabc",
        "-----BEGIN OPENSSH PRI\u200bVATE KEY-----\nabc",
        "\u2014BEGIN RSA PRIVATE KEY\u2014",
        "```\n-----BEGIN\u00a0PRIVATE KEY-----\n```",
        '"-----BEGIN EC PRIVATE KEY-----\\nabc\\n"',
        f"{KEY}\n-----BEGIN ENCRYPTED PRIVATE KEY-----",
        "AGE-SECRET-KEY-1QQQQ",
        "> b3BlbnNzaC1rZXktdjEAAAAA",
    ],
)
def test_a_private_key_is_refused_however_it_comes(pasted: str) -> None:
    assert refused(pasted).code == "public_key_private"


def keys_of(folder: Path, data: bytes) -> str:
    path = folder / "id.pub"
    path.write_bytes(data)
    return with_key_files(Options(public_key=str(path))).public_key


LATIN = KEY.replace("me@laptop", "Jürgen@büro")


@pytest.mark.parametrize(
    ("data", "kept"),
    [
        (f"{LATIN}\r\n".encode("utf-16"), LATIN),
        (codecs.BOM_UTF16_BE + LATIN.encode("utf-16-be"), LATIN),
        (LATIN.encode("utf-16-le"), LATIN),
        (LATIN.encode("utf-16-be"), LATIN),
        (LATIN.encode("utf-8-sig"), LATIN),
        (LATIN.encode("latin-1"), LATIN),
        (f"{KEY}\n\n{RSA}\n".encode("utf-16"), f"{KEY}\n{RSA}"),
        (wrapped(RSA, 70).encode(), RSA),
        (ssh2("Comment: me@desk\n").encode("utf-16"), RSA),
    ],
)
def test_a_file_is_read_whichever_program_has_written_it(
    tmp_path: Path, data: bytes, kept: str
) -> None:
    assert keys_of(tmp_path, data) == kept


def test_a_private_key_in_utf_16_is_refused(tmp_path: Path) -> None:
    secret = base64.b64encode(bytes(60)).decode()
    text = f"-----BEGIN PRIVATE KEY-----\n{secret}\n-----END PRIVATE KEY-----\n"
    with pytest.raises(ColabWidgetError) as raised:
        keys_of(tmp_path, text.encode("utf-16"))
    assert raised.value.code == "public_key_private"
    assert secret not in f"{raised.value!r}{raised.value.info}"
