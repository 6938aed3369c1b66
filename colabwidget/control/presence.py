"""What the faces do about who is in a session: end one, keep it open, change the passwords."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from colabwidget.core.details import Details
from colabwidget.core.errors import ColabWidgetError
from colabwidget.ipc import client

_T = TypeVar("_T")


def end_presence(name: str) -> None:
    """End an SSH connection, or a shell or view inside a notebook; it may have ended before.

    Parameters
    ----------
    name
        Its name among what `status` returns as ``present``.

    Raises
    ------
    ColabWidgetError
        ``not_connected`` where nothing is open.
    """
    request(lambda backend: backend.end_presence(name))


def keep_open(*, for_good: bool = False) -> None:
    """Begin the time until the session closes by itself anew.

    Parameters
    ----------
    for_good
        Whether it does not close by itself any more.

    Raises
    ------
    ColabWidgetError
        ``not_connected`` where nothing is open.
    """
    request(lambda backend: backend.keep_open(for_good=for_good))


def change_passwords(*, end: bool = False) -> Details:
    """Have new passwords for the session's account and desktop, and return the details with them.

    Parameters
    ----------
    end
        Whether SSH connections that are open end; else they go on.

    Raises
    ------
    ColabWidgetError
        ``not_connected`` where nothing is open; ``no_password`` where there is none.
    """

    def change(backend: client.Client) -> Details:
        backend.change_passwords(end=end)
        return Details.from_dict(backend.details()["details"])

    return request(change)


def request(ask: Callable[[client.Client], _T]) -> _T:
    """Ask the backend that runs for something, and return the answer.

    Parameters
    ----------
    ask
        Gets a connection to it, which is closed afterwards.

    Raises
    ------
    ColabWidgetError
        ``not_connected`` where none runs, and what `ask` raises.
    """
    backend = client.find()
    if backend is None:
        raise ColabWidgetError("not_connected")
    try:
        return ask(backend)
    finally:
        backend.close()
