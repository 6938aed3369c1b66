"""The log from a program to the kernel: 100,000 lines through the backend's journal.

A program prints lines as a package manager does, the backend reads it as it reads all its
programs, and a client asks for the lines while they come. Between the two stands a relay that
counts what goes over the socket. `page.py` measures the other half, from the kernel on.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from common import ROOT, Table, needed, resident_mb

from colabwidget import client, paths

LINES = 100_000
WIRE = 1.2  # bytes on the socket by bytes of text
GROWTH = 1.1  # memory after four times the lines by memory after the lines

# The backend as it is, and a program of its own whose lines it reads; again for each SIGUSR1.
BACKEND = """
import asyncio, signal, sys
from pathlib import Path
from colabwidget import paths
from colabwidget.backend import process
from colabwidget.backend.journal import Journal
from colabwidget.backend.server import Server
from colabwidget.credentials import Redactor, Secret

async def main():
    directory = paths.ensure_private(paths.runtime_directory())
    journal = Journal(directory / "journal.log", Redactor())
    journal.redactor.add([Secret("a password of a session")])
    server = Server(journal, paths.ensure_private(directory / "session"))
    works = []
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, lambda: works.append(
        asyncio.ensure_future(process.run(["cat", sys.argv[1]], journal))))
    await server.run(paths.socket_path(), lambda: print("ready", flush=True))

asyncio.run(main())
"""


def main() -> int:
    table = Table(f"{LINES:,} lines from a program to the kernel")
    text = "".join(map(line, range(LINES)))
    with tempfile.TemporaryDirectory(prefix="cw-", dir="/tmp") as name:
        folder = Path(name)
        (folder / "lines").write_text(text)
        with backend(folder) as process, Relay(folder) as relay:
            reader = needed(client.find())
            before = resident_mb(process.pid)
            started = time.perf_counter()
            process.send_signal(10)
            assert pull(reader, 0, LINES) == text
            seconds = time.perf_counter() - started
            once = relay.count, resident_mb(process.pid)
            for part in range(1, 4):
                process.send_signal(10)
                pull(reader, part * LINES, (part + 1) * LINES)
            after = resident_mb(process.pid, "VmHWM")
            reader.stop()
    size = len(text.encode())
    table.add("text", size / 1e6, "MB")
    table.add("time", seconds, "s")
    table.add("bytes on the socket", once[0] / size, "times the text", WIRE)
    table.add("backend before", before, "MB")
    table.add("backend after them", once[1], "MB")
    table.add("at most, in four times as many", after / once[1], "times that", GROWTH)
    return table.end()


def line(number: int) -> str:
    return (
        f"Unpacking libexample-{number}:amd64 (2:1.{number % 97}-3+deb12u1) over (“{number}”) ...\n"
    )


def pull(reader: client.Client, position: int, end: int) -> str:
    """Ask for lines, as they come, until they are all there."""
    parts = []
    while position < end:
        part = reader.journal(position)
        if part["count"]:
            parts.append(part["text"] + "\n")
            position = part["since"] + part["count"]
        else:
            time.sleep(0.01)
    return "".join(parts)


@contextlib.contextmanager
def backend(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    run = folder / "run"
    run.mkdir(mode=0o700)
    process = subprocess.Popen(
        [sys.executable, "-c", BACKEND, str(folder / "lines")],
        env={**os.environ, "XDG_RUNTIME_DIR": str(run), "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
    )
    try:
        assert needed(process.stdout).readline() == b"ready\n"
        yield process
        process.wait(20)
    finally:
        process.kill()
        process.communicate()


class Relay:
    """Stands where this process looks for the backend, and counts what goes through."""

    def __init__(self, folder: Path) -> None:
        self._theirs = folder / "run" / "colabwidget" / "backend.sock"
        os.environ["XDG_RUNTIME_DIR"] = str(folder / "kernel")
        paths.ensure_private(paths.runtime_directory())
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(paths.socket_path()))
        self._listener.listen()
        self.count = 0

    def __enter__(self) -> Relay:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def _serve(self) -> None:
        near, _ = self._listener.accept()
        far = socket.socket(socket.AF_UNIX)
        far.connect(str(self._theirs))
        for ends in ((near, far), (far, near)):
            threading.Thread(target=self._copy, args=ends, daemon=True).start()

    def _copy(self, source: socket.socket, sink: socket.socket) -> None:
        while data := source.recv(1 << 18):
            self.count += len(data)
            sink.sendall(data)
        paths.socket_path().unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)


if __name__ == "__main__":
    sys.exit(main())
