"""Whatever a page sends, with buffers or without: the widget goes on, and logs no traceback."""

from __future__ import annotations

import base64
import json
import logging
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from colabwidget.ipc import messages
from tests import corpus
from tests.kit.backend.fake_backend import FakeBackend
from tests.kit.widgets import Make, page_sends, settled

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=5,
)
KINDS = ["ready", "connect", "cancel", "reveal", "log_since", "seen", "details", "show", "bundle"]
NAMES = ["request", "token", "public_key", "view", "serial", "kind"]
CURVES = st.sampled_from(["X25519", "P-256", ""])
POINTS = st.binary(max_size=70).map(lambda data: base64.b64encode(data).decode())
# None that connects: what a request names is no tunnel.
OPTIONS = st.just({"tunnel": "none such"}) | st.lists(JSON, max_size=2)
MESSAGES = JSON | st.fixed_dictionaries(
    {"type": st.sampled_from(KINDS) | JSON, "options": OPTIONS},
    optional=dict.fromkeys(NAMES, JSON) | {"curve": CURVES | JSON, "point": POINTS | JSON},
)
PRIVATE = st.fixed_dictionaries({}, optional=dict.fromkeys(["token", "public_key", "type"], JSON))
BUFFERS = st.lists(
    st.binary(max_size=40) | PRIVATE.map(lambda values: repr(values).encode(errors="replace")),
    max_size=3,
)
SOME = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def say(make: Make, fake: FakeBackend, caplog: pytest.LogCaptureFixture) -> Any:
    """Hands a page's message to a widget, which has to take the next one in any case."""
    caplog.set_level(logging.WARNING)
    widget = make()

    def say(content: object, buffers: list[bytes]) -> None:
        page_sends(widget, content, buffers)
        settled(widget)
        assert not [record for record in caplog.records if record.exc_info]
        assert not fake.asked(messages.Connect)

    return say


@SOME
@given(MESSAGES, BUFFERS)
def test_garbage_with_buffers_is_taken(say: Any, content: object, buffers: list[bytes]) -> None:
    say(content, buffers)


def test_messages_that_were_odd_once_are_taken(say: Any) -> None:
    for data in corpus.MESSAGES.values():
        try:
            content = json.loads(data)
        except (ValueError, RecursionError):
            content = data.decode(errors="replace")
        say(content, [])
        say(content, [data])
        say({"type": "connect", "options": {"tunnel": "none such"}}, [data])


@pytest.mark.slow
@settings(SOME, max_examples=3000)
@given(MESSAGES, BUFFERS)
def test_much_garbage_is_taken(say: Any, content: object, buffers: list[bytes]) -> None:
    say(content, buffers)
