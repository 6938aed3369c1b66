#!/usr/bin/env python3
"""The other half of the stand-in ngrok agent: public ports that are not on its own machine.

    edge.py ADDRESS PORT        0 for any free port; "listening on ADDRESS:PORT" when it does

An agent that is told of it (`{"edge": "ADDRESS:PORT"}` in its behaviour.json) keeps one control
connection open, and opens one more for each client. All messages are JSON objects, one a line.

    agent: {"session": ID, "heartbeat_s": 25}   edge: {"session": ID}
    agent: {"bind": NAME, "port": 0}            edge: {"bound": NAME, "port": 41234}
    agent: {"unbind": NAME}
    agent: {"ping": 1}                          edge: {"pong": 1}
    edge: {"dial": ID, "name": NAME, "peer": [HOST, PORT]}
    agent, as the first line of a new connection: {"data": ID}, and from then on the client's bytes

A session is over when its connection ends, when nothing was heard of it for `heartbeat_s`, or when
its agent opens another; with it go its ports and its clients' connections.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

CHUNK = 1 << 16
DIAL_S = 10  # for an agent to open a client's connection
# Ports are the kernel's to choose: a queue as long as it allows, as at a real edge.
BACKLOG = 4096

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Running(NamedTuple):
    """An edge that serves, at `HOST:PORT`."""

    address: str
    pid: int


@contextlib.contextmanager
def running_edge(host: str = "127.0.0.1", port: int = 0, *inside: str) -> Iterator[Running]:
    """An edge that serves meanwhile; `inside` are words before its command."""
    with subprocess.Popen(
        [*inside, sys.executable, __file__, host, str(port)], stdout=subprocess.PIPE, text=True
    ) as edge:
        try:
            assert edge.stdout
            yield Running(edge.stdout.readline().removeprefix("listening on ").strip(), edge.pid)
        finally:
            edge.kill()


class Session:
    """What one agent has open here."""

    def __init__(self, edge: Edge, writer: asyncio.StreamWriter) -> None:
        self._edge, self._writer = edge, writer
        self._ports: dict[str, asyncio.Server] = {}
        self._clients: set[asyncio.StreamWriter] = set()

    def send(self, **message: Any) -> None:
        self._writer.write(json.dumps(message).encode() + b"\n")

    async def serve(self, reader: asyncio.StreamReader, heartbeat: float) -> None:
        while line := await asyncio.wait_for(reader.readline(), heartbeat):
            message = json.loads(line)
            if "ping" in message:
                self.send(pong=message["ping"])
            if "bind" in message:
                await self._bind(message["bind"], message["port"])
            if "unbind" in message and message["unbind"] in self._ports:
                self._ports.pop(message["unbind"]).close()

    async def _bind(self, name: str, port: int) -> None:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self._client(name, reader, writer)

        for wanted in (port, 0):
            with contextlib.suppress(OSError):
                server = await asyncio.start_server(
                    serve, self._edge.address, wanted, backlog=BACKLOG, limit=CHUNK
                )
                self._ports[name] = server
                self.send(bound=name, port=server.sockets[0].getsockname()[1])
                return

    async def _client(
        self, name: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._clients.add(writer)
        try:
            with self._edge.dialled() as (ident, answer):
                self.send(dial=ident, name=name, peer=writer.get_extra_info("peername")[:2])
                inner_reader, inner_writer = await asyncio.wait_for(answer, DIAL_S)
            self._clients.add(inner_writer)
            try:
                await asyncio.gather(pump(reader, inner_writer), pump(inner_reader, writer))
            finally:
                self._clients.discard(inner_writer)
                inner_writer.close()
        except asyncio.TimeoutError:
            pass
        finally:
            self._clients.discard(writer)
            writer.close()

    def close(self) -> None:
        """No port and no connection of it is open any more."""
        for server in self._ports.values():
            server.close()
        for writer in (self._writer, *self._clients):
            writer.transport.abort()


class Edge:
    """Every session, and every connection that an agent was asked for."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._sessions: dict[str, Session] = {}
        self._awaited: dict[int, asyncio.Future[Stream]] = {}
        self._numbers = itertools.count(1)

    @contextlib.contextmanager
    def dialled(self) -> Iterator[tuple[int, asyncio.Future[Stream]]]:
        ident = next(self._numbers)
        answer: asyncio.Future[Stream] = asyncio.get_running_loop().create_future()
        self._awaited[ident] = answer
        try:
            yield ident, answer
        finally:
            del self._awaited[ident]

    async def welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            first = json.loads(await asyncio.wait_for(reader.readline(), DIAL_S))
        except (OSError, ValueError, asyncio.TimeoutError):
            writer.close()
            return
        if "session" in first:
            await self._session(first["session"], float(first["heartbeat_s"]), reader, writer)
        elif (answer := self._awaited.get(first["data"])) and not answer.done():
            answer.set_result((reader, writer))
        else:
            writer.close()

    async def _session(
        self,
        ident: str,
        heartbeat: float,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        if older := self._sessions.get(ident):
            older.close()
        session = self._sessions[ident] = Session(self, writer)
        session.send(session=ident)
        try:
            await session.serve(reader, heartbeat)
        except (OSError, ValueError, asyncio.TimeoutError):
            pass
        finally:
            session.close()
            if self._sessions.get(ident) is session:
                del self._sessions[ident]


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy until the end, and pass the end on: the other direction may still have bytes."""
    with contextlib.suppress(OSError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
        writer.write_eof()


async def main(address: str, port: str) -> None:
    edge = Edge(address)
    server = await asyncio.start_server(edge.welcome, address, int(port), backlog=BACKLOG)
    host, bound = server.sockets[0].getsockname()[:2]
    print(f"listening on {host}:{bound}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
