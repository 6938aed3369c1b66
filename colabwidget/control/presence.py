"""What the faces do about what is in a session: end one, keep the session open."""

from __future__ import annotations

from collections.abc import Callable

from colabwidget.core.errors import ColabWidgetError
from colabwidget.ipc import client


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
    _request(lambda backend: backend.end_presence(name))


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
    _request(lambda backend: backend.keep_open(for_good=for_good))


def _request(request: Callable[[client.Client], object]) -> None:
    backend = client.find()
    if backend is None:
        raise ColabWidgetError("not_connected")
    try:
        request(backend)
    finally:
        backend.close()
