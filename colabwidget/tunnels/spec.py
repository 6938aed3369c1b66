"""What a form needs to know of a tunnel, and how a tunnel says it."""

from __future__ import annotations

import re
from typing import Any, TypedDict

from colabwidget.core.details import Choice, ClientProgram

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")

#: Names of options that a field can be for.
FIELDS = ("server", "server_key", "identity", "address")


class Field(TypedDict):
    """An option that a provider asks for.

    ``name`` is that of the option: ``"server"``, ``"server_key"``, ``"identity"`` or
    ``"address"``. ``suggestions`` are values that many people use.
    """

    name: str
    label: str
    hint: str
    placeholder: str
    required: bool
    suggestions: list[Choice]


class Provider(TypedDict):
    """What a form needs to know of a tunnel provider.

    ``token_secret`` is the name under which people keep its token in a store of secrets.
    """

    name: str
    title: str
    hint: str
    needs_token: bool
    token_url: str
    token_secret: str
    regions: list[Choice]
    fields: list[Field]
    client: ClientProgram | None


def provider(name: str, title: str, hint: str, **more: Any) -> Provider:
    """Return a provider; what is not given is what a tunnel without a wish has.

    Parameters
    ----------
    name
        Lower-case letters, digits, ``-`` and ``_``.
    title, hint
        What people read: its name, and one or two sentences on when to use it.
    **more
        The other entries of `Provider`.

    Raises
    ------
    ValueError
        For a name that cannot be one, and for an entry that there is not.
    """
    made: Provider = {
        "name": name,
        "title": title,
        "hint": hint,
        "needs_token": False,
        "token_url": "",
        "token_secret": "",
        "regions": [],
        "fields": [],
        "client": None,
    }
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} cannot name a tunnel")
    if unknown := {*more} - {*made}:
        raise ValueError(f"A provider has no {', '.join(sorted(unknown))}")
    return {**made, **more}  # type: ignore[typeddict-item]


def field(
    name: str,
    label: str,
    hint: str = "",
    placeholder: str = "",
    required: bool = False,
    suggestions: list[Choice] | None = None,
) -> Field:
    """Return a field of a provider; see `Field`."""
    return {
        "name": name,
        "label": label,
        "hint": hint,
        "placeholder": placeholder,
        "required": required,
        "suggestions": suggestions or [],
    }
