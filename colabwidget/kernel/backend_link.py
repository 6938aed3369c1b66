"""The connection of one bridge to the backend: found, started where it is needed, and lost.

The client is imported where it is used: it takes several milliseconds, and most forms are shown
where no backend runs yet. `kernel.bridge` loads it a moment later.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from colabwidget.core.errors import ColabWidgetError, ErrorInfo
from colabwidget.core.snapshot import Snapshot
from colabwidget.system import paths

if TYPE_CHECKING:
    from colabwidget.ipc import client, messages


class BackendLink:
    """Holds the connection. All but `client` and `first_look` is for the bridge's thread.

    Parameters
    ----------
    put
        Queues work for the bridge's thread, in which the following are called.
    on_state
        Gets each state of the backend.
    on_log
        Gets each event of the log.
    on_lost
        Called once the backend is gone.
    on_refusal
        Gets why a backend that runs cannot be used, and ``None`` when it is gone.
    """

    def __init__(
        self,
        put: Callable[[Callable[[], None]], None],
        on_state: Callable[[Snapshot], None],
        on_log: Callable[[messages.Log], None],
        on_lost: Callable[[], None],
        on_refusal: Callable[[ErrorInfo | None], None],
    ) -> None:
        self._put = put
        self._on_state = on_state
        self._on_log = on_log
        self._on_lost = on_lost
        self._on_refusal = on_refusal
        self._refusal: ErrorInfo | None = None
        self._suspended = False
        self.client: client.Client | None = None
        self.first_look = threading.Event()  # set once it is known whether a backend runs

    def look(self) -> None:
        """Connect to a backend that runs; none is started."""
        try:
            if not self.client and not self._suspended:
                self._look()
        finally:
            self.first_look.set()

    def _look(self) -> None:
        if not paths.may_be_served():
            if self._refusal:
                self._refuse(None)
            return
        from colabwidget.ipc import client

        try:
            self.client = client.find(self._receive, self._lose)
            self._refusal = None
        except ColabWidgetError as error:
            if self._refusal != error.info:  # it is reported once
                self._refuse(error.info)

    def _refuse(self, error: ErrorInfo | None) -> None:
        self._refusal = error
        self._on_refusal(error)

    def ensure(self) -> client.Client:
        """Return a connection; a backend is started if none runs."""
        if self.client is None:
            from colabwidget.ipc import client

            self.client = client.ensure(self._receive, self._lose)
        return self.client

    def require(self) -> client.Client:
        """Return the connection.

        Raises
        ------
        ColabWidgetError
            ``not_connected``, where no backend runs.
        """
        if self.client is None:
            raise ColabWidgetError("not_connected")
        return self.client

    def token_needed(self, options: dict[str, Any], needs_token: bool, *, given: bool) -> bool:
        """Tell whether to connect takes a token now; see `colabwidget.ipc.client.token_needed`."""
        from colabwidget.ipc import client

        return client.token_needed(self.client, options, needs_token, given=given)

    def stop_any(self) -> None:
        """Stop a backend of any version."""
        from colabwidget.ipc import client

        client.stop_any()

    def phase(self) -> str:
        """Return the phase of the session, as the backend has it now."""
        return str(self.client.status()["snapshot"]["phase"]) if self.client else "idle"

    @property
    def is_other_version(self) -> bool:
        """Whether a backend of another version runs."""
        return bool(self._refusal and self._refusal["code"] == "backend_version")

    def suspend(self) -> None:
        """Look for no backend until `resume`: the one that runs is about to end."""
        self._suspended = True

    def resume(self) -> None:
        """Look for a backend again; that of before is gone."""
        self._suspended = False
        self._refuse(None)

    def close(self) -> None:
        """Close the connection; the session goes on."""
        if self.client:
            self.client.close()

    # In the client's thread

    def _receive(self, event: messages.State | messages.Log) -> None:
        from colabwidget.ipc import messages

        if isinstance(event, messages.State):
            snapshot = Snapshot.from_dict(event.snapshot)
            self._put(lambda: self._on_state(snapshot))
        else:
            self._put(lambda: self._on_log(event))

    def _lose(self) -> None:
        self._put(self._forget)

    def _forget(self) -> None:
        self.client = None
        self._on_lost()
