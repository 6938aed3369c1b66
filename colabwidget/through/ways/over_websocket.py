"""What links over a WebSocket of the notebook's server have in common."""

from __future__ import annotations

from colabwidget.through.websocket import WebSocket


class OverWebSocket:
    """A part of `colabwidget.through.ways.link.Link`: all but what bytes become on the way.

    Parameters
    ----------
    connection
        Its WebSocket.
    """

    def __init__(self, connection: WebSocket) -> None:
        self._connection = connection

    def fileno(self) -> int:
        """Return the descriptor to wait for."""
        return self._connection.fileno()

    @property
    def pending(self) -> int:
        """Bytes that are still to be sent."""
        return self._connection.pending

    @property
    def wants_write(self) -> bool:
        """Whether to wait until it can be written to."""
        return self._connection.wants_write

    def flush(self) -> None:
        """Send what can be sent now."""
        self._connection.flush()

    def close(self, *, for_good: bool = False) -> None:
        """Close it; the backend closes what the server has at the other end."""
        self._connection.close()
