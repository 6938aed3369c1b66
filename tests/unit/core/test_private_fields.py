"""Fields of messages that no log of messages prints."""

from __future__ import annotations

import json
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colabwidget.core import card_messages
from colabwidget.core.private_fields import PRIVATE_FIELDS, join_private, split_private

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


@given(st.binary(max_size=40) | st.text(max_size=20).map(str.encode))
def test_any_bytes_are_read_or_left_out(data: bytes) -> None:
    joined = join_private({"type": "connect", "token": "no"}, [data])
    assert isinstance(joined, dict) and joined.get("token") != "no"
