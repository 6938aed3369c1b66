"""What the card shows inside, and what of it ends with the session."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from colabwidget.kernel.bundle import BUNDLES
from colabwidget.kernel.page_messages import Message
from colabwidget.kernel.streams.card import SESSION_SHELL, CardStreams
from tests.kit.waiting import eventually
from tests.kit.widgets import threads


class Streams(CardStreams):
    """Those of a card whose pages are not there."""

    def __init__(self, shell: str) -> None:
        self.news = 0
        self.sent: list[tuple[dict[str, Any], list[bytes]]] = []
        super().__init__(self._keep, lambda: shell, self._count)

    def _keep(self, content: dict[str, Any], buffers: list[bytes]) -> None:
        self.sent.append((content, buffers))

    def _count(self) -> None:
        self.news += 1

    def ask(self, kind: str, **content: str) -> None:
        self.handlers["inside"](Message({"kind": kind, "content": content}))

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


def test_a_page_gets_the_part_that_shows_a_session() -> None:
    streams = Streams("main")
    part = BUNDLES.current("session")
    streams.ask("session", type="ready", page="p")
    streams.ask("session", type="bundle", bundle="whatever")
    (hello, _), (sent, buffers) = streams.sent
    assert (hello["kind"], hello["content"]["bundle"]) == ("session", part.hash)
    assert sent == {
        "type": "inside",
        "kind": "session",
        "content": {"type": "bundle", "bundle": part.hash},
    }
    assert gzip.decompress(buffers[0]) == part.text


@pytest.mark.parametrize("kind", ["card", "stub", "../session", ""])
def test_a_page_gets_no_other_part(kind: str) -> None:
    streams = Streams("main")
    streams.ask(kind, type="ready", page="p")
    streams.ask(kind, type="bundle")
    assert streams.sent == []


def test_a_part_is_shown_or_opened_as_no_view_is() -> None:
    streams = Streams("main")
    streams.handlers["show"](Message({"kind": "session", "on": True}))
    streams.ask("session", type="open", stream="s")
    assert (streams.shown, streams.sent) == ({}, [])


def test_a_kernel_that_hears_no_page_sends_the_part_until_it_hears_one() -> None:
    streams = Streams("main")
    streams.stop_pushing()  # nothing is pushed yet
    streams.push_parts()
    eventually(lambda: len(streams.sent) > 1)
    streams.stop_pushing()
    eventually(lambda: not threads())
    assert {content["content"]["type"] for content, _ in streams.sent} == {"bundle"}
    streams.close()
