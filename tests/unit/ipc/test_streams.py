"""The requests that open a stream, and the answers, as they travel."""

from __future__ import annotations

import json

import pytest

from colabwidget.core.errors import ColabWidgetError
from colabwidget.ipc.streams import (
    Answer,
    AnswerShell,
    ClearShell,
    EndShell,
    OpenDesktop,
    OpenShell,
    OpenSound,
    Request,
    ResizeShell,
    SetDensity,
    ShellSize,
    decode_answer,
    decode_request,
    encode_answer,
    encode_request,
)

ON_THE_WIRE: list[tuple[Request, dict[str, object]]] = [
    (
        OpenShell("main", {"A": "b"}, 100, 30, "v"),
        {
            "type": "shell",
            "name": "main",
            "environment": {"A": "b"},
            "columns": 100,
            "rows": 30,
            "view": "v",
        },
    ),
    (
        AnswerShell("main", "v", "\x1b[1;1R"),
        {"type": "answer", "name": "main", "view": "v", "text": "\x1b[1;1R"},
    ),
    (
        ResizeShell("main", 100, 30),
        {"type": "resize", "name": "main", "columns": 100, "rows": 30},
    ),
    (ClearShell("main", 7), {"type": "clear", "name": "main", "row": 7}),
    (EndShell("main"), {"type": "end", "name": "main"}),
    (OpenDesktop(), {"type": "desktop"}),
    (SetDensity(200), {"type": "density", "percent": 200}),
    (OpenSound(install=True), {"type": "sound", "install": True}),
]


@pytest.mark.parametrize(("request_", "values"), ON_THE_WIRE)
def test_each_request_looks_like_this(request_: Request, values: dict[str, object]) -> None:
    line = encode_request(request_)
    assert line.endswith(b"\n") and line.count(b"\n") == 1
    assert json.loads(line) == values
    assert decode_request(line) == request_


def test_a_page_without_a_size_leaves_it_out() -> None:
    line = b'{"type": "shell", "name": "main", "environment": {}}\n'
    assert decode_request(line) == OpenShell("main", {})


@pytest.mark.parametrize(
    "line",
    [
        b"\n",
        b"{}\n",
        b"[]\n",
        b'{"type": "moon"}\n',
        b'{"type": "shell", "name": "main"}\n',
        b'{"type": "shell", "name": 1, "environment": {}}\n',
        b'{"type": "resize", "name": "main", "columns": "wide"}\n',
        b'{"type": "end", "name": "main", "when": "now"}\n',
        b"\xff\xfe\n",
    ],
)
def test_what_is_no_request_is_refused(line: bytes) -> None:
    with pytest.raises(ValueError):
        decode_request(line)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(),
        Answer(old=7, sizes=[ShellSize(0, 80, 24)]),
        Answer(ColabWidgetError("no_desktop").info),
    ],
)
def test_an_answer_arrives_as_it_was_sent(answer: Answer) -> None:
    assert decode_answer(encode_answer(answer)) == answer
