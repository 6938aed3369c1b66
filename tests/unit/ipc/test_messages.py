"""What travels between kernel and backend, as it looks on the wire."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colabwidget.core.errors import ERRORS, ColabWidgetError
from colabwidget.core.secrets import Secret
from colabwidget.core.snapshot import Snapshot
from colabwidget.core.step import StepInfo
from colabwidget.ipc import messages
from colabwidget.ipc.messages import (
    Cancel,
    ChangePasswords,
    Connect,
    Desktop,
    Disconnect,
    EndPresence,
    GetDetails,
    Hello,
    Invite,
    Journal,
    KeepOpen,
    Log,
    Message,
    Reply,
    Revoke,
    State,
    Status,
    Stop,
    decode,
    encode,
)

# A change of one of these changes the protocol: VERSION has to grow with it.
ON_THE_WIRE: list[tuple[Message, bytes]] = [
    (
        Hello(2, "0.1.0", "abcdef", True),
        b'{"type":"hello","protocol":2,"version":"0.1.0","epoch":"abcdef","follow":true}\n',
    ),
    (
        Connect(
            1, {"tunnel": "ngrok"}, "the token", {"LANG": "C"}, "a place", False, {"PATH": "/bin"}
        ),
        b'{"type":"connect","id":1,"options":{"tunnel":"ngrok"},"token":"the token",'
        b'"environment":{"LANG":"C"},"token_origin":"a place","dry_run":false,'
        b'"work_environment":{"PATH":"/bin"}}\n',
    ),
    (Cancel(2), b'{"type":"cancel","id":2}\n'),
    (Disconnect(3, True), b'{"type":"disconnect","id":3,"force":true}\n'),
    (
        Desktop(8, True, {"geometry": "800x600"}, {"PATH": "/bin"}),
        b'{"type":"desktop","id":8,"on":true,"options":{"geometry":"800x600"},'
        b'"work_environment":{"PATH":"/bin"},"force":false}\n',
    ),
    (EndPresence(9, "ssh-1"), b'{"type":"end_presence","id":9,"name":"ssh-1"}\n'),
    (KeepOpen(10, True), b'{"type":"keep_open","id":10,"for_good":true}\n'),
    (ChangePasswords(11, True), b'{"type":"change_passwords","id":11,"end":true}\n'),
    (
        Invite(12, "shell", True, "github:NAME", 30),
        b'{"type":"invite","id":12,"sees":"shell","typing":true,"key":"github:NAME","minutes":30}\n',
    ),
    (Revoke(13, "guest-1"), b'{"type":"revoke","id":13,"name":"guest-1"}\n'),
    (Status(4), b'{"type":"status","id":4}\n'),
    (Journal(5, 100), b'{"type":"journal","id":5,"since":100}\n'),
    (GetDetails(6), b'{"type":"details","id":6}\n'),
    (Stop(7), b'{"type":"stop","id":7}\n'),
    (
        Reply(4, None, {"snapshot": {}}),
        b'{"type":"reply","id":4,"error":null,"result":{"snapshot":{}}}\n',
    ),
    (State({"phase": "idle"}), b'{"type":"state","snapshot":{"phase":"idle"}}\n'),
    (
        Log(10, 2, 12, "one\n„zwei“"),
        '{"type":"log","since":10,"count":2,"end":12,"text":"one\\n„zwei“"}\n'.encode(),
    ),
]
SNAPSHOT = {
    "epoch": "",
    "revision": 0,
    "phase": "idle",
    "steps": [],
    "error": None,
    "options": None,
    "endpoint": None,
    "details_revision": 0,
    "log_end": 0,
    "elapsed": 0.0,
    "desktop": {"phase": "idle", "error": None},
    "kept": False,
    "token_kept": "",
    "log_begin": 0,
    "use": None,
    "present": [],
    "closing": None,
    "invitations": [],
}
STEP = {
    "name": "sshd",
    "title": "SSH server",
    "status": "pending",
    "detail": "",
    "progress": None,
    "seconds": None,
}

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
TABLES = st.dictionaries(TEXTS, VALUES, max_size=4)
NUMBERS = st.integers(-(2**63), 2**63)
MESSAGES = st.one_of(
    st.builds(Hello, NUMBERS, TEXTS, TEXTS, st.booleans()),
    st.builds(Connect, NUMBERS, TABLES, TEXTS, TABLES, TEXTS),
    st.builds(Disconnect, NUMBERS, st.booleans()),
    st.builds(Desktop, NUMBERS, st.booleans(), TABLES),
    st.builds(EndPresence, NUMBERS, TEXTS),
    st.builds(KeepOpen, NUMBERS, st.booleans()),
    st.builds(ChangePasswords, NUMBERS, st.booleans()),
    st.builds(Invite, NUMBERS, TEXTS, st.booleans(), TEXTS, NUMBERS),
    st.builds(Revoke, NUMBERS, TEXTS),
    st.builds(Journal, NUMBERS, NUMBERS),
    st.builds(Reply, NUMBERS, st.none() | TABLES, TABLES),
    st.builds(State, TABLES),
    st.builds(Log, NUMBERS, NUMBERS, NUMBERS, TEXTS),
    *(st.builds(kind, NUMBERS) for kind in (Cancel, Status, GetDetails, Stop)),
)


@pytest.mark.parametrize(
    ("message", "line"), ON_THE_WIRE, ids=[message.type for message, _ in ON_THE_WIRE]
)
def test_each_message_looks_like_this(message: Message, line: bytes) -> None:
    assert encode(message) == line
    assert decode(line) == message


def test_each_kind_of_message_has_its_sample_and_the_version_is_theirs() -> None:
    assert {message.type for message, _ in ON_THE_WIRE} == {
        kind.type for kind in get_args(messages.Message)
    }
    assert messages.VERSION == 9


def test_the_snapshot_and_its_steps_look_like_this() -> None:
    assert vars(Snapshot()) == SNAPSHOT
    assert vars(StepInfo("sshd", "SSH server")) == STEP


@given(MESSAGES)
def test_what_was_sent_is_what_arrives_in_one_line(message: Message) -> None:
    line = encode(message)
    assert line.count(b"\n") == 1 and line.endswith(b"\n")
    assert decode(line) == message


def test_what_utf_8_cannot_write_arrives_as_a_question_mark() -> None:
    assert decode(encode(Log(0, 1, 1, "a\udcffb"))) == Log(0, 1, 1, "a?b")


def test_fields_that_have_a_preset_may_be_left_out() -> None:
    assert decode(b'{"type":"disconnect","id":1}') == Disconnect(1, False)
    assert decode(b'{"type":"hello","protocol":1,"version":"x"}') == Hello(1, "x")


def refusal(line: bytes) -> str:
    with pytest.raises(ColabWidgetError) as raised:
        decode(line)
    assert raised.value.code == "message_invalid"
    return raised.value.info["cause"]


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        (b"", "It is not JSON."),
        (b"\n", "It is not JSON."),
        (b"GET / HTTP/1.1\r\n", "It is not JSON."),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "It is not JSON."),
        (b"\xff\xfe\x00", "It is not JSON."),
        (b'{"type":"status","id":1', "It is not JSON."),
        (b"[" * 200_000, "It is not JSON."),
        (b"9" * 5000, "It is not JSON."),
        (b"null", "It is not an object."),
        (b"[]", "It is not an object."),
        (b'"status"', "It is not an object."),
        (b"{}", "Its type is unknown."),
        (b'{"type":null}', "Its type is unknown."),
        (b'{"type":{"a":[]}}', "Its type is unknown."),
        (b'{"type":"shell","id":1}', "Its type is unknown."),
        (b'{"type":"status"}', "A status message lacks a field."),
        (b'{"type":"status","id":1,"x":2}', "A status message has no such field."),
        (b'{"type":"status","id":"1"}', "The field id of a status message has the wrong type."),
        (b'{"type":"status","id":1.5}', "The field id of a status message has the wrong type."),
        (b'{"type":"status","id":true}', "The field id of a status message has the wrong type."),
        (b'{"type":"status","id":null}', "The field id of a status message has the wrong type."),
        (
            b'{"type":"disconnect","id":1,"force":1}',
            "The field force of a disconnect message has the wrong type.",
        ),
        (
            b'{"type":"connect","id":1,"options":[]}',
            "The field options of a connect message has the wrong type.",
        ),
        (
            b'{"type":"connect","id":1,"options":{},"token":["x"]}',
            "The field token of a connect message has the wrong type.",
        ),
    ],
)
def test_what_is_no_message_is_refused_with_the_reason(line: bytes, cause: str) -> None:
    assert refusal(line) == cause


@given(st.binary() | VALUES.map(lambda value: json.dumps(value).encode()))
def test_garbage_is_refused_and_never_anything_else(line: bytes) -> None:
    assert refusal(line)


@given(st.sampled_from(ON_THE_WIRE), st.data())
def test_a_damaged_message_is_understood_or_refused(
    sample: tuple[Message, bytes], data: st.DataObject
) -> None:
    line = bytearray(sample[1])
    place = data.draw(st.integers(0, len(line) - 1))
    line[place : place + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=4))
    try:
        decode(bytes(line))
    except ColabWidgetError as error:
        assert error.code == "message_invalid"


@given(st.sampled_from(ON_THE_WIRE), TABLES)
def test_a_message_with_other_fields_is_understood_or_refused(
    sample: tuple[Message, bytes], more: dict[str, Any]
) -> None:
    values = {**json.loads(sample[1]), **more}
    try:
        decode(json.dumps(values).encode())
    except ColabWidgetError as error:
        assert error.code == "message_invalid"


def test_a_refusal_repeats_nothing_of_the_line() -> None:
    for line in (
        b'{"type":"connect","id":1,"options":{},"tokne":"s3cret-token"}',
        b'{"type":"connect","id":1,"options":{},"token":{"s3cret-token":1}}',
        b'{"type":"s3cret-token"}',
        b'{"type":"connect","s3cret-token":1}',
        b's3cret-token {"token',
    ):
        assert "s3cret" not in refusal(line)


def test_printing_a_message_shows_no_secret() -> None:
    shown = f"{Connect(1, {}, 's3cret')}{Reply(1, None, {'details': {'password': 's3cret'}})}"
    assert "s3cret" not in shown


def test_a_secret_itself_never_travels_by_accident() -> None:
    with pytest.raises(TypeError):
        encode(Connect(1, {"password": Secret("s3cret")}))


@pytest.mark.parametrize("code", sorted(ERRORS))
def test_every_error_travels_and_stays_the_same(code: str) -> None:
    error = ColabWidgetError(code)
    reply = decode(encode(Reply(1, dict(error.info))))
    assert isinstance(reply, Reply) and reply.error
    again = ColabWidgetError.from_info(reply.error)  # type: ignore[arg-type]
    assert (again.info, str(again)) == (error.info, str(error))
