"""No tunnel: this machine's own address, for clients in the same network."""

from __future__ import annotations

import asyncio
import socket

from colabwidget.core.endpoint import Endpoint
from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.options import Options
from colabwidget.core.secrets import Secret
from colabwidget.runtime.pump import CHUNK, pump
from colabwidget.runtime.supervisor import NeverFails
from colabwidget.tunnels.base import Tunnel, TunnelContext
from colabwidget.tunnels.direct.spec import SPEC

_LINGER = 2.0  # seconds
_MOST_LINGER = 50  # connections; a flood of them is let go sooner


class DirectTunnel(NeverFails, Tunnel):
    """Forwards a port of one address of this machine to the local port; parameters as `Tunnel`'s.

    The option ``address`` is the one to listen on; empty for the one of this machine. A listening
    socket stays, and does not hang.
    """

    spec = SPEC
    title = "the listening socket"
    gone = "tunnel_gone"

    def __init__(self, options: Options, token: Secret, context: TunnelContext) -> None:
        self._address = options.address.removeprefix("[").removesuffix("]")
        self._context = context
        self._server: asyncio.AbstractServer | None = None
        self._forwards: set[asyncio.Task[None]] = set()
        self._lingering: dict[asyncio.Future[None], None] = {}  # the oldest first
        self._addresses: dict[int, str] = {}  # of clients, by the port on 127.0.0.1

    async def prepare(self) -> None:
        """Find the address."""
        self._address = self._address or own_address()

    async def open(self, local_port: int) -> Endpoint:
        """Listen, and forward to the local port."""

        async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task
            self._forwards.add(task)
            try:
                await self._forward(reader, writer, local_port)
            except asyncio.CancelledError:
                pass  # the tunnel is being closed; both ends are closed already
            finally:
                self._forwards.discard(task)

        try:
            self._server = await asyncio.start_server(forward, self._address, 0, limit=CHUNK)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "It is not an address"
            raise ColabWidgetError(
                "direct_address", address=self._address[:60], reason=f"{reason}."
            ) from error
        port = self._server.sockets[0].getsockname()[1]
        self._context.journal.add(f"Listening on {self._address} port {port}.")
        return Endpoint(self._address, port)

    def is_online(self) -> bool:
        """Return false: only the network knows where the address leads."""
        return False

    def running(self) -> bool:
        """Tell whether the socket listens."""
        return self._server is not None and self._server.is_serving()

    def client_address(self, port: int) -> str:
        """Return the address of a client."""
        return self._addresses.get(port, "")

    async def close(self) -> None:
        """Stop listening and end what is being forwarded."""
        if self._server:
            self._server.close()
            self._server = None
        for task in self._forwards.copy():
            task.cancel()
        if self._forwards:
            await asyncio.wait(self._forwards, timeout=2.0)

    async def _forward(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, local_port: int
    ) -> None:
        try:
            inner_reader, inner_writer = await asyncio.open_connection(
                "127.0.0.1", local_port, limit=CHUNK
            )
        except OSError:
            writer.close()
            return
        port = inner_writer.get_extra_info("sockname")[1]
        self._addresses[port] = writer.get_extra_info("peername")[0]
        outwards = asyncio.ensure_future(pump(inner_reader, writer))
        inwards = asyncio.ensure_future(pump(reader, inner_writer))
        try:
            await outwards
            # Once the service has ended the connection, a client may stay silent for ever.
            if len(self._lingering) >= _MOST_LINGER:
                oldest = next(iter(self._lingering))
                del self._lingering[oldest]
                oldest.cancel()
            self._lingering[inwards] = None
            await asyncio.wait({inwards}, timeout=_LINGER)
        finally:
            self._lingering.pop(inwards, None)
            del self._addresses[port]
            for each in (outwards, inwards):
                each.cancel()
            for end in (writer, inner_writer):
                end.close()


def own_address() -> str:
    """Return the address that this machine has in its network; 127.0.0.1 where it has none.

    Connecting a datagram socket sends nothing: the system only looks up the route.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # TEST-NET-1 of RFC 5737
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])


TUNNEL = DirectTunnel
