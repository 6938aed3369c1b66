"""What a widget's pages ask for, done once each, and how it went."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from colabwidget.core.errors import ColabWidgetError, ErrorInfo

_REMEMBERED = 50

Content = dict[str, Any]


class Answers:
    """Does what pages ask for. A page may ask for the same again: its question may be lost.

    Parameters
    ----------
    put
        Puts work in the line of the bridge's thread.
    told
        Called in that thread whenever there is a new answer.
    """

    def __init__(self, put: Callable[[Callable[[], None]], None], told: Callable[[], None]) -> None:
        self._put = put
        self._told = told
        self._requests: list[str] = []
        self.last: Content | None = None

    def has(self, content: Content) -> bool:
        """Tell whether that has been asked for before."""
        return _name(content) in self._requests

    def now(self, content: Content, work: Callable[[], object]) -> None:
        """Do what was asked for, once; its outcome travels with the state until it is seen."""
        if request := self._new(content):
            self._tell(request, _outcome(work))

    def later(self, content: Content, work: Callable[[], object]) -> None:
        """Do the same in a thread of its own: until it is done, the page sees how it goes."""

        def do() -> None:
            error = _outcome(work)
            self._put(lambda: self._tell(request, error))

        if request := self._new(content):
            threading.Thread(target=do, name="colabwidget-request", daemon=True).start()

    def _new(self, content: Content) -> str:
        """Return the request's name; an empty one where it has come before."""
        request = _name(content)
        if request in self._requests:
            return ""
        self._requests = [*self._requests[1 - _REMEMBERED :], request]
        return request

    def _tell(self, request: str, error: ErrorInfo | None) -> None:
        self.last = {"request": request, "error": error}
        self._told()


def _name(content: Content) -> str:
    return str(content.get("request"))[:100]


def _outcome(work: Callable[[], object]) -> ErrorInfo | None:
    """Do it, and return what went wrong."""
    try:
        work()
    except ColabWidgetError as failure:
        return failure.info
    except Exception as failure:
        # The message might repeat what was sent; the kind of error cannot.
        return ColabWidgetError("internal", reason=f"{type(failure).__name__}.").info
    return None
