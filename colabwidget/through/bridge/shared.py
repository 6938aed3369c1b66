"""A WebSocket that one thread reads and any thread sends on."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from colabwidget.through.faults import Lost
from colabwidget.through.websocket import BINARY, WebSocket


class Shared:
    """Nothing of it waits, but for what reads.

    Parameters
    ----------
    connection
        Its WebSocket; nothing else uses it.
    """

    def __init__(self, connection: WebSocket) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self._woken, self._wakes = socket.socketpair()
        for each in (self._woken, self._wakes):
            each.setblocking(False)
        self._is_over = False

    def send(self, payload: bytes, kind: int = BINARY) -> None:
        """Send a message; to one that is over, nothing."""
        with self._lock, contextlib.suppress(Lost):
            self._connection.send(payload, kind)
        if self._connection.wants_write:
            self._wake()

    def end(self) -> None:
        """Have the reading thread end, and close it."""
        self._is_over = True
        self._wake()

    def first(self, seconds: float) -> bytes:
        """Return the next message.

        Raises
        ------
        Lost
            Where none comes within so many seconds.
        """
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            select.select([self._connection], [], [], left)
            with self._lock:
                found = self._connection.receive()
            if found:
                return found[0][1]
        raise Lost("Nothing was said.")

    def run(self, take: Callable[[int, bytes], None]) -> None:
        """Read until it is over, and close it.

        Parameters
        ----------
        take
            Takes each message, with its kind.
        """
        try:
            while not self._is_over:
                readers: list[Any] = [self._connection, self._woken]
                writers = [self._connection] if self._connection.wants_write else []
                ready, writable, _ = select.select(readers, writers, [])
                if self._woken in ready:
                    self._woken.recv(4096)
                found = []
                with self._lock:
                    if writable:
                        self._connection.flush()
                    if self._connection in ready:
                        found = self._connection.receive()
                for kind, payload in found:
                    take(kind, payload)
        except Lost:
            pass
        finally:
            self.close()

    def close(self) -> None:
        """Close it, where no thread reads."""
        self._is_over = True
        with self._lock:
            self._connection.close()
            self._woken.close()
            self._wakes.close()

    def _wake(self) -> None:
        with contextlib.suppress(OSError):  # full, or over
            self._wakes.send(b"\0")
