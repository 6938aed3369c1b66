"""The widget connects without a click where that was asked for."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from colabwidget import ColabWidgetError, ConnectWidget
from colabwidget.ipc import messages
from colabwidget.system import paths
from tests.kit.backend.fake_backend import FakeBackend
from tests.kit.backend.widget_page import TOKEN
from tests.kit.waiting import eventually
from tests.kit.widgets import Make, held_by, page_says, settled, show


def test_it_connects_when_it_is_shown_and_only_then(make: Make, fake: FakeBackend) -> None:
    widget = make(tunnel="direct", user="ada", address="127.0.0.1", auto_connect=True)
    widget.geometry = "800x600"
    settled(widget)
    assert not fake.asked(messages.Connect)

    show(widget)
    eventually(lambda: fake.asked(messages.Connect))
    show(widget)
    page_says(widget, "ready", view="v", serial=-1)
    page_says(widget, "ready", view="w", serial=-1)
    settled(widget)
    (asked,) = fake.asked(messages.Connect)
    assert asked.options["tunnel"] == "direct" and asked.options["geometry"] == "800x600"
    assert (asked.options["user"], asked.options["address"]) == ("ada", "127.0.0.1")
    assert asked.token == ""


def test_inside_of_another_widget_it_connects_when_a_page_is_there(
    make: Make, fake: FakeBackend
) -> None:
    widget = make(tunnel="direct", auto_connect=True)
    page_says(widget, "ready", view="v", serial=-1)
    eventually(lambda: fake.asked(messages.Connect))


@pytest.mark.parametrize("phase", ["working", "connected", "reconnecting", "closing"])
def test_a_session_that_is_there_is_shown_as_it_is(
    make: Make, fake: FakeBackend, phase: str
) -> None:
    fake.change(phase=phase)
    widget = make(auto_connect=True)
    show(widget)
    eventually(lambda: widget.phase == phase)
    settled(widget)
    assert not fake.asked(messages.Connect)


def test_the_token_of_the_environment_is_taken_only_where_that_is_asked_for(
    make: Make, fake: FakeBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NGROK_AUTHTOKEN", TOKEN)
    plain = make(auto_connect=True)
    show(plain)
    settled(plain)
    assert not fake.asked(messages.Connect)

    widget = make(auto_connect=True, token_secret="NGROK_AUTHTOKEN")
    show(widget)
    eventually(lambda: fake.asked(messages.Connect))
    assert fake.asked(messages.Connect)[0].token == TOKEN
    held = held_by(widget)
    assert {"ConnectWidget", "Card", "Bridge"} <= {type(each).__name__ for each in held}
    texts = [str(widget.get_state()), repr(widget), *(repr(vars(each)) for each in held)]
    assert not any(TOKEN in text for text in texts)


class Overheard(ConnectWidget):
    """Keeps what its pages are told."""

    def send(self, content: Any, buffers: Any = None) -> None:
        self.__dict__.setdefault("told", []).append(content)


def test_without_a_token_the_page_is_told_what_is_missing(make: Make, runtime: Path) -> None:
    widget = Overheard(auto_connect=True)
    show(widget)
    try:
        replies = eventually(
            lambda: [
                each["last_reply"]
                for each in vars(widget).get("told", ())
                if each.get("last_reply")
            ]
        )
    finally:
        widget.close()
    assert (replies[-1]["request"], replies[-1]["error"]["code"]) == ("unasked", "token_missing")
    assert replies[-1]["error"]["field"] == "token"
    assert not paths.socket_path().exists(), "no backend was started for it"


def test_a_failure_of_before_does_not_end_the_wait(make: Make, fake: FakeBackend) -> None:
    fake.change(phase="failed", error=ColabWidgetError("no_network").info)
    widget = make(tunnel="direct", auto_connect=True)
    eventually(lambda: widget.phase == "failed")
    show(widget)
    eventually(lambda: fake.asked(messages.Connect))
    threading.Timer(
        0.2, lambda: (fake.change(phase="working", error=None), fake.connected())
    ).start()
    assert widget.wait(timeout=20)
