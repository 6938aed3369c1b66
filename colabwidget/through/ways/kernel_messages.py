"""Messages of a kernel's channels as a WebSocket of the server has them, in both its protocols."""

from __future__ import annotations

import itertools
import json
import secrets
import struct
from collections.abc import Sequence
from typing import Any, NamedTuple

#: The newer protocol; a server that does not know it speaks the older one.
V1 = "v1.kernel.websocket.jupyter.org"


class Message(NamedTuple):
    """One message: what is used of it."""

    channel: str
    kind: str
    content: dict[str, Any]
    buffers: Sequence[bytes] = ()


class Codec:
    """Encodes and decodes the messages of one connection.

    Parameters
    ----------
    is_v1
        Whether the server speaks the newer protocol.
    """

    def __init__(self, *, is_v1: bool) -> None:
        self._is_v1 = is_v1
        self._number = 0
        self._session = secrets.token_hex(16)

    def encode(self, message: Message, metadata: dict[str, Any] | None = None) -> bytes:
        """Return a message as bytes, to be sent as a binary one."""
        self._number += 1
        header = {
            "msg_id": f"{self._session}_{self._number}",
            "msg_type": message.kind,
            "username": "",
            "session": self._session,
            "date": "2000-01-01T00:00:00Z",
            "version": "5.3",
        }
        parts = [header, {}, metadata or {}, message.content]
        if self._is_v1:
            texts = [json.dumps(each).encode() for each in parts]
            return _packed([message.channel.encode(), *texts, *message.buffers], "<Q", ends=True)
        names = ("header", "parent_header", "metadata", "content")
        whole = {"channel": message.channel, **dict(zip(names, parts, strict=True))}
        return _packed([json.dumps(whole).encode(), *message.buffers], "!I", ends=False)

    def decode(self, payload: bytes, *, is_text: bool) -> Message | None:
        """Return the message that has come; ``None`` for what is none."""
        try:
            if is_text:
                return _parsed(payload, [])
            if not self._is_v1:
                whole, *buffers = _unpacked(payload, "!I", ends=False)
                return _parsed(whole, buffers)
            channel, header, _, _, content, *buffers = _unpacked(payload, "<Q", ends=True)
            kind = json.loads(header)["msg_type"]
            return Message(channel.decode(), kind, json.loads(content), buffers)
        except (ValueError, TypeError, KeyError, struct.error):
            return None


def _parsed(text: bytes, buffers: list[bytes]) -> Message:
    whole = json.loads(text)
    return Message(whole["channel"], whole["header"]["msg_type"], whole["content"], buffers)


def _packed(parts: list[bytes], form: str, *, ends: bool) -> bytes:
    """Return parts behind their count and offsets; with ``ends`` the last one's end as well."""
    count = len(parts) + ends
    at = (1 + count) * struct.calcsize(form)
    head = [count]
    for part in parts:
        head.append(at)
        at += len(part)
    if ends:
        head.append(at)
    return struct.pack(f"{form[0]}{len(head)}{form[1]}", *head) + b"".join(parts)


def _unpacked(data: bytes, form: str, *, ends: bool) -> list[bytes]:
    size = struct.calcsize(form)
    (count,) = struct.unpack_from(form, data)
    offsets = [*struct.unpack_from(f"{form[0]}{count}{form[1]}", data, size)]
    if not ends:
        offsets.append(len(data))
    return [data[start:stop] for start, stop in itertools.pairwise(offsets)]
