"""Pairing strings, proofs and addresses."""

from __future__ import annotations

import dataclasses

import pytest

from colabwidget.through import pairing
from colabwidget.through.address import Address
from colabwidget.through.faults import Fault
from colabwidget.through.handshake import RESUME_MAX, Hello, is_proven
from colabwidget.through.pair import Pasted
from colabwidget.through.pairing import Machine, PairingCode

MACHINE = Machine("jovyan", ["ssh-ed25519 AAAA"], "/opt/py/bin/python", "/opt/relay.py", "/run/s")
CODE = PairingCode(MACHINE, b"0123456789abcdef", "the-token")


def test_a_code_comes_back_from_its_text() -> None:
    assert PairingCode.parse(CODE.encode()) == CODE
    pasted = Pasted.parse(f"https://hub.example/user/a/#{CODE.encode()}")
    assert (pasted.url, pasted.token) == ("https://hub.example/user/a/", "the-token")


def test_a_terminal_may_wrap_it_and_the_address_may_hold_the_token() -> None:
    text = f"https://hub.example/lab?token=other#{CODE.encode()}"
    wrapped = "\n".join(text[at : at + 40] for at in range(0, len(text), 40))
    pasted = Pasted.parse(f" {wrapped} ")
    assert (pasted.url, pasted.token) == ("https://hub.example/", "other")
    assert pasted.code == CODE
    bare = Pasted.parse(CODE.encode())
    assert (bare.url, bare.token) == ("", "the-token")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "cw1.",
        "cw1.AAAA",
        CODE.encode()[:-3],
        CODE.encode()[:-9] + "AAAAAAAAA",
        "https://hub.example/#",
    ],
)
def test_what_is_no_whole_string_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(Fault) as refused:
        Pasted.parse(text)
    assert "copy the whole of it" in str(refused.value)


def test_nothing_secret_is_in_what_a_programmer_prints() -> None:
    shown = repr(CODE) + repr(Pasted.parse(f"https://a/#{CODE.encode()}"))
    assert "the-token" not in shown and "0123456789abcdef" not in shown


def test_a_request_shows_that_the_secret_is_known_and_does_not_hold_it() -> None:
    secret, other = b"s" * 16, b"o" * 16
    request = pairing.request(secret, "ssh-ed25519 AAAA me", "")
    assert secret not in request
    assert pairing.parse_request(request, [other, secret]) == (secret, "ssh-ed25519 AAAA me", "")
    commit = "0123456789abcdef" * 2 + "01234567"
    more = pairing.request(secret, "key", commit)
    assert pairing.parse_request(more, [secret]) == (secret, "key", commit)
    for wrong in (commit[1:], "main", commit + "\n", "\n"):
        assert pairing.parse_request(pairing.request(secret, "key", wrong), [secret]) is None
    assert pairing.parse_request(request, [other]) is None
    assert pairing.parse_request(request + b"x", [secret]) is None
    assert pairing.parse_request(b"", [secret]) is None


def test_a_hello_is_proven_by_the_key_alone() -> None:
    hello = Hello(b"c" * 16, b"n" * 16, is_new=True, resume=5, received=7)
    payload = hello.encode(b"key")
    assert Hello.parse(payload) == hello
    assert is_proven(payload, b"key") and not is_proven(payload, b"other")
    changed = dataclasses.replace(hello, is_new=False).encode(b"other")[:40] + payload[40:]
    assert not is_proven(changed, b"key")
    assert Hello.parse(payload[:-1]) is None
    long = Hello.parse(dataclasses.replace(hello, resume=1 << 30).encode(b"key"))
    assert long and long.resume == RESUME_MAX


@pytest.mark.parametrize(
    ("text", "url", "token"),
    [
        ("https://hub.example/user/me/lab/tree/a.ipynb", "https://hub.example/user/me/", ""),
        ("http://localhost:8888/?token=abc", "http://localhost:8888/", "abc"),
        ("http://localhost:8888/base/tree?token=abc", "http://localhost:8888/base/", "abc"),
        ("hub.example/user/me@x", "https://hub.example/user/me%40x/", ""),
        ("https://[::1]:8888/lab", "https://[::1]:8888/", ""),
    ],
)
def test_addresses_are_taken_as_a_browser_shows_them(text: str, url: str, token: str) -> None:
    address, found = Address.parse(text)
    assert (str(address), found) == (url, token)


@pytest.mark.parametrize(
    ("text", "page", "permission"),
    [
        ("https://h/user/me/lab", "https://h/hub/token", "access:servers!user=me"),
        ("http://h:8000/a/user/x%40y/", "http://h:8000/a/hub/token", "access:servers!user=x@y"),
        ("http://localhost:8888/lab", "", ""),
        ("https://h/user/", "", ""),
        ("https://h/user/%1b[2J/", "", ""),
    ],
)
def test_a_hub_s_page_for_tokens_is_known_by_its_address(
    text: str, page: str, permission: str
) -> None:
    assert Address.parse(text)[0].token_page == (page, permission)


@pytest.mark.parametrize("text", ["", "ftp://a/", "https://", "http://a:port/?token=abc"])
def test_what_is_no_address_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(Fault) as refused:
        Address.parse(text)
    assert "abc" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "insecure", "good"),
    [
        ("https://hub.example/", False, True),
        ("http://hub.example/", False, False),
        ("http://hub.example/", True, True),
        ("http://127.0.0.1:8888/", False, True),
        ("http://localhost:8888/", False, True),
        ("http://localhost.example/", False, False),
    ],
)
def test_a_token_travels_by_tls_or_stays_on_this_computer(
    url: str, insecure: bool, good: bool
) -> None:
    address = Address.parse(url)[0]
    if good:
        address.check(insecure=insecure)
        return
    with pytest.raises(Fault, match="without TLS"):
        address.check(insecure=insecure)
