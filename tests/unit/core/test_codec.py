"""Dataclasses as JSON: written values are read again, others refused without repeating them."""

import json
from dataclasses import dataclass, field
from typing import Any, Literal, TypedDict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colabwidget.core import codec
from colabwidget.core.codec import DecodeError, decode, encode
from colabwidget.core.secrets import Secret


class Note(TypedDict):
    text: str


@dataclass(frozen=True)
class Key:
    bits: int
    secret: Secret
    spare: Secret | None = None


@dataclass
class Everything:
    kind: Literal["one", "two", 3]
    name: str
    count: int
    share: float | None
    ready: bool
    table: dict[str, Any]
    sizes: dict[str, int] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    key: Key | None = None


WHOLE: dict[str, Any] = {
    "kind": "one",
    "name": "n",
    "count": 1,
    "share": 0.5,
    "ready": True,
    "table": {"any": [None]},
    "sizes": {"a": 1},
    "notes": [{"text": "t"}],
    "words": ["w"],
    "key": {"bits": 2, "secret": "hidden", "spare": None},
}

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
KEYS = st.builds(Key, st.integers(), TEXTS.map(Secret), st.none() | TEXTS.map(Secret))
EVERYTHING = st.builds(
    Everything,
    st.sampled_from(["one", "two", 3]),
    TEXTS,
    st.integers(),
    st.none() | st.floats(allow_nan=False),
    st.booleans(),
    st.dictionaries(TEXTS, st.none() | st.integers() | st.lists(TEXTS)),
    st.dictionaries(TEXTS, st.integers()),
    st.lists(TEXTS.map(lambda text: Note(text=text))),
    st.lists(TEXTS),
    st.none() | KEYS,
)


def fault(values: object) -> DecodeError:
    with pytest.raises(DecodeError) as raised:
        decode(Everything, values)
    return raised.value


@given(EVERYTHING)
def test_what_was_encoded_is_decoded_to_the_same(value: Everything) -> None:
    assert decode(Everything, json.loads(json.dumps(encode(value, reveal=True)))) == value


def test_secrets_are_left_out_unless_they_are_revealed() -> None:
    whole = decode(Everything, WHOLE)
    assert whole.key == Key(2, Secret("hidden"))
    assert encode(whole, reveal=True) == WHOLE
    assert encode(whole)["key"] == {"bits": 2}
    assert "hidden" not in f"{encode(whole)}{whole}"


def test_a_field_with_a_default_may_be_missing_and_no_other() -> None:
    least = {name: WHOLE[name] for name in ("kind", "name", "count", "share", "ready", "table")}
    assert decode(Everything, least).words == []
    del least["count"]
    error = fault(least)
    assert (error.fault, error.field) == ("missing", "count")


@pytest.mark.parametrize(
    ("change", "field", "expected"),
    [
        ({"kind": "three"}, "kind", "Literal['one', 'two', 3]"),
        ({"kind": 3.0}, "kind", None),
        ({"name": None}, "name", "str"),
        ({"count": True}, "count", "int"),
        ({"count": 1.0}, "count", "int"),
        ({"share": "0.5"}, "share", "float | None"),
        ({"share": False}, "share", None),
        ({"ready": 1}, "ready", "bool"),
        ({"table": []}, "table", "dict[str, Any]"),
        ({"sizes": {"a": "1"}}, "sizes", "dict[str, int]"),
        ({"notes": ["t"]}, "notes", None),
        ({"words": "w"}, "words", "list[str]"),
        ({"words": [1]}, "words", None),
        ({"key": []}, "key", "Key | None"),
        ({"key": {"bits": "2", "secret": "x"}}, "key.bits", "int"),
        ({"key": {"bits": 2, "secret": 3}}, "key.secret", "Secret"),
    ],
)
def test_a_value_of_another_type_is_refused(
    change: dict[str, Any], field: str, expected: str | None
) -> None:
    error = fault(WHOLE | change)
    assert (error.fault, error.field) == ("wrong_type", field)
    assert expected is None or error.expected.replace('"', "'") == expected


@pytest.mark.parametrize("values", [None, [], "text", 1])
def test_what_is_no_table_is_refused(values: object) -> None:
    assert fault(values).fault == "no_table"


def test_an_unknown_name_is_refused_also_inside() -> None:
    assert fault(WHOLE | {"other": 1}).fault == "unknown"
    inside = fault(WHOLE | {"key": {"bits": 2, "secret": "x", "other": 1}})
    assert (inside.fault, inside.field) == ("unknown", "key.other")


@pytest.mark.parametrize("name", WHOLE)
def test_no_error_repeats_a_value(name: str) -> None:
    secret = "correct horse battery staple"
    for wrong in (secret, [secret], {"x": secret}, {"key": {"bits": secret, "secret": secret}}):
        try:
            decode(Everything, WHOLE | {name: wrong})
        except DecodeError as error:
            assert secret not in f"{error}{error!r}{vars(error)}"
            assert error.__cause__ is None and error.__suppress_context__


def test_an_integer_stands_for_a_float() -> None:
    assert decode(Everything, WHOLE | {"share": 1}).share == 1


def test_a_class_with_a_type_that_json_lacks_is_a_mistake_of_ours() -> None:
    @dataclass
    class Wrong:
        when: bytes

    with pytest.raises(TypeError, match="no type of JSON"):
        codec.decode(Wrong, {"when": "now"})
