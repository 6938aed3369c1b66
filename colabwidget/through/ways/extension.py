"""An extension of the server's own, where the package is in its environment: raw bytes."""

from __future__ import annotations

from urllib.parse import quote

from colabwidget.through import websocket
from colabwidget.through.jupyter import Server
from colabwidget.through.pairing import Machine
from colabwidget.through.websocket import WebSocket

_PIECE = 64 * 1024  # bytes of one message


class ExtensionWay:
    """Links through `colabwidget.relays.server_extension`."""

    name = "extension"

    def probe(self, server: Server) -> bool:
        """Return true: it is opened, or not there."""
        return True

    def open(self, server: Server, machine: Machine) -> ExtensionLink:
        """Open a link."""
        place = f"colabwidget/through?socket={quote(machine.socket, safe='')}"
        return ExtensionLink(server.open(place))


class ExtensionLink:
    """A link; see `colabwidget.through.ways.link.Link`.

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

    def send(self, data: bytes) -> None:
        """Send bytes."""
        for at in range(0, len(data), _PIECE):
            self._connection.send(data[at : at + _PIECE])

    def flush(self) -> None:
        """Send what can be sent now."""
        self._connection.flush()

    def receive(self) -> bytes:
        """Return the bytes that have come."""
        found = self._connection.receive()
        return b"".join(payload for kind, payload in found if kind == websocket.BINARY)

    def close(self) -> None:
        """Close it."""
        self._connection.close()


WAY = ExtensionWay()
