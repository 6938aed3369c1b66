"""Whatever pages send, and whatever is lost on the way, the pages end up knowing the truth."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from colabwidget import hosts
from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.secrets import Secret
from colabwidget.ipc import client, messages
from colabwidget.kernel import outbox
from colabwidget.kernel.bridge import Bridge
from colabwidget.kernel.page_messages import Dispatcher
from colabwidget.system import paths
from tests.kit.backend.fake_backend import FakeBackend
from tests.kit.backend.widget_page import Page
from tests.kit.waiting import eventually


@pytest.mark.parametrize("phase", ["working", "connected", "reconnecting"])
def test_the_loss_of_the_backend_fails_what_was_open(
    fake: FakeBackend, page: Page, phase: str
) -> None:
    fake.change(phase=phase, options={"tunnel": "direct"})
    page.phase(phase)
    fake.close()
    failed = page.phase("failed")
    assert failed["error"]["code"] == "backend_lost"
    assert failed["options"] == {"tunnel": "direct"}
    assert failed["endpoint"] is None and failed["details_revision"] == 0
    assert eventually(lambda: page.snapshots[-1].phase == "failed")


def test_its_loss_is_no_failure_when_nothing_was_open(fake: FakeBackend, page: Page) -> None:
    page.wait(lambda message: message["state"]["epoch"] == "fake")
    fake.close()
    page.wait(lambda message: message["state"]["epoch"] == "" and page.got[-1] is message)
    assert page.of("state")[-1]["state"]["error"] is None


def test_a_backend_of_another_version_is_told_once(runtime: Path) -> None:
    fake = FakeBackend(messages.encode(messages.Hello(messages.VERSION, "0.0.9", "old")))
    page = Page()
    assert page.phase("failed")["error"]["code"] == "backend_version"
    page.connect("r1")
    assert page.reply("r1")["code"] == "backend_version"
    page.bridge.close()
    fake.close()


def test_a_directory_that_cannot_be_used_is_told_of_at_connect(
    runtime: Path, tmp_path: Path
) -> None:
    runtime.symlink_to(tmp_path)
    assert client.find() is None
    page = Page()
    try:
        page.connect("r1")
        error = page.reply("r1")
        assert error["code"] == "runtime_directory" and "a link" in error["cause"]
    finally:
        page.bridge.close()


@pytest.mark.usefixtures("hasty")
def test_one_that_went_by_itself_is_no_failure_any_more(runtime: Path) -> None:
    fake = FakeBackend(messages.encode(messages.Hello(messages.VERSION, "0.0.9", "old")))
    page = Page()
    page.phase("failed")
    paths.socket_path().unlink()
    assert page.phase("idle")["error"] is None
    page.bridge.close()
    fake.close()


ERROR = ColabWidgetError("no_network", host="tunnel.example.net").info


def test_a_failure_comes_with_a_report_that_is_made_once(fake: FakeBackend, page: Page) -> None:
    page.wait(lambda message: message["state"]["epoch"] == "fake")
    fake.print(*(f"line {number}" for number in range(100)))
    page.wait(lambda message: message["end"] == 100, "log")
    assert not [message for message in page.of("state") if message["report"]]
    fake.change(phase="failed", error=ERROR)
    page.phase("failed")
    for _ in range(3):
        page.round_trip()
    text = page.of("state")[-1]["report"]
    assert ERROR["title"] in text and "no_network" in text
    assert "line 99" in text and "line 40\n" in text and "line 39\n" not in text
    # The answer holds all that was asked for, so that one question is enough.
    assert len(fake.asked(messages.Journal)) == 1
    fake.change(phase="idle", error=None)
    eventually(lambda: page.of("state")[-1]["report"] == "")


def test_so_does_a_desktop_s(fake: FakeBackend, page: Page) -> None:
    fake.connected()
    fake.change(desktop={"phase": "failed", "error": ERROR})
    found = page.wait(lambda message: message["report"])
    assert ERROR["title"] in found["report"]


def test_of_a_backend_that_is_lost_the_report_has_the_lines_that_came(
    fake: FakeBackend, page: Page
) -> None:
    fake.change(phase="working")
    page.phase("working")
    fake.print("one", "two")
    page.wait(lambda message: message["end"] == 2, "log")
    fake.print("two and a half", "three")
    page.wait(lambda message: message["end"] == 4, "log")
    page.say("log_since", **{"from": 0})  # nothing twice
    page.wait(lambda message: message["count"] == 4, "log")
    fake.close()
    page.phase("failed")
    text = page.of("state")[-1]["report"]
    assert "backend_lost" in text
    assert [line.strip() for line in text.rstrip().split("\n")[-4:]] == [
        "one",
        "two",
        "two and a half",
        "three",
    ]


@pytest.mark.usefixtures("hasty")
def test_the_state_is_sent_again_until_it_was_seen(page: Page) -> None:
    page.round_trip()
    # In the thread that sends, so that nothing is sent between the look and the word.
    page.bridge.put(lambda: page.say("seen", serial=page.of("state")[-1]["serial"], log=0))
    for _ in range(2):
        page.round_trip_of_work()
    before = len(page.of("state"))
    with pytest.raises(AssertionError):
        eventually(lambda: len(page.of("state")) > before, seconds=3 * outbox.RESEND_FIRST)
    page.round_trip()
    eventually(lambda: len(page.of("state")) > before + 1)  # the second may have been lost


@pytest.mark.usefixtures("hasty")
def test_it_is_sent_again_while_lines_of_the_log_are_missing(fake: FakeBackend, page: Page) -> None:
    page.wait(lambda message: message["state"]["epoch"] == "fake")
    fake.print("one", "two")
    page.wait(lambda message: True, "log")
    seen = page.of("state")[-1]["serial"]
    page.say("seen", serial=seen, log=1)
    again = page.wait(lambda message: message["serial"] > seen)
    assert again["state"]["log_end"] == 2


def test_a_message_that_could_not_be_sent_is_lost_and_nothing_else(fake: FakeBackend) -> None:
    """A kernel's channel may be closing, or full, for a moment."""
    got: list[dict[str, Any]] = []
    fails = iter([True])

    def send(message: dict[str, Any]) -> None:
        if next(fails, False):
            raise RuntimeError("the channel is closed")
        got.append(message)

    bridge = Bridge(send, lambda snapshot: None, hosts.detect({}), lambda options: options, False)
    page = Dispatcher(bridge.handlers)
    bridge.start()
    page.receive({"type": "ready"})
    page.receive({"type": "ready"})
    eventually(lambda: got, seconds=3)
    bridge.close()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
