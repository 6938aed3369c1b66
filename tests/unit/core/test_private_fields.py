"""Fields of messages that no log of messages prints."""

from __future__ import annotations

import json
from dataclasses import is_dataclass
from typing import Any, get_args, get_type_hints, is_typeddict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colabwidget.core import card_messages
from colabwidget.core.private_fields import (
    FOR_ONE_VIEW,
    PRIVATE_FIELDS,
    join_private,
    split_private,
)
from colabwidget.core.secrets import Secret

SECRET_NAMES = {"token", "public_key", "key", "password", "details"}
CONNECT = {"type": "connect", "request": "r", "token": "2abc", "public_key": "k", "options": {}}


@pytest.mark.parametrize("message", [CONNECT, {"type": "details", "details": {"ssh": {"p": "w"}}}])
def test_they_travel_in_a_buffer_in_any_number_of_pieces(message: dict[str, Any]) -> None:
    content, (data,) = split_private(message)
    assert not set(content) & set(PRIVATE_FIELDS[message["type"]])
    pieces = [memoryview(data)[:3], bytearray(data[3:9]), memoryview(data)[9:]]
    assert join_private(content, pieces) == message


def test_they_do_not_count_in_the_message_itself() -> None:
    for buffers in (None, [], [b""], [b"{"], [b"[]"], [b"\xff"], [b"[" * 100_000], [3, "x"]):
        assert join_private(CONNECT, buffers) == {"type": "connect", "request": "r", "options": {}}


def test_a_buffer_brings_no_other_field() -> None:
    data = json.dumps({"token": "2abc", "type": "disconnect", "options": {"user": "root"}}).encode()
    joined = join_private({"type": "connect", "options": {}}, [data])
    assert joined == {"type": "connect", "options": {}, "token": "2abc"}


def test_other_messages_stay_as_they_are() -> None:
    cancel = {"type": "cancel", "token": "x"}
    assert split_private(cancel) == (cancel, [])
    others: list[object] = [cancel, None, 3, "x", [], {}, {"type": ["connect"]}, {"type": None}]
    for content in others:
        assert join_private(content, [b"{}"]) is content


def test_every_field_that_holds_a_secret_is_one() -> None:
    """A new message of the card with passwords or a token is private as well."""
    kinds = (*card_messages.KERNEL_MESSAGES, *card_messages.PAGE_MESSAGES)
    for kind in kinds:
        fields = get_type_hints(kind)
        (name,) = get_args(fields["type"])
        private = {field for field in fields if field in SECRET_NAMES}
        assert private == set(PRIVATE_FIELDS.get(name, ())), kind


def test_every_message_that_can_hold_a_password_is_for_one_view() -> None:
    def holds_one(kind: Any) -> bool:
        if kind is Secret:
            return True
        has_fields = is_typeddict(kind) or is_dataclass(kind)
        inner = get_type_hints(kind).values() if has_fields else get_args(kind)
        return any(map(holds_one, inner))

    found = [kind for kind in card_messages.KERNEL_MESSAGES if holds_one(kind)]
    assert {*FOR_ONE_VIEW} == {get_args(get_type_hints(kind)["type"])[0] for kind in found}
    assert found == [card_messages.DetailsMessage]


def test_what_is_sealed_is_a_buffer_as_it_is() -> None:
    sealed = {"type": "sealed", "view": "v"}
    assert split_private({**sealed, "data": b"\0\xff"}) == (sealed, [b"\0\xff"])


@given(st.binary(max_size=40) | st.text(max_size=20).map(str.encode))
def test_any_bytes_are_read_or_left_out(data: bytes) -> None:
    joined = join_private({"type": "connect", "token": "no"}, [data])
    assert isinstance(joined, dict) and joined.get("token") != "no"
