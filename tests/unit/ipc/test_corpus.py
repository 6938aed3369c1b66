"""Messages of the corpus are read by every decoder, or refused as no message."""

from __future__ import annotations

import json
from typing import Any, get_args, get_type_hints

import pytest

from colabwidget.core import card_messages
from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.private_fields import PRIVATE_FIELDS, join_private
from colabwidget.ipc import messages, streams
from tests.corpus import MESSAGES
from tests.corpus.add import as_bytes


def values_of(data: bytes) -> Any:
    """What a message is as JSON; nothing where it is none."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


@pytest.mark.parametrize("name", MESSAGES)
def test_each_is_read_or_refused(name: str) -> None:
    data = MESSAGES[name]
    try:
        assert isinstance(messages.decode(data + b"\n"), get_args(messages.Message))
    except ColabWidgetError as error:
        assert error.code == "message_invalid"
    for decode in (streams.decode_request, streams.decode_answer):
        try:
            assert decode(data + b"\n")
        except ValueError:
            pass
        except ColabWidgetError as error:
            assert error.code == "message_invalid"
    for kind in PRIVATE_FIELDS:
        joined = join_private({"type": kind}, [data])
        assert isinstance(joined, dict) and set(joined) <= {"type", *PRIVATE_FIELDS[kind]}
    join_private(values_of(data), [data])


def kinds_of(prefix: str) -> set[str]:
    names = [name for name in MESSAGES if name.startswith(prefix)]
    return {values_of(MESSAGES[name])["type"] for name in names}


def test_each_kind_of_message_is_there() -> None:
    requests = get_args(messages.Message)
    assert {kind.type for kind in requests} <= kinds_of("control-")
    assert {kind.type for kind in get_args(streams.Request)} <= kinds_of("streams-")
    for prefix, classes in (
        ("page-", card_messages.PAGE_MESSAGES),
        ("kernel-", card_messages.KERNEL_MESSAGES),
    ):
        known = {get_args(get_type_hints(each)["type"])[0] for each in classes}
        assert known <= kinds_of(prefix)


def test_each_is_one_line() -> None:
    assert len(MESSAGES) > 100
    assert not [name for name, data in MESSAGES.items() if b"\n" in data]


@pytest.mark.parametrize(
    ("found", "data"),
    [
        (b"\xff", b"\xff"),
        ("\ud800", b"\xed\xa0\x80"),
        ({"type": ["state"]}, b'{"type": ["state"]}'),
    ],
)
def test_what_a_test_has_printed_is_kept_as_bytes(found: object, data: bytes) -> None:
    assert as_bytes(found) == data
