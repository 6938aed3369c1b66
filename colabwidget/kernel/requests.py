"""What a widget's pages request: each request is carried out once, and its outcome is kept."""

from __future__ import annotations

import threading
from collections.abc import Callable

from colabwidget.core.errors import ColabWidgetError, ErrorInfo
from colabwidget.kernel.page_messages import Content

_REMEMBERED = 50


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

    def has(self, request: str) -> bool:
        """Tell whether a request of that name has come before."""
        return request in self._requests

    def run(self, request: str, work: Callable[[], object]) -> None:
        """Carry out a request, once; its outcome travels with the state until it is seen."""
        if self._is_new(request):
            self._finish(request, _outcome(work))

    def run_in_thread(self, request: str, work: Callable[[], object]) -> None:
        """Carry out a request, once, in a thread of its own: the bridge goes on meanwhile."""

        def do() -> None:
            error = _outcome(work)
            self._put(lambda: self._finish(request, error))

        if self._is_new(request):
            threading.Thread(target=do, name="colabwidget-request", daemon=True).start()

    def _is_new(self, request: str) -> bool:
        """Tell whether a request comes for the first time, and remember it."""
        if request in self._requests:
            return False
        self._requests = [*self._requests[1 - _REMEMBERED :], request]
        return True

    def _finish(self, request: str, error: ErrorInfo | None) -> None:
        self.last = {"request": request, "error": error}
        self._on_outcome()


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
