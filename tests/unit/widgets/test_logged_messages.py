"""With every logger at DEBUG, what carries the messages prints them: no secret is among that."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from colabwidget.ipc import messages
from tests.kit.backend.fake_backend import FakeBackend
from tests.kit.backend.view_key import Key
from tests.kit.backend.widget_page import TOKEN
from tests.kit.machine.tokens import forms_of
from tests.kit.waiting import eventually
from tests.kit.widgets import Make, has_comm, page_says, settled

OPTIONS = {"tunnel": "ngrok"}


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG)
    for name in [*logging.root.manager.loggerDict, "Comm"]:
        caplog.set_level(logging.DEBUG, logger=name)
    return caplog


@pytest.mark.parametrize("failure", [None, "token_unusable"])
def test_a_typed_token_and_key_are_not_logged(
    make: Make, fake: FakeBackend, logged: pytest.LogCaptureFixture, failure: str | None
) -> None:
    widget = make()
    if not has_comm(widget):
        pytest.skip("these packages have no comm without a kernel")
    token = f"two words {TOKEN}" if failure else TOKEN
    key = "-----BEGIN OPENSSH PRIVATE KEY-----" if failure else ""
    page_says(widget, "ready", view="v", serial=-1)
    page_says(widget, "connect", request="r", token=token, public_key=key, options=OPTIONS)
    settled(widget)
    if not failure:
        eventually(lambda: [each.token for each in fake.asked(messages.Connect)] == [TOKEN])
    assert "'type': 'connect'" in logged.text, "the messages must be logged for this to be a test"
    for form in forms_of(token):
        assert form.decode() not in logged.text
    assert "PRIVATE KEY" not in logged.text


def test_passwords_are_in_buffers_on_their_way_to_a_page(
    make: Make, fake: FakeBackend, logged: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    widget = make()
    if not has_comm(widget):
        pytest.skip("these packages have no comm without a kernel")
    sent: list[tuple[Any, Any]] = []

    def publish(kind: str, data: Any = None, metadata: Any = None, buffers: Any = None) -> None:
        sent.append((data, buffers))

    monkeypatch.setattr(widget.comm, "publish_msg", publish)
    page_says(widget, "ready", view="v", serial=-1)
    fake.connected()

    def of(kind: str) -> list[tuple[Any, Any]]:
        return [each for each in sent if (each[0].get("content") or {}).get("type") == kind]

    key = Key()
    page_says(widget, "reveal", **key.asks)
    eventually(lambda: of("sealed"))
    sealed, (data,) = of("sealed")[-1]
    opened = key.open(sealed["content"], data)
    page_says(widget, "reveal", view="v", curve="", point="")
    eventually(lambda: of("details"))
    _, (buffer,) = of("details")[-1]
    password = json.loads(buffer)["details"]["ssh"]["password"]
    assert opened["details"]["ssh"]["password"] == password
    assert not any(form in data for form in forms_of(password))
    assert password
    said = logged.text + "".join(repr(content) for content, _ in sent)
    assert not any(form.decode() in said for form in forms_of(password))
