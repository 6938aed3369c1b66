"""What a kernel says beside a stream's bytes comes behind them, and none of it is lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from tornado.ioloop import IOLoop

from colabwidget.kernel import ipykernel_patches
from tests.kit.machine.machine import eventually

COMM = "of-a-stream"


class Kernel:
    """As much of ipykernel's as is used here, with a loop that sends."""

    def __init__(self) -> None:
        self.said: list[tuple[float, str, str]] = []
        self.parent: dict[str, Any] = {}
        self.iopub_thread = SimpleNamespace()
        ready = threading.Event()
        self._thread = threading.Thread(target=self._loop, args=[ready])
        self._thread.start()
        ready.wait()

    def _loop(self, ready: threading.Event) -> None:
        import asyncio

        asyncio.set_event_loop(asyncio.new_event_loop())
        self.iopub_thread.io_loop = loop = IOLoop.current()
        loop.add_callback(ready.set)
        loop.start()
        loop.close(all_fds=True)

    def end(self) -> None:
        self.iopub_thread.io_loop.add_callback(self.iopub_thread.io_loop.stop)
        self._thread.join(10)

    def get_parent(self, channel: str) -> dict[str, Any]:
        return self.parent

    def _publish_status(self, status: str, channel: str, parent: Any = None) -> None:
        self.said.append((time.monotonic(), status, parent["name"]))

    def handle(self, name: str, comm: str, content: dict[str, Any]) -> None:
        """Handle a message of a page as ipykernel does."""
        header = {"msg_type": "comm_msg"}
        self.parent = {
            "name": name,
            "header": header,
            "content": {"comm_id": comm, "data": {"method": "custom", "content": content}},
        }
        for status in ("busy", "idle"):
            self._publish_status(status, "shell")


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Iterator[Kernel]:
    made = Kernel()
    monkeypatch.setattr(ipykernel_patches, "_of_this_kernel", [])
    monkeypatch.setattr("IPython.get_ipython", lambda: SimpleNamespace(kernel=made))
    ipykernel_patches.behind_answers(SimpleNamespace(comm_id=COMM))
    yield made
    made.end()


def test_what_is_no_stream_s_is_said_at_once(kernel: Kernel) -> None:
    kernel.handle("click", COMM, {"type": "connect"})
    kernel.handle("slider", "another", {"type": "data"})
    said = [(status, name) for _, status, name in kernel.said]
    assert said == [("busy", "click"), ("idle", "click"), ("busy", "slider"), ("idle", "slider")]


def test_a_stream_s_come_in_order_once_nothing_passes(kernel: Kernel) -> None:
    kernel.handle("one", COMM, {"type": "open"})
    kernel.handle("two", COMM, {"type": "inside", "content": {"type": "data"}})
    ipykernel_patches.sent()
    last = ipykernel_patches._of_this_kernel[0].passed
    assert kernel.said == []
    eventually(lambda: len(kernel.said) == 4)
    assert [name for _, _, name in kernel.said] == ["one", "one", "two", "two"]
    assert kernel.said[0][0] >= last + ipykernel_patches._QUIET


def test_they_do_not_wait_for_a_stream_that_never_rests(kernel: Kernel) -> None:
    kernel.handle("one", COMM, {"type": "data"})

    def said_meanwhile() -> bool:
        ipykernel_patches.sent()
        return len(kernel.said) == 2

    eventually(said_meanwhile)


def test_a_line_of_the_log_waits_as_well(kernel: Kernel) -> None:
    kernel.handle("one", COMM, {"type": "open"})
    before = ipykernel_patches._of_this_kernel[0].passed
    ipykernel_patches.wait_for_quiet()
    assert time.monotonic() >= before + ipykernel_patches._QUIET


def test_but_not_for_ever(kernel: Kernel) -> None:
    waited = threading.Thread(target=ipykernel_patches.wait_for_quiet)
    waited.start()

    def over_meanwhile() -> bool:
        ipykernel_patches.sent()
        return not waited.is_alive()

    eventually(over_meanwhile)
    waited.join()
