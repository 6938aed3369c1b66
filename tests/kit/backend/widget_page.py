"""The pages of a widget, without a browser."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from colabwidget import hosts
from colabwidget.core.snapshot import Snapshot
from colabwidget.kernel.bridge import Bridge
from colabwidget.kernel.page_messages import Dispatcher
from tests.kit.backend.view_key import Key
from tests.kit.waiting import eventually

TOKEN = "2abcDEFghiJKLmnoPQRstuVWXyz0_1ABCdefGHIjklMNOpqr"


class Page:
    """What the pages get, and what the traits are told.

    Parameters
    ----------
    environment
        That of the machine.
    options
        What Python adds to a page's options.
    clicks_wait
        As of `Bridge`.
    """

    def __init__(
        self,
        environment: dict[str, str] | None = None,
        options: Mapping[str, Any] = MappingProxyType({"address": "127.0.0.1"}),
        clicks_wait: bool = False,
    ) -> None:
        self.got: list[dict[str, Any]] = []
        self.keys: dict[str, Key] = {}  # of its views
        self.opened: list[dict[str, Any]] = []  # what they have read of what was sealed
        self.snapshots: list[Snapshot] = []
        self.bridge = Bridge(
            send=self.send,
            on_snapshot=self.snapshots.append,
            host=hosts.detect(environment or {}),
            add_python_options=lambda asked: {**asked, **options},
            clicks_wait=clicks_wait,
        )
        self.receive = Dispatcher(self.bridge.handlers).receive
        self.bridge.start()

    def send(self, message: dict[str, Any]) -> None:
        """What the bridge calls for each message to the pages; one that a view opens follows."""
        self.got.append(message)
        if message["type"] == "sealed" and (key := self.keys.get(message["view"])):
            self.opened.append(key.open(message))

    def say(self, kind: str, **content: Any) -> None:
        self.receive({"type": kind, **content})

    def reveal(self, view: str = "v") -> Key:
        """Ask for the details, as a view does that has made a key."""
        key = self.keys[view] = Key(view)
        self.say("reveal", **key.asks)
        return key

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in (*self.got, *self.opened) if message["type"] == kind]

    def wait(self, check: Callable[[dict[str, Any]], object], kind: str = "state") -> Any:
        return eventually(
            lambda: next((message for message in reversed(self.of(kind)) if check(message)), None),
            what=lambda: f"not among {self.of(kind)[-3:]}",
        )

    def phase(self, phase: str) -> dict[str, Any]:
        return dict(self.wait(lambda message: message["state"]["phase"] == phase)["state"])

    def reply(self, request: str) -> Any:
        """The error with which a request was answered, or nothing."""
        found = self.wait(lambda message: (message["last_reply"] or {}).get("request") == request)
        return found["last_reply"]["error"]

    def connect(self, request: str = "r1", **options: Any) -> None:
        options = {"tunnel": "direct", **options}
        self.say("connect", request=request, options=options, token=TOKEN)

    def round_trip(self) -> None:
        """Return when all that was said so far has been looked at."""
        before = len(self.of("state"))
        self.say("ready")
        deadline = time.monotonic() + 20
        while len(self.of("state")) == before:
            assert time.monotonic() < deadline
            time.sleep(0.002)

    def round_trip_of_work(self) -> None:
        """Return when all that was said so far has been looked at; no page says a word for it."""
        done = threading.Event()
        self.bridge.put(done.set)
        assert done.wait(20)


class Reader:
    """One of the pages, which looks at what has come when it is told to."""

    def __init__(self, page: Page, name: str) -> None:
        self._page = page
        self._name = name
        self._read = 0
        self.lines: list[str] = []

    def catch_up(self) -> int:
        """Take what has come, say so, ask for what is missing; how many lines are there then."""
        messages, serial, end = self._page.got[self._read :], 0, 0
        self._read += len(messages)
        for message in messages:
            serial = message["serial"]
            if message["type"] == "log":
                end = max(end, message["end"])
                lines = message["text"].split("\n") if message["count"] else []
                if message["from"] <= len(self.lines) < message["from"] + len(lines):
                    self.lines += lines[len(self.lines) - message["from"] :]
        if messages:
            self._page.say("seen", view=self._name, serial=serial, log=len(self.lines))
        if len(self.lines) < end:
            self._page.say("log_since", **{"from": len(self.lines)})
        return len(self.lines)
