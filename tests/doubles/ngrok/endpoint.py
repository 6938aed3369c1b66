"""A public TCP port, and the bytes that pass through it."""

from __future__ import annotations

import os
import socket
import threading
from typing import TYPE_CHECKING, Any

from .behaviour import behaviour
from .doors import Door, EdgeDoor

if TYPE_CHECKING:
    from .agent import Agent

CHUNK = 1 << 18


class Endpoint:
    """One public TCP port and the connections through it."""

    def __init__(self, agent: Agent, name: str, upstream: tuple[str, int]) -> None:
        self.agent, self.name, self.upstream = agent, name, upstream
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._door: Door | EdgeDoor | None = None
        self.port = 0
        self.connections = 0
        self.listen(0)
        # What the API says stays as it was, whatever port a new session brings.
        self.public_url = f"tcp://{agent.public_host()}:{self.port}"

    def listen(self, port: int) -> None:
        session = self.agent.session
        with self._lock:  # a client that comes at once waits until the door is known here
            if session:
                self._door = EdgeDoor(session, self.name, port, self._serve)
            else:
                self._door = Door(port, self._serve)
        self.port = self._door.port

    def close(self) -> None:
        """No port and no connection is open any more; both ends see a reset or an end of file."""
        with self._lock:
            door, self._door = self._door, None
            sockets, self._open = self._open, set()
        if door:
            door.close()
        for sock in sockets:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def _serve(self, door: Door | EdgeDoor, client: socket.socket, peer: Any) -> None:
        nowhere = behaviour().get("forward_nowhere")
        left = behaviour().get("connections_left", self.connections + 1)
        if nowhere is True or self.connections >= left:
            _close_cleanly(client)
            return
        host, port = self.upstream
        ident = os.urandom(6).hex()
        try:
            if nowhere:
                raise ConnectionRefusedError
            server = socket.create_connection((host, port), timeout=10)
        except OSError:
            self.agent.log(
                "warn",
                "failed to open private leg",
                id=ident,
                privaddr=f"{host}:{port}",
                err=f"dial tcp {host}:{port}: connect: connection refused",
            )
            _close_cleanly(client)
            return
        self.connections += 1
        server.settimeout(None)
        for sock in (client, server):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._lock:
            self._open |= {client, server}
            # Accepted just before the session was lost: lost with it.
            lost = door is not self._door
        if lost:
            client.shutdown(socket.SHUT_RDWR)
        self.agent.log(
            "info",
            "join connections",
            obj="join",
            id=ident,
            l=f"{host}:{port}",
            r=f"{peer[0]}:{peer[1]}",
        )
        other = threading.Thread(target=_copy, args=(server, client), daemon=True)
        other.start()
        _copy(client, server)
        other.join()
        with self._lock:
            self._open -= {client, server}
        client.close()
        server.close()


def _copy(source: socket.socket, sink: socket.socket) -> None:
    """All bytes of source are in sink, and its end of file too; the other direction stays open."""
    buffer = memoryview(bytearray(CHUNK))
    try:
        while count := source.recv_into(buffer):
            sink.sendall(buffer[:count])
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        for sock in (source, sink):
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def _close_cleanly(client: socket.socket) -> None:
    """The peer sees an end of file; closing with unread bytes would reset it."""
    try:
        client.shutdown(socket.SHUT_WR)
        client.settimeout(5)
        while client.recv(CHUNK):
            pass
    except OSError:
        pass
    client.close()
