"""A slow line to a server on loopback: a rate, a delay, and a router's queue that is soon full.

Bytes that a user's program reads on its own machine's end have been through a queue of `QUEUE`
bytes, which empties at the line's rate, and were under way for half of the round trip. Where the
queue is full the server's system keeps what is sent, as it would before a real line: the segments
have the size of an Ethernet's, since the system's own buffers grow with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections import deque

QUEUE = 64 * 1024  # bytes, of each way
_SEGMENT = 1448  # bytes of an Ethernet's packet
_PIECE = 3 * _SEGMENT
_BUFFER = 16 * 1024  # bytes that the system takes before they are read


class SlowLine:
    """A context manager: what comes to its port goes to another one, and back, as slowly as is set.

    Parameters
    ----------
    port
        Where it leads.
    """

    def __init__(self, port: int) -> None:
        self._leads_to = port
        self._loop = asyncio.new_event_loop()
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, _SEGMENT)
        self._server.setblocking(False)
        self._thread = threading.Thread(target=self._run)
        #: To the server, and from it.
        self.up, self.down = _Way(), _Way()
        #: Where it is reached.
        self.port: int = self._server.getsockname()[1]

    def limit(self, megabits: float | None, round_trip: float = 0.08) -> None:
        """Let so many megabits a second pass each way; ``None`` for no limit and no delay.

        Parameters
        ----------
        megabits
            1,000,000 bits.
        round_trip
            Seconds for the way there and back.
        """
        for way in (self.up, self.down):
            way.rate = megabits and megabits * 1e6 / 8
            way.delay = round_trip / 2 if megabits else 0.0

    def __enter__(self) -> SlowLine:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._server.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        for serve in (self._accept(), self.up.deliver(), self.down.deliver()):
            self._loop.create_task(serve)
        self._loop.run_forever()
        for task in (tasks := asyncio.all_tasks(self._loop)):
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.close()

    async def _accept(self) -> None:
        while True:
            near, _ = await self._loop.sock_accept(self._server)
            self._loop.create_task(self._join(near))

    async def _join(self, near: socket.socket) -> None:
        far = socket.socket()
        # Before it connects: they decide how much is sent before anything is read.
        far.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, _SEGMENT)
        far.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        with near, far, contextlib.suppress(OSError):
            for each in (near, far):
                each.setblocking(False)
                each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await self._loop.sock_connect(far, ("127.0.0.1", self._leads_to))
            await asyncio.gather(self._carry(near, far, self.up), self._carry(far, near, self.down))

    async def _carry(self, source: socket.socket, sink: socket.socket, way: _Way) -> None:
        arrived = asyncio.Event()
        with contextlib.suppress(OSError):
            while data := await self._loop.sock_recv(source, _PIECE if way.rate else 1 << 18):
                await way.send(sink, data, arrived)
        await way.send(sink, b"", arrived)
        await arrived.wait()


class _Way:
    """One of the two ways, which all connections share."""

    def __init__(self) -> None:
        self.rate: float | None = None  # bytes a second
        self.delay = 0.0  # seconds
        #: Bytes that have passed.
        self.passed = 0
        self._free_at = 0.0  # when the queue is empty
        self._sent: deque[tuple[float, socket.socket, bytes, asyncio.Event]] = deque()
        self._news = asyncio.Event()

    async def send(self, sink: socket.socket, data: bytes, arrived: asyncio.Event) -> None:
        """Queue bytes as soon as there is room; the event is set once the end has come."""
        loop = asyncio.get_running_loop()
        while self.rate and (queued := (self._free_at - loop.time()) * self.rate) > QUEUE:
            await asyncio.sleep((queued - QUEUE) / self.rate + 0.001)
        now = loop.time()
        self._free_at = max(self._free_at, now) + (len(data) / self.rate if self.rate else 0.0)
        self._sent.append((self._free_at + self.delay, sink, data, arrived))
        self._news.set()

    async def deliver(self) -> None:
        """Hand over what is due, for ever."""
        loop = asyncio.get_running_loop()
        while True:
            while not self._sent:
                self._news.clear()
                await self._news.wait()
            due, sink, data, arrived = self._sent.popleft()
            if (pause := due - loop.time()) > 0.0005:
                await asyncio.sleep(pause)
            self.passed += len(data)
            try:
                if data:
                    await loop.sock_sendall(sink, data)
                else:
                    sink.shutdown(socket.SHUT_WR)
            except OSError:
                arrived.set()
            if not data:
                arrived.set()
