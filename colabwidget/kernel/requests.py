"""What a widget's pages request: each request is carried out once, and its outcome is kept."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from colabwidget.core.errors import ColabWidgetError, ErrorInfo

_REMEMBERED = 50

Content = dict[str, Any]


class RequestLog:
    """Carries out requests of pages. A page repeats a request that may have been lost.

    Parameters
    ----------
    put
        Queues work for the bridge's thread.
    on_outcome
        Called in that thread after each request that is done.
    """

    def __init__(
        self, put: Callable[[Callable[[], None]], None], on_outcome: Callable[[], None]
    ) -> None:
        self._put = put
        self._on_outcome = on_outcome
        self._requests: list[str] = []
        self.last: Content | None = None

    def has(self, content: Content) -> bool:
        """Tell whether that request has come before."""
        return _name(content) in self._requests

    def run(self, content: Content, work: Callable[[], object]) -> None:
        """Carry out a request, once; its outcome travels with the state until it is seen."""
        if request := self._new(content):
            self._finish(request, _outcome(work))

    def run_in_thread(self, content: Content, work: Callable[[], object]) -> None:
        """Carry out a request, once, in a thread of its own: the bridge goes on meanwhile."""

        def do() -> None:
            error = _outcome(work)
            self._put(lambda: self._finish(request, error))

        if request := self._new(content):
            threading.Thread(target=do, name="colabwidget-request", daemon=True).start()

    def _new(self, content: Content) -> str:
        """Return the request's name; an empty one where it has come before."""
        request = _name(content)
        if request in self._requests:
            return ""
        self._requests = [*self._requests[1 - _REMEMBERED :], request]
        return request

    def _finish(self, request: str, error: ErrorInfo | None) -> None:
        self.last = {"request": request, "error": error}
        self._on_outcome()


def _name(content: Content) -> str:
    return str(content.get("request"))[:100]


def _outcome(work: Callable[[], object]) -> ErrorInfo | None:
    """Do the work, and return what went wrong."""
    try:
        work()
    except ColabWidgetError as failure:
        return failure.info
    except Exception as failure:
        # The message might repeat what was sent; the kind of error cannot.
        return ColabWidgetError("internal", reason=f"{type(failure).__name__}.").info
    return None
