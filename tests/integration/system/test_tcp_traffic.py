"""How much the connections of a port have carried, as the kernel counts it."""

from __future__ import annotations

import os
import socket

from colabwidget.system.tcp_traffic import TcpTraffic, client_ports, holders, received
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


def test_each_open_connection_is_known_by_its_port_and_its_holder() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(server.getsockname()) as client, server.accept()[0] as served:
            own = client.getsockname()[1]
            client.sendall(bytes(SENT))
            receive(served, SENT)
            assert client_ports(port) == {own}
            assert received(port) == {own: SENT}
            assert holders(port, own, [1, os.getpid(), 2**22 - 1]) - {1} == {os.getpid()}
            assert holders(port, own + 1, [os.getpid()]) == set()
        eventually(lambda: client_ports(port) == set())
        assert received(port) == {}
