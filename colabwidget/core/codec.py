"""Dataclasses as plain JSON values, and back: types are checked, and no error repeats a value."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import MISSING, Field, fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, is_typeddict

from colabwidget.core.secrets import Secret

_T = TypeVar("_T")
_Reader = Callable[[Any], Any]

#: What is wrong with values: no table at all, a name that no field has, a value of another type,
#: a field without a value.
Fault = Literal["no_table", "unknown", "wrong_type", "missing"]


class DecodeError(ValueError):
    """Values that are not those of a dataclass.

    Parameters
    ----------
    fault
        What is wrong with them.
    field
        Name of the field at fault, with dots inside of nested tables; empty for ``no_table``.
    expected
        For ``wrong_type``: the types that the field has, as its class names them.
    """

    def __init__(self, fault: Fault, field: str = "", expected: str = "") -> None:
        super().__init__(f"{fault} {field}".rstrip())
        self.fault = fault
        self.field = field
        self.expected = expected


def decode(cls: type[_T], values: object) -> _T:
    """Make an instance of a dataclass of values that have come as JSON.

    The types are exact, so that ``true`` is no number; only an integer may stand for a ``float``. A
    `Secret` comes as its text. Of a ``TypedDict``, and of ``dict[str, Any]``, only that it is a
    table is checked.

    Parameters
    ----------
    cls
        The dataclass, whose fields have types that JSON has, or are dataclasses themselves. Its
        module has no ``from __future__ import annotations``: the types are objects, not text.
    values
        A table by names of fields. Fields with a default may be missing.

    Raises
    ------
    DecodeError
        For the first fault in the order of the values.
    """
    if not isinstance(values, dict):
        raise DecodeError("no_table")
    known = _fields_of(cls)
    found: dict[str, Any] = {}
    for name, value in values.items():
        field = known.get(name)
        if field is None:
            raise DecodeError("unknown", name)
        try:
            found[name] = field.read(value)
        except _Mismatch:
            raise DecodeError("wrong_type", name, _name(field.annotation)) from None
        except DecodeError as error:
            if error.fault == "no_table":
                raise DecodeError("wrong_type", name, _name(field.annotation)) from None
            raise DecodeError(error.fault, f"{name}.{error.field}", error.expected) from None
    for name, field in known.items():
        if field.required and name not in found:
            raise DecodeError("missing", name)
    return cls(**found)


def encode(instance: Any, *, reveal: bool = False) -> dict[str, Any]:
    """Return a dataclass as plain values, those of nested ones included.

    Parameters
    ----------
    instance
        Of a dataclass.
    reveal
        Whether secrets are among the values, as text; else the fields that may hold one are left
        out.
    """
    return {
        name: _plain(getattr(instance, name), reveal)
        for name, field in _fields_of(type(instance)).items()
        if reveal or not field.secret
    }


class _Mismatch(Exception):
    """A value has another type than its field."""


# Types of JSON that stand for themselves.
_PLAIN = (str, int, bool, list, dict, NoneType)


class _Field:
    """How a field of a dataclass is read."""

    __slots__ = ("annotation", "read", "required", "secret")

    def __init__(self, field: Field[Any]) -> None:
        annotation: Any = field.type
        self.annotation = annotation
        self.read = _reader(annotation)
        self.required = field.default is MISSING and field.default_factory is MISSING
        self.secret = annotation is Secret or Secret in get_args(annotation)


_known: dict[type, dict[str, _Field]] = {}


def _fields_of(cls: type) -> dict[str, _Field]:
    """Return the fields of a dataclass by name; they are read at its first use."""
    found = _known.get(cls)
    if found is None:
        found = _known[cls] = {field.name: _Field(field) for field in fields(cls)}
    return found


def _reader(annotation: Any) -> _Reader:
    """Return what checks and converts a value of a type."""
    if annotation is Any:
        return lambda value: value
    if annotation is None:
        return _of_type(NoneType)
    if annotation is float:
        return _of_type(float, int)
    if annotation in _PLAIN:
        return _of_type(annotation)
    if annotation is Secret:
        read_text = _of_type(str)
        return lambda value: Secret(read_text(value))
    if isinstance(annotation, type) and is_dataclass(annotation):
        return lambda value: decode(annotation, value)
    if is_typeddict(annotation):
        return _of_type(dict)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        return _any_of([_reader(each) for each in arguments])
    if origin is Literal:
        return _member(arguments)
    if origin is list:
        return _list_of(arguments[0])
    if origin is dict:
        return _dict_of(arguments[1])
    raise TypeError(f"{annotation} is no type of JSON")


def _name(annotation: Any) -> str:
    """Return a type as its class has it, without the modules that names come from."""
    plain = get_origin(annotation) is None and isinstance(annotation, type)
    return annotation.__name__ if plain else re.sub(r"\w+\.", "", str(annotation))


def _of_type(*types: type) -> _Reader:
    def read(value: Any) -> Any:
        if type(value) not in types:
            raise _Mismatch
        return value

    return read


def _member(members: tuple[Any, ...]) -> _Reader:
    def read(value: Any) -> Any:
        if not any(type(value) is type(each) and value == each for each in members):
            raise _Mismatch
        return value

    return read


def _any_of(readers: list[_Reader]) -> _Reader:
    def read(value: Any) -> Any:
        last: Exception = _Mismatch()
        for each in readers:
            try:
                return each(value)
            except _Mismatch:
                continue
            except DecodeError as error:
                last = error
        raise last

    return read


def _list_of(item: Any) -> _Reader:
    read_list = _of_type(list)
    if item is Any:
        return read_list
    read_item = _reader(item)
    return lambda value: [read_item(each) for each in read_list(value)]


def _dict_of(item: Any) -> _Reader:
    read_dict = _of_type(dict)
    if item is Any:
        return read_dict
    read_value = _reader(item)
    return lambda value: {name: read_value(each) for name, each in read_dict(value).items()}


def _plain(value: Any, reveal: bool) -> Any:
    """Return a value as JSON has it."""
    if isinstance(value, (list, tuple)):
        return [_plain(each, reveal) for each in value]
    if isinstance(value, dict):
        return {name: _plain(each, reveal) for name, each in value.items()}
    if isinstance(value, Secret) and reveal:
        return value.reveal()
    if is_dataclass(value) and not isinstance(value, type):
        return encode(value, reveal=reveal)
    return value
