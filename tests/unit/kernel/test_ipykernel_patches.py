"""The patches of ipykernel: status messages behind a stream's bytes, clicks to their subshell."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from tornado.ioloop import IOLoop

from colabwidget.kernel import ipykernel_patches
from colabwidget.kernel.ipykernel_patches import KernelPatches
from tests.kit.waiting import eventually

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


class Comm:
    """As much of ipykernel 7's as is used here."""

    comm_id = COMM

    def _reply_subshell_for(self, data: Any, default: str | None) -> str | None:
        return "of the last message sent"


def patch_comm_of(kernel: Kernel, patches: KernelPatches, monkeypatch: pytest.MonkeyPatch) -> Comm:
    """Have this kernel as that of the process, and patch it for a comm."""
    monkeypatch.setattr("IPython.get_ipython", lambda: SimpleNamespace(kernel=kernel))
    comm = Comm()
    patches.patch(comm)
    return comm


@pytest.fixture
def patches() -> KernelPatches:
    return KernelPatches()


@pytest.fixture
def kernel(patches: KernelPatches, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kernel]:
    made = Kernel()
    patch_comm_of(made, patches, monkeypatch)
    yield made
    made.end()


def test_what_is_no_stream_s_is_said_at_once(kernel: Kernel) -> None:
    kernel.handle("click", COMM, {"type": "connect"})
    kernel.handle("slider", "another", {"type": "data"})
    said = [(status, name) for _, status, name in kernel.said]
    assert said == [("busy", "click"), ("idle", "click"), ("busy", "slider"), ("idle", "slider")]


def test_a_stream_s_come_in_order_once_nothing_passes(
    kernel: Kernel, patches: KernelPatches
) -> None:
    kernel.handle("one", COMM, {"type": "open"})
    kernel.handle("two", COMM, {"type": "inside", "content": {"type": "data"}})
    patches.note_stream_output()
    last = patches.passed_at
    assert kernel.said == []
    eventually(lambda: len(kernel.said) == 4)
    assert [name for _, _, name in kernel.said] == ["one", "one", "two", "two"]
    assert kernel.said[0][0] >= last + ipykernel_patches.QUIET


def test_they_do_not_wait_for_a_stream_that_never_rests(
    kernel: Kernel, patches: KernelPatches
) -> None:
    kernel.handle("one", COMM, {"type": "data"})

    def said_meanwhile() -> bool:
        patches.note_stream_output()
        return len(kernel.said) == 2

    eventually(said_meanwhile)


def test_a_line_of_the_log_waits_as_well(kernel: Kernel, patches: KernelPatches) -> None:
    kernel.handle("one", COMM, {"type": "open"})
    before = patches.passed_at
    patches.wait_for_quiet_streams()
    assert time.monotonic() >= before + ipykernel_patches.QUIET


def test_but_not_for_ever(kernel: Kernel, patches: KernelPatches) -> None:
    waited = threading.Thread(target=patches.wait_for_quiet_streams)
    waited.start()

    def over_meanwhile() -> bool:
        patches.note_stream_output()
        return not waited.is_alive()

    eventually(over_meanwhile)
    waited.join()


# A kernel that is not as expected


class OtherStatus(Kernel):
    def _publish_status(self, status: str, parent: Any = None) -> None:  # type: ignore[override]
        """As in ipykernel 5."""


class NoThread(Kernel):
    def __init__(self) -> None:
        super().__init__()
        self.loop = self.iopub_thread.io_loop
        vars(self)["iopub_thread"] = None

    def end(self) -> None:
        self.loop.add_callback(self.loop.stop)
        self._thread.join(10)


class OtherParent(Kernel):
    def get_parent(self) -> dict[str, Any]:  # type: ignore[override]
        return self.parent


@pytest.mark.parametrize("kind", [OtherStatus, NoThread, OtherParent])
def test_a_kernel_of_another_kind_is_left_alone(
    kind: type[Kernel], patches: KernelPatches, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel = kind()
    try:
        patch_comm_of(kernel, patches, monkeypatch)
        assert "_publish_status" not in vars(kernel)
        patches.note_stream_output()
        began = time.monotonic()
        patches.wait_for_quiet_streams()
        assert time.monotonic() - began < ipykernel_patches.QUIET
    finally:
        kernel.end()


@pytest.mark.parametrize(("value", "patched"), [("0", False), ("1", True), ("", True)])
def test_the_environment_switches_the_patches_off(
    value: str, patched: bool, patches: KernelPatches, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ipykernel_patches.SWITCH, value)
    kernel = Kernel()
    try:
        comm = patch_comm_of(kernel, patches, monkeypatch)
        assert ("_publish_status" in vars(kernel)) == patched
        assert ("_reply_subshell_for" in vars(comm)) == patched
    finally:
        kernel.end()


def test_without_a_kernel_there_is_nothing_to_patch(
    patches: KernelPatches, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("IPython.get_ipython", lambda: None)
    patches.patch(SimpleNamespace(comm_id=COMM))
    patches.note_stream_output()
    assert patches.passed_at == 0
    assert not ipykernel_patches.has_subshells()


# Where a page's message goes


class OtherComm(Comm):
    def _reply_subshell_for(self, data: Any) -> str | None:  # type: ignore[override]
        return "of the last message sent"


def test_a_page_s_message_goes_to_the_subshell_that_it_names() -> None:
    comm = Comm()
    ipykernel_patches.route_replies_to_subshell(comm)
    assert comm._reply_subshell_for({}, "its own") == "its own"
    assert comm._reply_subshell_for({}, None) is None


@pytest.mark.parametrize("comm", [OtherComm(), SimpleNamespace(comm_id=COMM), None])
def test_a_comm_of_another_kind_is_left_alone(comm: Any) -> None:
    before = dict(vars(comm)) if comm else None
    ipykernel_patches.route_replies_to_subshell(comm)
    assert comm is None or vars(comm) == before
