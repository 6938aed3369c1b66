"""Relay in a terminal: lines of base64 on a raw pty, and a Unix socket of raw bytes.

It is started by its file, ``python -ISE pty.py SOCKET HALF HALF``, with any Python, and imports
nothing of the package. It ends when either side does: the socket's other end closes it when nothing
comes through any more.
"""

from __future__ import annotations

import base64
import binascii
import os
import select
import socket
import sys
import termios
import tty
from typing import Any

_READ = 64 * 1024
_LINE = 24 * 1024  # bytes of one line before they are encoded
_HELD_MAX = 8 * 1024 * 1024


def main(path: str, *halves: str) -> int:
    """Relay until either side ends; the exit status tells nothing."""
    with socket.socket(socket.AF_UNIX) as backend:
        backend.connect(path)
        tty.setraw(0, termios.TCSANOW)
        _write_all(1, "".join(halves).encode() + b"\n")
        try:
            _relay(backend)
        except (OSError, binascii.Error):
            pass  # one side is gone, or is no relay's
    return 0


def _relay(backend: socket.socket) -> None:
    typed = b""
    held = bytearray()  # for the socket
    backend.setblocking(False)
    while True:
        # What is typed is read at once: a pty holds 4 KiB, and the server waits for room in it.
        readers: list[Any] = [backend, *([0] if len(held) < _HELD_MAX else [])]
        ready, writable, _ = select.select(readers, [backend] if held else [], [])
        if 0 in ready:
            data = os.read(0, _READ)
            if not data:
                return
            *lines, typed = (typed + data).split(b"\n")
            for line in lines:
                held += base64.b64decode(line, validate=True)
        if held and (writable or 0 in ready):
            try:
                del held[: backend.send(held)]
            except BlockingIOError:
                pass
        if backend in ready:
            data = backend.recv(_LINE)
            if not data:
                return
            _write_all(1, base64.b64encode(data) + b"\n")


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
