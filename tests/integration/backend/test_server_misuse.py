"""Whatever comes over the socket, the session and the other clients are unharmed."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.options import Options
from colabwidget.ipc import messages
from tests.corpus import MESSAGES
from tests.kit.backend.wire import DOOMED, Line, Spawned

ONE_BACKEND = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
GARBAGE = st.one_of(
    st.binary(max_size=200),
    st.text(max_size=200).map(str.encode),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=10), inner),
        max_leaves=5,
    ).map(lambda value: json.dumps(value).encode()),
    st.sampled_from(
        [
            b'{"type":"hello"}',
            b'{"type":"shutdown","id":1}',
            b'{"type":"status","id":"1"}',
            b'{"type":"connect","id":1,"options":"ngrok"}',
            b'{"type":"reply","id":1}',
            b'{"type":"state","snapshot":{"phase":"failed"}}',
            b'{"type":"log","since":0,"count":1,"end":1,"text":"forged"}',
            b"GET / HTTP/1.1\r",
            b"[" * 10_000,
        ]
    ),
)


@pytest.fixture
def witness(backend: Spawned) -> Iterator[Line]:
    """Another client, and a session whose state must stay as it is."""
    with Line() as line:
        line.follow()
        line.say(messages.Connect(1, DOOMED))
        line.state("failed")
        yield line
        status = line.result(messages.Status(1))["snapshot"]
        assert status["phase"] == "failed"
        said = line.result(messages.Journal(2, 0))["text"]
        for word in ("forged", "Traceback", "Unexpected", "was destroyed", "never retrieved"):
            assert word not in said, said


def refused(data: bytes) -> str:
    """What the backend says to this data before it hangs up."""
    with Line() as line:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            line.say(data)
        reply = line.hear()
        assert isinstance(reply, messages.Reply) and reply.error
        assert reply.error["code"] == "message_invalid"
        assert line.hear() is None
        return str(reply.error["cause"])


@ONE_BACKEND
@given(GARBAGE)
def test_garbage_gets_an_error_and_the_line_is_closed(witness: Line, garbage: bytes) -> None:
    assert refused(garbage.replace(b"\n", b" ") + b"\n").endswith(".")
    assert witness.ask(messages.Status(2)).error is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=5,
)
NAMES = [each.name for each in fields(Options)]
# The tunnel is none that there is, so that no session begins.
OPTIONS = st.dictionaries(st.sampled_from(NAMES), JSON, max_size=4).map(
    lambda options: {**options, "tunnel": "none such"}
)
FIELDS = {
    "environment": JSON | st.dictionaries(st.sampled_from(["PATH", "LANG", "HOME"]), JSON),
    "work_environment": JSON | st.dictionaries(st.sampled_from(["PATH", "http_proxy"]), JSON),
    **dict.fromkeys(["token", "token_origin", "since", "dry_run", "protocol", "more"], JSON),
}
# Any request but those that end something, whose fields may be of any type.
REQUESTS = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["connect", "cancel", "desktop", "status", "journal", "details"]),
        "id": st.integers() | st.just(7) | JSON,
        "options": OPTIONS | st.lists(JSON, max_size=2) | st.text(max_size=9),
    },
    optional={**FIELDS, "on": st.just(False) | JSON.filter(lambda value: value is not True)},
)


def check_request(values: dict[str, Any]) -> None:
    if values["type"] not in ("connect", "desktop"):
        del values["options"]
    with Line() as line:
        line.say(json.dumps(values).encode() + b"\n")
        reply = line.hear()
        assert isinstance(reply, messages.Reply), values
        if reply.error:
            assert reply.error["code"] != "internal", reply.error


@ONE_BACKEND
@given(REQUESTS)
def test_requests_with_odd_fields_are_answered(witness: Line, values: dict[str, Any]) -> None:
    check_request(values)


@pytest.mark.slow
@settings(ONE_BACKEND, max_examples=1500, deadline=None)
@given(REQUESTS)
def test_many_requests_with_odd_fields(witness: Line, values: dict[str, Any]) -> None:
    check_request(values)


@pytest.mark.slow
@settings(ONE_BACKEND, max_examples=1500, deadline=None)
@given(GARBAGE)
def test_much_garbage_gets_errors(witness: Line, garbage: bytes) -> None:
    assert refused(garbage.replace(b"\n", b" ") + b"\n").endswith(".")


# What they ask for ends the session, or the backend.
ENDING = (messages.Cancel, messages.Disconnect, messages.Stop)


def ends_something(data: bytes) -> bool:
    try:
        return isinstance(messages.decode(data + b"\n"), ENDING)
    except ColabWidgetError:
        return False


def test_messages_that_were_odd_once_are_answered(witness: Line) -> None:
    for name, data in MESSAGES.items():
        if not ends_something(data):
            with Line() as line:
                line.say(data + b"\n")
                reply = line.hear()
                assert reply, name
                error = isinstance(reply, messages.Reply) and reply.error
                assert not error or error["code"] != "internal", (name, error)
    assert witness.ask(messages.Status(2)).error is None


def test_a_request_of_no_known_kind_is_refused(witness: Line) -> None:
    assert refused(b'{"type":"shell","id":1}\n') == "Its type is unknown."


def test_what_only_a_backend_says_is_refused(witness: Line) -> None:
    assert refused(b'{"type":"reply","id":1}\n') == "It is not a request."


@pytest.mark.parametrize("size", [messages.LINE_MAX + 1, 3 * messages.LINE_MAX])
@pytest.mark.parametrize("ending", [b"", b"\n"], ids=["endless", "ended"])
def test_a_line_that_is_too_long_is_refused(witness: Line, size: int, ending: bytes) -> None:
    assert refused(b'{"type":"' + b"x" * size + ending) == "It is longer than 1048576 bytes."


def test_a_line_just_short_enough_is_read(witness: Line) -> None:
    frame = b'{"type":"connect","id":5,"options":{"user":""}}\n'
    name = b"x" * (messages.LINE_MAX - len(frame))
    with Line() as line:
        line.say(frame.replace(b'""', b'"' + name + b'"'))
        reply = line.hear()
        assert isinstance(reply, messages.Reply) and reply.error
        assert (reply.id, reply.error["code"]) == (5, "user_invalid")


@ONE_BACKEND
@given(st.data())
def test_a_request_cut_off_is_not_carried_out(witness: Line, data: st.DataObject) -> None:
    request = messages.encode(messages.Disconnect(1, force=True))
    with Line() as line:
        line.say(request[: data.draw(st.integers(0, len(request) - 1))])
        line.socket.shutdown(socket.SHUT_WR)
        assert line.hear() is None
    assert witness.result(messages.Status(2))["snapshot"]["phase"] == "failed"


def test_requests_before_the_garbage_harm_nobody_either(witness: Line) -> None:
    with Line() as line:
        line.say(messages.encode(messages.Status(1)) + b"garbage\n")
        while message := line.hear():
            assert isinstance(message, messages.Reply) and message.id in (0, 1)
    assert witness.ask(messages.Status(2)).error is None


def test_clients_that_come_and_go_leave_nothing_open(witness: Line, backend: Spawned) -> None:
    open_files = Path(f"/proc/{backend.pid}/fd")
    before = len(list(open_files.iterdir()))
    for number in range(60):
        with Line() as line:
            if number % 2:
                line.follow()
            line.say(b"nonsense" if number % 3 else b"nonsense\n")
    for number in range(20):  # as long as it takes to see that they have gone
        witness.ask(messages.Status(number))
    assert len(list(open_files.iterdir())) <= before + 1


def test_many_clients_at_once_are_all_served(witness: Line) -> None:
    with contextlib.ExitStack() as stack:
        lines = [stack.enter_context(Line()) for _ in range(50)]
        for line in lines:
            line.say(messages.Hello(messages.VERSION, "0", follow=True))
        assert {line.state().phase for line in lines} == {"failed"}
