"""Pages that ask how busy the machine is."""

from __future__ import annotations

import queue
from collections.abc import Callable
from typing import Any

import pytest

from colabwidget.core.load import Load
from colabwidget.kernel.load import LoadRequests
from colabwidget.kernel.page_messages import Message
from colabwidget.system import load as system_load


class Bridge:
    """The bridge's thread and its pages."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        self.reads = 0
        self.fails = False
        self.sent: list[dict[str, Any]] = []
        self.queue: queue.Queue[Callable[[], None]] = queue.Queue()
        monkeypatch.setattr("time.monotonic", lambda: self.now)
        monkeypatch.setattr(system_load, "LoadReader", lambda: self)
        self.requests = LoadRequests(self.sent.append, self.queue.put)

    def read(self, folder: str) -> Load:
        self.reads += 1
        if self.fails:
            raise RuntimeError("The machine does not tell.")
        return {"cpu": self.reads / 100, "memory": None, "disk": None, "gpus": []}

    def ask(self) -> None:
        self.requests.asked(Message({"type": "load"}))

    def answer(self) -> None:
        """Do what the thread that reads has queued."""
        self.queue.get(timeout=10)()


@pytest.fixture
def bridge(monkeypatch: pytest.MonkeyPatch) -> Bridge:
    return Bridge(monkeypatch)


def test_pages_that_ask_together_have_one_reading(bridge: Bridge) -> None:
    for _ in range(50):
        bridge.ask()
    bridge.answer()
    bridge.ask()
    assert (bridge.reads, len(bridge.sent)) == (1, 2)
    bridge.now += 5
    bridge.ask()
    bridge.answer()
    assert bridge.sent[-1]["load"]["cpu"] == 0.02
    assert bridge.queue.empty()


def test_a_reading_that_fails_is_no_end(bridge: Bridge) -> None:
    bridge.fails = True
    bridge.ask()
    bridge.answer()
    assert bridge.sent == []
    bridge.fails = False
    bridge.ask()
    bridge.answer()
    assert len(bridge.sent) == 1
