"""Where clients come in: a port of this machine, or one of an edge."""

from __future__ import annotations

import json
import queue
import socket
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .behaviour import behaviour

if TYPE_CHECKING:
    from .agent import Agent

# What serves a client: the door it came in by, its connection, its own address.
Serve = Callable[[Any, socket.socket, Any], None]
HEARTBEAT_S = 25  # the real agent's: a ping every 10 s, 15 s for its answer
DIAL_S = 10


class Door:
    """A public port that this process has open itself."""

    def __init__(self, port: int, serve: Serve) -> None:
        self._serve = serve
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._listener.bind(("127.0.0.1", port))
        except OSError:
            self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(128)
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, peer = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(self, client, peer), daemon=True).start()

    def close(self) -> None:
        try:
            self._listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._listener.close()


class EdgeDoor:
    """A public port that an edge has open for this agent."""

    def __init__(self, session: EdgeSession, name: str, port: int, serve: Serve) -> None:
        self._session, self._name, self.serve = session, name, serve
        self.port = session.bind(self, name, port)

    def close(self) -> None:
        self._session.unbind(self._name)


class EdgeSession:
    """A session with an edge: the control connection; OSError where there is none to be had."""

    def __init__(self, agent: Agent, ident: str, address: str) -> None:
        self._agent, self._ident = agent, ident
        self.host, _, port = address.rpartition(":")
        self._address = (self.host, int(port))
        self._silence = behaviour().get("heartbeat_s", HEARTBEAT_S)
        self._doors: dict[str, EdgeDoor] = {}
        self._bound: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._socket = self._dial(session=ident, heartbeat_s=self._silence)
        self._reader = self._socket.makefile("rb")
        if not self._reader.readline():
            raise OSError("EOF")
        self._socket.settimeout(self._silence)
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        threading.Thread(target=self._beat, daemon=True).start()

    def _dial(self, **first: object) -> socket.socket:
        connection = socket.create_connection(self._address, behaviour().get("dial_s", DIAL_S))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(json.dumps(first).encode() + b"\n")
        return connection

    def send(self, **message: object) -> None:
        with self._lock:
            try:
                self._socket.sendall(json.dumps(message).encode() + b"\n")
            except OSError:
                pass  # the read of _listen fails as well

    def bind(self, door: EdgeDoor, name: str, port: int) -> int:
        self._doors[name] = door
        self.send(bind=name, port=port)
        try:
            return self._bound.get(timeout=self._silence)
        except queue.Empty:
            return port  # the session is as good as lost, and that is noticed elsewhere

    def unbind(self, name: str) -> None:
        self._doors.pop(name, None)
        self.send(unbind=name)

    def _beat(self) -> None:
        while not self._over.wait(self._silence * 0.4):
            self.send(ping=1)

    def _listen(self) -> None:
        try:
            for line in self._reader:
                message = json.loads(line)
                if "bound" in message:
                    self._bound.put(message["port"])
                if "dial" in message:
                    threading.Thread(target=self._open, args=(message,), daemon=True).start()
        except TimeoutError:
            self._agent.log(
                "eror", "heartbeat timeout, terminating session", obj="csess", id=self._ident
            )
        except OSError:
            pass
        if not self._over.is_set():
            self._agent.drop.set()

    def _open(self, message: dict[str, Any]) -> None:
        door = self._doors.get(message["name"])
        try:
            connection = self._dial(data=message["dial"])
        except OSError:
            return
        connection.settimeout(None)
        if door:
            door.serve(door, connection, message["peer"])
        else:
            connection.close()

    def close(self) -> None:
        self._over.set()
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._listener.join()
        self._reader.close()
        self._socket.close()
