"""What counts as a page's message, and what handles it."""

from __future__ import annotations

from typing import Any

import pytest

from colabwidget.kernel.page_messages import Dispatcher, Message


def test_a_message_goes_to_the_handler_of_its_type_with_its_buffers() -> None:
    got: list[tuple[str, Message]] = []
    dispatcher = Dispatcher(
        {kind: lambda message, kind=kind: got.append((kind, message)) for kind in ("open", "data")}
    )
    dispatcher.receive({"type": "data", "at": 3}, [memoryview(b"ab"), b"c"])
    dispatcher.receive({"type": "open"})
    (first, data), (second, opened) = got
    assert (first, data.number("at"), data.data()) == ("data", 3, b"abc")
    assert (second, opened.data()) == ("open", b"")


@pytest.mark.parametrize(
    "content",
    [None, 1, "open", [], b"open", {}, {"type": None}, {"type": ["open"]}, {"type": "moon"}],
)
def test_anything_else_is_ignored(content: object) -> None:
    got: list[Message] = []
    Dispatcher({"open": got.append}).receive(content, [b"x"])
    assert got == []


@pytest.mark.parametrize("value", [None, "7", 7.0, True, [7], {}])
def test_a_field_of_another_type_counts_as_missing(value: Any) -> None:
    message = Message({"field": value})
    assert message.number("field") is None
    assert message.flag("field") is (value is True)
    assert message.table("field") == ({} if value == {} else None)


def test_text_is_cut_to_the_length_of_a_name() -> None:
    assert Message({"view": "x" * 1000}).text("view") == "x" * 100
    assert Message({"view": 5}).text("view") == "5"
