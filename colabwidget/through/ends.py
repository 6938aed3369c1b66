"""The program's own input and output, as descriptors that select can wait for."""

from __future__ import annotations

import os
import socket
import sys
import threading
from typing import Protocol


class Ends(Protocol):
    """What ssh writes to this program, and reads from it."""

    @property
    def inlet(self) -> int | socket.socket:
        """What select waits for, to read."""

    @property
    def outlet(self) -> int | socket.socket:
        """What select waits for, to write."""

    def read(self, size: int) -> bytes:
        """Return what has come; empty at the end. Call it when the inlet is ready."""

    def write(self, data: bytes) -> int:
        """Pass on what can be passed on now; return how many bytes that were.

        Raises
        ------
        OSError
            Where the reader is gone.
        """

    def finish(self) -> None:
        """Wait until all that was written is passed on."""


class PipeEnds:
    """Standard input and output."""

    inlet, outlet = 0, 1

    def __init__(self) -> None:
        os.set_blocking(1, False)

    def read(self, size: int) -> bytes:
        """Return what has come."""
        return os.read(0, size)

    def write(self, data: bytes) -> int:
        """Pass on what can be passed on now."""
        try:
            return os.write(1, data)
        except BlockingIOError:
            return 0

    def finish(self) -> None:
        """Return: what was written is passed on."""


class SocketEnds:
    """Sockets, which may be one.

    Parameters
    ----------
    inlet, outlet
        For what comes, and for what is passed on.
    """

    def __init__(self, inlet: socket.socket, outlet: socket.socket) -> None:
        self.inlet, self.outlet = inlet, outlet
        self.outlet.setblocking(False)

    def read(self, size: int) -> bytes:
        """Return what has come."""
        return self.inlet.recv(size)

    def write(self, data: bytes) -> int:
        """Pass on what can be passed on now."""
        try:
            return self.outlet.send(data)
        except BlockingIOError:
            return 0

    def finish(self) -> None:
        """Say that nothing more comes."""
        self.outlet.shutdown(socket.SHUT_WR)


class ThreadedEnds(SocketEnds):
    """Standard input and output on Windows, whose select knows sockets only."""

    def __init__(self) -> None:
        inlet, self._from_input = socket.socketpair()
        outlet, self._to_output = socket.socketpair()
        super().__init__(inlet, outlet)
        threading.Thread(target=self._pass_input, daemon=True).start()
        self._writer = threading.Thread(target=self._pass_output, daemon=True)
        self._writer.start()

    def finish(self) -> None:
        """Wait until the thread has written all."""
        super().finish()
        self._writer.join(10.0)

    def _pass_input(self) -> None:
        with self._from_input:
            while data := os.read(0, 65_536):
                self._from_input.sendall(data)

    def _pass_output(self) -> None:
        with self._to_output:
            while data := self._to_output.recv(65_536):
                sys.stdout.buffer.write(data)
                sys.stdout.buffer.flush()


def standard_ends() -> Ends:
    """Return those of this process."""
    if sys.platform == "win32":
        import msvcrt

        msvcrt.setmode(0, os.O_BINARY)
        msvcrt.setmode(1, os.O_BINARY)
        return ThreadedEnds()
    return PipeEnds()
