"""An extension of the server's own, where the package is in its environment: raw bytes."""

from __future__ import annotations

from urllib.parse import quote

from colabwidget.through import websocket
from colabwidget.through.jupyter import Server
from colabwidget.through.pairing import Machine
from colabwidget.through.ways.over_websocket import OverWebSocket

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


class ExtensionLink(OverWebSocket):
    """A link; see `colabwidget.through.ways.link.Link`."""

    def send(self, data: bytes) -> None:
        """Send bytes."""
        for at in range(0, len(data), _PIECE):
            self._connection.send(data[at : at + _PIECE])

    def receive(self) -> bytes:
        """Return the bytes that have come."""
        found = self._connection.receive()
        return b"".join(payload for kind, payload in found if kind == websocket.BINARY)


WAY = ExtensionWay()
