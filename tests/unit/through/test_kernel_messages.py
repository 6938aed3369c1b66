"""Messages of a kernel's channels against the server's own reader and writer, in both protocols."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colabwidget.through.ways.kernel_messages import Codec, Message

theirs = pytest.importorskip("jupyter_server.services.kernels.connection.base")

BUFFERS = st.lists(st.binary(max_size=100), max_size=3)


@given(BUFFERS)
def test_the_server_reads_what_is_sent(buffers: list[bytes]) -> None:
    said = Message("stdin", "input_reply", {"value": "é"}, buffers)
    channel, parts = theirs.deserialize_msg_from_ws_v1(Codec(is_v1=True).encode(said, {"a": 1}))
    assert (channel, *map(json.loads, parts[1:4])) == ("stdin", {}, {"a": 1}, {"value": "é"})
    assert json.loads(parts[0])["msg_type"] == "input_reply"
    assert parts[4:] == buffers

    older = theirs.deserialize_binary_message(Codec(is_v1=False).encode(said, {"a": 1}))
    assert (older["channel"], older["content"]) == ("stdin", {"value": "é"})
    assert (older["metadata"], older["buffers"]) == ({"a": 1}, buffers)


@given(BUFFERS)
def test_what_the_server_sends_is_read(buffers: list[bytes]) -> None:
    message: dict[str, Any] = {"header": {"msg_type": "input_request"}, "parent_header": {}}
    message |= {"metadata": {}, "content": {"prompt": "é"}}
    said = Message("stdin", "input_request", {"prompt": "é"}, buffers)
    parts = [json.dumps(message[name]).encode() for name in message]
    newer = theirs.serialize_msg_to_ws_v1([*parts, *buffers], "stdin")
    assert Codec(is_v1=True).decode(newer, is_text=False) == said

    codec, older = Codec(is_v1=False), {"channel": "stdin", **message}
    if not buffers:
        assert codec.decode(json.dumps(older).encode(), is_text=True) == said
    binary = theirs.serialize_binary_message({**older, "buffers": buffers})
    assert codec.decode(binary, is_text=False) == said


def test_no_two_messages_have_the_same_id() -> None:
    codec, said = Codec(is_v1=True), Message("stdin", "input_reply", {})
    heads = [theirs.deserialize_msg_from_ws_v1(codec.encode(said))[1][0] for _ in range(9)]
    assert len({json.loads(head)["msg_id"] for head in heads}) == 9


@pytest.mark.parametrize("is_v1", [True, False])
@given(data=st.binary(max_size=80), is_text=st.booleans())
def test_what_is_no_message_is_none(data: bytes, is_text: bool, is_v1: bool) -> None:
    assert Codec(is_v1=is_v1).decode(data, is_text=is_text) is None
