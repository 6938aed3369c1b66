"""What the card shows inside, and what of it ends with the session."""

from __future__ import annotations

from typing import Any

import pytest

from colabwidget.kernel.page_messages import Message
from colabwidget.kernel.streams.card import SESSION_SHELL, CardStreams


class Streams(CardStreams):
    """Those of a card whose pages are not there."""

    def __init__(self, shell: str) -> None:
        self.news = 0
        super().__init__(lambda content, buffers: None, lambda: shell, self._count)

    def _count(self) -> None:
        self.news += 1

    def open(self, kind: str) -> None:
        self.handlers["show"](Message({"kind": kind, "on": True}))
        content = {"type": "ready", "page": "p"}
        self.handlers["inside"](Message({"kind": kind, "content": content}))
        if kind == "terminal":
            self._name()


@pytest.mark.parametrize(
    ("shell", "left"),
    [
        (SESSION_SHELL, {"desktop": False, "terminal": False}),
        ("main", {"desktop": False, "terminal": True}),
    ],
)
def test_what_shows_the_session_ends_with_it(shell: str, left: dict[str, Any]) -> None:
    streams = Streams(shell)
    for kind in ("desktop", "terminal"):
        streams.open(kind)
    before = streams.news
    streams.end_session()
    assert streams.shown == left
    assert streams.news == before + 1, "the pages are told"
    streams.end_session()
    assert streams.news == before + 1
