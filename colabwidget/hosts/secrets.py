"""Tokens by name: what Colab, Kaggle and the environment keep for a notebook.

A secret is read only where the user has named it. Its value goes straight into the request to
connect; no error holds it, not even in the chain of causes.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.secrets import Secret, looks_random
from colabwidget.hosts import KINDS

_NAME = r"[A-Za-z_][A-Za-z0-9_]{0,63}"  # compiled at its first use


class Found(NamedTuple):
    """A token, and where it comes from.

    Parameters
    ----------
    token
        As it is stored.
    origin
        The place, for the log; empty for a typed token.
    """

    token: Secret
    origin: str = ""


def checked_name(name: str) -> str:
    """Return the name of a secret; empty for none.

    Raises
    ------
    ColabWidgetError
        ``secret_name_invalid``, without the text, which may be a token.
    """
    if name and (not re.fullmatch(_NAME, name) or looks_random(name)):
        raise ColabWidgetError("secret_name_invalid")
    return name


def getter(typed: str, name: str, kind: str, needed: Callable[[], bool]) -> Callable[[], Found]:
    """Return a function for the token: the typed one, else the secret of that name.

    A store that asks the page is read at once: the page answers only while the caller is in the
    kernel's main thread, inside of a cell or of a message from the page.

    Parameters
    ----------
    typed, name
        One of them may be empty; both where no token was given.
    kind
        Name of the kind of machine; see `colabwidget.hosts.Host`.
    needed
        Tells whether a token will be needed; called only before the page is asked.
    """
    if typed or not name:
        found = Found(Secret(typed))
        return lambda: found
    if not KINDS[kind].store_asks_page or not needed():
        return lambda: read(name, kind)
    try:
        found = read(name, kind)
    except ColabWidgetError as error:
        info = error.info

        def refuse() -> Found:
            raise ColabWidgetError.from_info(info)

        return refuse
    return lambda: found


def read(name: str, kind: str, environment: Mapping[str, str] | None = None) -> Found:
    """Read a secret that the user has named.

    The machine's store comes first, then the environment.

    Parameters
    ----------
    name
        The secret's name.
    kind
        What machine this is; see `colabwidget.hosts.Host`.
    environment
        The variables; this process's own unless given.

    Raises
    ------
    ColabWidgetError
        ``secret_name_invalid``, ``secret_missing``, ``secret_no_access``, ``secret_timeout`` or
        ``secret_unreadable``.
    """
    checked_name(name)
    reason = "The environment does not have it."
    host = KINDS[kind]
    refusal = ColabWidgetError("secret_missing", secret=name, reason=reason, add=host.add_secret)
    if host.store:
        value: Any = None
        try:
            value = host.read_secret(name)
        except ColabWidgetError as error:
            refusal = error
        except Exception as error:
            # Its text may repeat what was read; its type cannot.
            refusal = ColabWidgetError(
                "secret_unreadable", store=host.store, reason=f"{type(error).__name__}."
            )
        if isinstance(value, str) and value.strip():
            return Found(Secret(value), f"{host.store}: {name}")
        if value is not None:
            refusal = host.missing(name)
    variables = os.environ if environment is None else environment
    if (value := variables.get(name, "")).strip():
        return Found(Secret(value), f"the environment: {name}")
    raise refusal
