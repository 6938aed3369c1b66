"""Whatever comes over the socket of the streams is answered, and is no trouble of the backend's."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from colabwidget.core.errors import ErrorInfo
from colabwidget.ipc import messages
from colabwidget.ipc.streams import LINE_MAX, Answer, decode_answer
from colabwidget.system import paths
from tests import corpus
from tests.kit.backend.wire import Line, Spawned

SOME = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
MANY = settings(SOME, max_examples=1500)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=5,
)
# None that opens a shell: its name, environment or size is of another type.
NEARLY = st.fixed_dictionaries(
    {"type": st.sampled_from(["shell", "answer", "resize", "end", "desktop", "density"]) | JSON},
    optional={
        "name": JSON,
        "environment": st.lists(JSON, max_size=2) | st.text(max_size=5),
        "columns": JSON,
        "rows": JSON,
        "view": JSON,
        "text": JSON,
        "more": JSON,
    },
).filter(
    lambda values: values["type"] != "shell" or not isinstance(values.get("environment"), dict)
)
MESSAGES = st.one_of(
    st.binary(max_size=200),
    st.text(max_size=100).map(lambda text: text.encode(errors="replace")),
    JSON.map(lambda value: json.dumps(value).encode()),
    NEARLY.map(lambda value: json.dumps(value).encode()),
    st.sampled_from(
        [
            b"[" * 30_000,
            b'{"a":' * 9_000,
            b"9" * 5_000,
            b'{"type":"shell","name":"x"}',
            b"\0",
            b"\xff",
        ]
    ),
)


@pytest.fixture
def witness(backend: Spawned) -> Iterator[Line]:
    """Another client; nothing that the backend did not expect is in its log."""
    with Line() as line:
        yield line
        said = line.result(messages.Journal(1, 0))["text"]
        for word in ("Traceback", "Unexpected", "was destroyed", "never retrieved"):
            assert word not in said, said


def answered(data: bytes) -> Answer | None:
    """What the backend answers before it hangs up; nothing where it only hangs up."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(20)
        line.connect(str(paths.streams_path()))
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            line.sendall(data)
            line.shutdown(socket.SHUT_WR)
        said = b""
        with contextlib.suppress(ConnectionResetError):
            while part := line.recv(65_536):
                said += part
    # Behind its line, a stream of files greets at once.
    return decode_answer(said.partition(b"\n")[0]) if said else None


def refusal(data: bytes) -> ErrorInfo:
    answer = answered(data)
    assert answer and answer.error, data
    return answer.error


def check(data: bytes) -> None:
    answer = answered(data.replace(b"\n", b" ") + b"\n")
    assert answer, data
    if answer.error:  # a shell that there is none of is resized, and ended, in peace
        assert answer.error["code"] in ("message_invalid", "no_desktop"), answer.error


@SOME
@given(MESSAGES)
def test_garbage_is_answered(witness: Line, data: bytes) -> None:
    check(data)


@pytest.mark.slow
@MANY
@given(MESSAGES)
def test_much_garbage_is_answered(witness: Line, data: bytes) -> None:
    check(data)


def test_messages_that_were_odd_once_are_answered(witness: Line) -> None:
    try:
        for name, data in corpus.MESSAGES.items():
            assert answered(data + b"\n"), name
    finally:
        answered(b'{"type": "end", "name": "corpus"}\n')


@pytest.mark.parametrize("ending", [b"", b"\n"])
def test_a_line_that_is_too_long_is_refused(witness: Line, ending: bytes) -> None:
    error = refusal(b'{"type":"' + b"x" * 3 * LINE_MAX + ending)
    assert error["code"] == "message_invalid" and str(LINE_MAX) in error["cause"]


@SOME
@given(st.data())
def test_a_request_cut_off_is_not_carried_out(witness: Line, data: st.DataObject) -> None:
    request = b'{"type": "shell", "name": "cut", "environment": {}}'
    assert answered(request[: data.draw(st.integers(0, len(request)))]) is None


@pytest.mark.parametrize("value", ["a\0b", "\ud800", "x" * 9_000, 3, None])
def test_no_variable_keeps_a_shell_from_starting(witness: Line, value: Any) -> None:
    environment = {"PATH": value, "LANG": value, "NO_SUCH": value, "A=B": value}
    request = {"type": "shell", "name": "odd", "environment": environment}
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(20)
        line.connect(str(paths.streams_path()))
        line.sendall(json.dumps(request).encode() + b"\n")
        with line.makefile("rb") as lines:
            assert decode_answer(lines.readline()).error is None
    assert answered(b'{"type": "end", "name": "odd"}\n') == Answer()


@pytest.mark.parametrize("size", [0, -1, 10**6, 10**30])
def test_no_size_harms_a_shell(witness: Line, size: int) -> None:
    request = {"type": "shell", "name": "wide", "environment": {}, "columns": size, "rows": size}
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(20)
        line.connect(str(paths.streams_path()))
        line.sendall(json.dumps(request).encode() + b"\n")
        with line.makefile("rb") as lines:
            assert decode_answer(lines.readline()).error is None
        resize = {"type": "resize", "name": "wide", "columns": -size, "rows": size}
        assert answered(json.dumps(resize).encode() + b"\n") == Answer()
    assert answered(b'{"type": "end", "name": "wide"}\n') == Answer()


def test_views_that_come_and_go_leave_no_task_behind(witness: Line) -> None:
    request = b'{"type": "shell", "name": "short", "environment": {}}\n'
    for _ in range(20):
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(str(paths.streams_path()))
            line.sendall(request + b"exit\n")
    assert answered(b'{"type": "end", "name": "short"}\n') == Answer()
