"""The kernel's part of a stream, against a page whose messages get lost."""

from __future__ import annotations

import os
import random
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from colabwidget.ipc.streams import Answer
from colabwidget.kernel.streams.credit import SILENT_MAX, WINDOW
from colabwidget.kernel.streams.stream import CHUNK, Stream
from tests.kit.clock import Clock
from tests.kit.waiting import eventually


class Page:
    """A page's end of a stream: takes bytes in order, asks for what is missing."""

    def __init__(
        self, lost: float = 0.0, seed: int = 0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.there, self.far = socket.socketpair()
        self.stream = Stream(
            "one",
            self.hear,
            lambda: (self.there, Answer()),
            unheard=lambda: self.unheard,
            clock=clock,
        )
        self.unheard = False
        self.data = bytearray()
        self.told: list[dict[str, Any]] = []
        self.passed = 0
        self.sent = 0  # number of the byte after the last that was sent
        self.takes = True
        self.dropped = 0  # messages that were lost
        self.lost = lost
        self._chance = random.Random(seed)
        self._lock = threading.Lock()

    def __enter__(self) -> Page:
        self.stream.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stream.close()
        self.far.close()

    def hear(self, content: dict[str, Any], buffers: list[bytes]) -> None:
        if buffers and self._chance.random() < self.lost:
            self.dropped += 1
            return
        with self._lock:
            self.told.append(content)
            if content["type"] == "took":
                self.passed = content["at"]
            self.passed = content.get("took", self.passed)
            if not buffers:
                return
            at = content["at"]
            self.sent = max(self.sent, at + len(buffers[0]))
            if not self.takes:
                return
            missing = at > len(self.data)
            if not missing:
                self.data += buffers[0][len(self.data) - at :]
        self.stream.acknowledge(len(self.data), again=missing)

    def reason(self) -> str | None:
        closed = [one for one in self.told if one["type"] == "closed"]
        return closed[0]["reason"] if closed else None


@pytest.mark.parametrize("lost", [0.0, 0.3])
def test_all_bytes_come_in_order_whatever_is_lost(lost: float) -> None:
    source = os.urandom(3_000_000)
    with Page(lost, seed=7) as page:
        threading.Thread(target=page.far.sendall, args=(source,), daemon=True).start()
        eventually(lambda: len(page.data) == len(source), 30)
        assert page.data == source


def test_a_last_message_that_is_lost_is_sent_again_unasked() -> None:
    clock = Clock()
    with Page(clock=clock) as page:
        page.lost = 1.0
        page.far.sendall(b"prompt$ ")
        for times in (1, 2):
            eventually(lambda count=times: page.dropped >= count)
            assert page.dropped == times
            clock.advance(4.0)
            if times == 2:
                page.lost = 0.0
            page.stream.write_input(0, b"")  # it looks what is due
        eventually(lambda: page.data == b"prompt$ ", 5)


def test_who_takes_nothing_is_sent_no_more_than_a_window() -> None:
    with Page() as page:
        page.takes = False
        page.far.setblocking(False)
        sent = blocked = 0
        while page.sent <= WINDOW - CHUNK or blocked < 10:
            try:
                sent += page.far.send(bytes(65_536))
                blocked = 0
            except BlockingIOError:
                blocked += 1
                time.sleep(0.01)
        # What the socket itself holds comes on top.
        assert sent < WINDOW + 1_000_000
        assert page.sent <= WINDOW + CHUNK
        page.takes = True
        page.stream.acknowledge(0, again=True)
        eventually(lambda: len(page.data) == sent, 10)


def test_who_is_silent_for_long_is_left() -> None:
    clock = Clock()
    with Page(clock=clock) as page:
        page.takes = False
        page.far.sendall(b"anybody?")
        eventually(lambda: page.sent)
        clock.advance(SILENT_MAX)
        page.stream.write_input(0, b"")  # it looks what is due
        # The bytes, and the bytes again.
        eventually(lambda: len([one for one in page.told if "at" in one]) > 1)
        assert page.reason() is None
        clock.advance(0.1)
        page.stream.write_input(0, b"")
        eventually(lambda: page.reason() == "silent", 5)
        assert page.far.recv(1) == b""


def test_a_page_that_cannot_be_heard_is_shown_more_for_a_while() -> None:
    with Page() as page:
        page.takes = False
        page.unheard = True
        threading.Thread(target=_flood, args=(page.far,), daemon=True).start()
        eventually(lambda: page.sent > WINDOW + 200_000, 5)
        page.unheard = False
        page.takes = True
        page.stream.acknowledge(0, again=True)
        eventually(lambda: len(page.data) > 2 * WINDOW, 10)


def _flood(far: socket.socket) -> None:
    try:
        while True:
            far.sendall(bytes(65_536))
    except OSError:
        pass  # the stream is over


def test_typed_bytes_that_come_again_are_passed_on_once() -> None:
    with Page() as page:
        page.stream.write_input(0, b"echo ")
        page.stream.write_input(0, b"echo hi")
        page.stream.write_input(20, b"from after a gap")
        page.stream.write_input(5, b"hi\n")
        eventually(lambda: page.passed == 8)
        page.far.settimeout(1)
        assert page.far.recv(100) == b"echo hi\n"


def test_the_end_comes_after_the_last_byte() -> None:
    with Page(0.5, seed=3, clock=lambda: 20 * time.monotonic()) as page:
        page.far.sendall(b"last words" * 1000)
        page.far.shutdown(socket.SHUT_WR)
        eventually(page.reason, 20)
        assert page.data == b"last words" * 1000


def test_a_page_that_cannot_be_heard_is_told_that_the_kernel_lives() -> None:
    clock = Clock()
    with Page(clock=clock) as page:
        page.far.sendall(b"$ ")
        eventually(lambda: page.data == b"$ ")

        def beats() -> int:
            return len([one for one in page.told if one["type"] == "busy"])

        assert beats() == 0
        page.unheard = True
        for count in (1, 2):
            clock.advance(6)
            page.stream.write_input(0, b"")  # it looks what is due
            eventually(lambda count=count: beats() == count)
        page.unheard = False
        clock.advance(60)
        page.stream.write_input(0, b"")
        page.far.sendall(b"more")
        eventually(lambda: page.data == b"$ more")
        assert beats() == 2
        assert next(one for one in page.told if one["type"] == "busy")["pause"] > 0
