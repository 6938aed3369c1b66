"""A kernel finds the backend or starts it, and notices when it is another or gone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from colabwidget import __version__
from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.work_environment import work_environment
from colabwidget.ipc import client, messages
from colabwidget.system import paths
from tests.kit.backend.fake_backend import FakeBackend
from tests.kit.backend.refusals import refused
from tests.kit.backend.widget_page import TOKEN
from tests.kit.waiting import eventually


def test_without_a_backend_nothing_is_found_and_nothing_started(runtime: Path) -> None:
    assert client.find() is None
    assert not runtime.exists()


def test_a_directory_that_is_not_ours_is_not_used(runtime: Path, tmp_path: Path) -> None:
    runtime.symlink_to(tmp_path)
    assert "link" in refused("runtime_directory")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "hello",
    [
        messages.encode(messages.Hello(messages.VERSION, "9.9.9", "e")),
        messages.encode(messages.Hello(messages.VERSION + 1, __version__, "e")),
        # A later version may say more.
        b'{"type":"hello","protocol":2,"version":"9.9.9","epoch":"e","features":["view"]}\n',
    ],
    ids=["version", "protocol", "later protocol"],
)
def test_a_backend_of_another_version_is_recognised(runtime: Path, hello: bytes) -> None:
    fake = FakeBackend(hello)
    cause = refused("backend_version")
    assert __version__ in cause
    assert fake.requests == []
    fake.close()


@pytest.mark.parametrize("hello", [b"SSH-2.0-OpenSSH_9.6\r\n", b'{"type":"stop","id":1}\n'])
def test_what_does_not_begin_with_hello_is_no_backend(runtime: Path, hello: bytes) -> None:
    fake = FakeBackend(hello)
    refused("message_invalid")
    fake.close()


def test_one_that_has_ended_already_needs_no_end(runtime: Path) -> None:
    client.stop_any()
    fake = FakeBackend()
    fake.close()
    assert paths.socket_path().exists(), "what a killed backend leaves behind"
    client.stop_any()


def test_a_refusal_is_the_backend_s_own(fake: FakeBackend) -> None:
    error = ColabWidgetError("clients_connected", clients="One client is")
    fake.refusals["disconnect"] = error
    one = client.Client()
    with pytest.raises(ColabWidgetError) as raised:
        one.disconnect(force=False)
    assert raised.value.info == error.info
    one.close()


def test_events_come_in_order_to_who_follows(fake: FakeBackend) -> None:
    heard: list[messages.State | messages.Log] = []
    one = client.Client(heard.append)
    eventually(lambda: heard)
    for number in range(50):
        fake.change(elapsed=float(number))
        fake.print(f"line {number}")
    eventually(lambda: len(heard) == 101)
    states = [event for event in heard if isinstance(event, messages.State)]
    assert [state.snapshot["elapsed"] for state in states[1:]] == list(range(50))
    lines = [event.text for event in heard if isinstance(event, messages.Log)]
    assert lines == [f"line {number}" for number in range(50)]
    one.close()


def test_who_does_not_follow_can_ask(fake: FakeBackend) -> None:
    one = client.Client()
    fake.print("one", "two")
    fake.connected()
    assert one.status()["snapshot"]["phase"] == "connected"
    assert one.journal(1)["text"] == "two"
    assert one.details()["details"]["ssh"]["user"] == "colab"
    one.close()


def test_what_is_sent_is_what_was_asked_for(
    fake: FakeBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    work = work_environment(os.environ)
    assert work["https_proxy"] == "http://proxy.example:3128"
    one = client.Client()
    one.connect({"tunnel": "ngrok"}, TOKEN, {"LANG": "C"})
    one.cancel()
    one.desktop(True, {"vnc": "auto"})
    one.desktop(False, {})
    one.disconnect(force=True)
    assert fake.requests == [
        messages.Connect(1, {"tunnel": "ngrok"}, TOKEN, {"LANG": "C"}, work_environment=work),
        messages.Cancel(2),
        messages.Desktop(3, True, {"vnc": "auto"}, work),
        messages.Desktop(4, False, force=True),
        messages.Disconnect(5, True),
    ]
    one.close()


def test_the_loss_of_the_backend_is_told_once(fake: FakeBackend) -> None:
    lost: list[int] = []
    one = client.Client(lambda event: None, lambda: lost.append(1))
    fake.close()
    eventually(lambda: lost)
    for _ in range(2):
        with pytest.raises(ColabWidgetError) as raised:
            one.status()
        assert raised.value.code == "backend_lost"
    assert lost == [1]
    assert client.find() is None


def test_who_hangs_up_is_not_told_of_a_loss(fake: FakeBackend) -> None:
    lost: list[int] = []
    one = client.Client(lambda event: None, lambda: lost.append(1))
    one.close()
    one.close()
    with pytest.raises(ColabWidgetError):
        one.status()
    assert lost == []