KINDS = ["ready", "connect", "cancel", "disconnect", "desktop", "restart", "reveal", "log_since"]
KINDS += ["seen", "view"]
FIELDS = ["request", "options", "token", "public_key", "force", "from", "serial", "log", "view"]
FIELDS += ["on"]
MESSAGES = st.fixed_dictionaries(
    {"type": st.sampled_from(KINDS) | JSON},
    optional=dict.fromkeys(FIELDS, JSON),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(MESSAGES | JSON, max_size=5))
def test_garbage_from_a_page_is_ignored(
    fake: FakeBackend, page: Page, garbage: list[object]
) -> None:
    for message in garbage:
        page.receive(message)
    page.round_trip()
    assert page.of("state")[-1]["state"]["phase"] == "idle"


def test_what_is_no_message_at_all_is_ignored(page: Page) -> None:
    nothings: list[Any] = [None, 1, "ready", [], b"ready", Secret("x"), {"type": ["ready"]}, {}]
    for nothing in nothings:
        page.receive(nothing)
    page.round_trip()
    assert len(page.of("state")) == 1


class SlowPage(Page):
    """Each message that goes to it waits until it may."""

    def __init__(self) -> None:
        self.may_send = threading.Event()
        self.may_send.set()
        super().__init__()

    def send(self, message: dict[str, Any]) -> None:
        self.may_send.wait(20)
        super().send(message)


def test_a_page_that_asks_without_end_fills_no_memory(
    runtime: Path, caplog: pytest.LogCaptureFixture
) -> None:
    page = SlowPage()
    try:
        page.round_trip()
        before = len(page.of("state"))
        page.may_send.clear()
        for _ in range(3000):
            page.say("ready")
        page.may_send.set()
        eventually(lambda: len(page.of("state")) >= before + 1000)
        page.round_trip()
        handled = len(page.of("state")) - before - 1
        assert 1000 <= handled <= 1001
    finally:
        page.bridge.close()
    # Once, and once more where a message was handled between the others.
    assert 1 <= caplog.text.count("are dropped") <= handled - 999
