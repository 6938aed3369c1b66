"""The kernel's part of a stream of sound: what is late is left out, and nothing is sent again."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from colabwidget.core.errors import ColabWidgetError
from colabwidget.ipc.sound import PACKET, SILENCE, Frame, said
from colabwidget.ipc.streams import Answer, OpenSound
from colabwidget.kernel.streams.sound import (
    ASK_EVERY,
    LATE,
    PROBE_EVERY,
    SILENT_MAX,
    Lateness,
    SoundStream,
)
from tests.kit.clock import Clock
from tests.kit.waiting import eventually


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def lateness(clock: Clock) -> Lateness:
    found = Lateness(clock)
    found.on_sent()
    clock.advance(0.02)
    found.acknowledge(1)
    return found


def test_messages_are_numbered(clock: Clock) -> None:
    lateness = Lateness(clock)
    assert [lateness.on_sent() for _ in range(3)] == [0, 1, 2]


def test_what_would_be_late_is_left_out_but_for_one_a_second(
    lateness: Lateness, clock: Clock
) -> None:
    lateness.on_sent()
    clock.advance(LATE)
    assert lateness.may_send
    clock.advance(LATE)
    assert not lateness.may_send
    clock.advance(PROBE_EVERY)
    assert lateness.may_send
    lateness.on_sent()
    assert not lateness.may_send
    lateness.acknowledge(3)
    assert lateness.may_send


def test_a_long_way_is_no_lateness(clock: Clock) -> None:
    lateness = Lateness(clock)
    for number in range(1, 4):
        lateness.on_sent()
        clock.advance(0.8)
        assert lateness.may_send
        lateness.acknowledge(number)


def test_a_page_that_says_nothing_is_given_up_unless_it_cannot_be_heard(
    lateness: Lateness, clock: Clock
) -> None:
    clock.advance(2 * SILENT_MAX)
    assert not lateness.is_silent and lateness.has_to_ask
    lateness.on_sent()
    assert not lateness.has_to_ask
    clock.advance(SILENT_MAX - 1)
    assert not lateness.is_silent and lateness.has_to_ask
    lateness.excuse()
    clock.advance(2)
    assert not lateness.is_silent
    lateness.on_sent()
    clock.advance(SILENT_MAX + 1)
    assert lateness.is_silent and ASK_EVERY < SILENT_MAX


class Page:
    """What a page is sent, and the backend's end."""

    def __init__(self) -> None:
        self.backend, theirs = socket.socketpair()
        self.sent: list[tuple[dict[str, Any], bytes]] = []
        self.stream = SoundStream(
            "one",
            lambda content, buffers: self.sent.append((content, b"".join(buffers))),
            install=False,
            begin=lambda request: (theirs, Answer()),
            unheard=lambda: False,
        )

    def types(self) -> list[str]:
        return [content["type"] for content, _ in self.sent]


@pytest.fixture
def page() -> Iterator[Page]:
    made = Page()
    made.stream.start()
    yield made
    made.stream.close()
    made.backend.close()


def test_sound_goes_on_to_the_page_as_it_came(page: Page) -> None:
    packets = Frame(PACKET, b"one").encode() + Frame(SILENCE).encode()
    page.backend.sendall(said({"type": "opened"}) + packets)
    eventually(lambda: len(page.sent) == 2)
    assert page.sent == [
        ({"type": "opened", "stream": "one"}, b""),
        ({"type": "sound", "at": 0, "stream": "one"}, packets),
    ]
    # The page asks again where it has not heard that.
    page.stream.send_status()
    assert page.types() == ["opened", "sound", "opened"]


def test_the_end_of_the_desktop_is_told(page: Page) -> None:
    page.backend.close()
    eventually(lambda: page.types() == ["closed"])


def test_a_failure_is_told_once_and_again_where_the_page_asks(page: Page) -> None:
    page.backend.sendall(said({"type": "failed", "error": {"code": "sound_missing"}}))
    page.backend.close()
    eventually(lambda: bool(page.sent))
    page.stream.send_status()
    assert page.types() == ["failed", "failed"]


def test_without_a_desktop_that_is_said() -> None:
    def refuse(request: OpenSound) -> Any:
        raise ColabWidgetError("no_desktop")

    sent: list[dict[str, Any]] = []
    stream = SoundStream("one", lambda content, _: sent.append(content), False, begin=refuse)
    stream.start()
    eventually(lambda: bool(sent))
    assert sent[0]["error"]["code"] == "no_desktop"
