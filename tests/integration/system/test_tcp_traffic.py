"""How much the connections of a port have carried, as the kernel counts it."""

from __future__ import annotations

import socket

from colabwidget.system.tcp_traffic import TcpTraffic
from tests.kit.waiting import eventually

SENT, ANSWERED = 100_000, 50_000


def receive(connection: socket.socket, size: int) -> None:
    while size > 0:
        size -= len(connection.recv(65_536))


def test_bytes_of_both_directions_are_added_up_for_one_port() -> None:
    traffic = TcpTraffic()
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_server(("127.0.0.1", 0)) as other,
    ):
        port = server.getsockname()[1]
        assert traffic.look(port) == 0
        for round_ in (1, 2):
            with (
                socket.create_connection(server.getsockname()) as client,
                server.accept()[0] as served,
                socket.create_connection(other.getsockname()) as noise,
                other.accept()[0] as heard,
            ):
                client.sendall(bytes(SENT))
                receive(served, SENT)
                served.sendall(bytes(ANSWERED))
                receive(client, ANSWERED)
                noise.sendall(bytes(SENT))
                receive(heard, SENT)
                # The client's kernel has yet to acknowledge the last of them.
                carried = round_ * (SENT + ANSWERED)
                eventually(lambda carried=carried: traffic.look(port) == carried)
        # What was counted of a connection stays when it has ended.
        assert traffic.look(port) == 2 * (SENT + ANSWERED)
