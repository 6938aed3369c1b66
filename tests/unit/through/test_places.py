"""What a page lets through for a bridge: what the ways need, and nothing beside it."""

from __future__ import annotations

import pytest

from colabwidget.through.bridge.places import may_ask, may_open
from colabwidget.through.bridge.proof import is_proven, nonce_of, proof

MARK = "0f" * 16


@pytest.mark.parametrize(
    ("method", "place"),
    [
        ("GET", "api/status"),
        ("GET", "api/terminals"),
        ("POST", "api/terminals"),
        ("DELETE", "api/terminals/12"),
        ("GET", "api/kernelspecs"),
        ("GET", "api/sessions"),
        ("GET", "api/sessions/0f-1"),
        ("POST", "api/sessions"),
        ("DELETE", "api/sessions/0f-1"),
    ],
)
def test_what_the_ways_ask_goes_through(method: str, place: str) -> None:
    assert may_ask(method, place)


@pytest.mark.parametrize(
    ("method", "place"),
    [
        ("GET", ""),
        ("GET", "api"),
        ("GET", "api/contents"),
        ("GET", "api/status?x=1"),
        ("GET", "api/status\n"),
        ("GET", "/api/status"),
        ("GET", "//other.example/api/status"),
        ("GET", "https://other.example/api/status"),
        ("GET", "api/sessions/../contents"),
        ("GET", "api/sessions/%2e%2e"),
        ("GET", "api/sessions/a/b"),
        ("PUT", "api/terminals"),
        ("POST", "api/kernels"),
        ("DELETE", "api/terminals"),
        ("PATCH", "api/sessions/1"),
        ("get", "api/status"),
    ],
)
def test_nothing_else_is_asked(method: str, place: str) -> None:
    assert not may_ask(method, place)


@pytest.mark.parametrize(
    "place",
    [
        "colabwidget/through?socket=%2Frun%2Fcolabwidget.me%2Fthrough.sock",
        "terminals/websocket/1",
        f"api/kernels/0f-1/channels?session_id={MARK}",
    ],
)
def test_what_the_ways_open_goes_through(place: str) -> None:
    assert may_open(place)


@pytest.mark.parametrize(
    "place",
    [
        "",
        "terminals/websocket/1/2",
        "terminals/websocket/..",
        "terminals/websocket/1?x",
        "colabwidget/through?socket=a&more=b",
        "colabwidget/through",
        "api/kernels/1/channels",
        f"api/kernels/1/channels?session_id={MARK}&x=1",
        "api/events/subscribe",
        "proxy/8080/",
        "ws://other.example/terminals/websocket/1",
    ],
)
def test_nothing_else_is_opened(place: str) -> None:
    assert not may_open(place)


def test_each_side_has_a_proof_of_its_own() -> None:
    page, program = (proof("secret", each, "1", "2") for each in ("page", "program"))
    assert len({page, program, proof("other", "page", "1", "2")}) == 3
    assert is_proven(f'{{"proof": "{page}"}}'.encode(), page)
    for message in (b"", b"{}", b"[]", b'{"proof": 1}', f'{{"proof": "{program}"}}'.encode()):
        assert not is_proven(message, page)


@pytest.mark.parametrize("message", [b"", b"[]", b'{"nonce": 1}', b'{"nonce": "0f"}', b"\xff"])
def test_a_number_of_another_form_is_none(message: bytes) -> None:
    assert nonce_of(message) == ""
    assert nonce_of(f'{{"nonce": "{MARK}"}}'.encode()) == MARK
