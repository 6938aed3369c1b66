"""What stands between a viewer and the VNC server: its socket and the relay, against a bare port.

``port`` is a VNC server on a TCP port, as viewers find it where no socket can be had; ``socket`` is
one on a Unix socket, which viewers reach by the relay. A viewer inside of a notebook comes over the
backend in both. Pictures are a film's, unpacked: the most bytes that a desktop can say. Pieces are
those in which a picture comes that is packed: what moves on it is some rows of a text.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import pwd
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median

from common import ROOT, ROUNDS, Table, cpu_seconds, medians

# isort: split
from colabwidget.access.account import Account
from colabwidget.core.secrets import Redactor
from colabwidget.desktops import servers
from colabwidget.desktops.rfb import des, handshake
from colabwidget.desktops.rfb.relay import Relay, carry
from colabwidget.desktops.vnc import VncService
from colabwidget.runtime.journal import Journal
from colabwidget.system.files import ensure_private
from colabwidget.system.procfs import program_name
from colabwidget.system.subreaper import descendants
from tests.kit.desktop.painter import painting

GEOMETRY = "1280x800"
SECONDS = 2.0
ROUND_TRIPS = 300
RATE, WORK = 1.25, {"forward": 1.5, "cell": 1.1}  # budgets, in times
ANSWER, FIRST = 0.3, 30.0  # budgets, in milliseconds more
PIECES = 1.5  # budget
RAW, COPIED, ZRLE = 0, 1, 16


def main() -> int:
    if not shutil.which("Xtigervnc"):
        print("Skipped: it takes tigervnc-standalone-server.")
        return 0
    table = Table(f"Between viewer and VNC server, medians of {ROUNDS} rounds")
    rounds = []
    with (ROOT / "tests" / "conftest.py").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # as the tests that have a desktop
        for turn in range(ROUNDS):
            found: dict[str, float] = {}
            for kind in ("port", "socket")[:: 1 if turn % 2 else -1]:
                found |= {f"{kind} {name}": value for name, value in measured(kind).items()}
            rounds.append(found)
            print({name: round(value, 2) for name, value in found.items()}, file=sys.stderr)
    seen = medians(rounds)
    for way in ("forward", "cell"):
        name = f"{way} rate"
        ratio = median(each[f"port {name}"] / each[f"socket {name}"] for each in rounds)
        table.add(f"{way}: pictures a second, socket", seen[f"socket {name}"])
        table.add(f"{way}: port's to socket's", ratio, "times", RATE)
        name = f"{way} work"
        ratio = median(each[f"socket {name}"] / each[f"port {name}"] for each in rounds)
        table.add(f"{way}: processor time a picture, socket", seen[f"socket {name}"], "ms")
        table.add(f"{way}: socket's to port's", ratio, "times", WORK[way])
        name = f"socket {way} pieces"
        table.add(f"{way}: pieces of a small picture, socket", seen[name], "", PIECES)
        for what, budget in (("answer", ANSWER), ("first", FIRST)):
            name = f"{way} {what}"
            longer = median(each[f"socket {name}"] - each[f"port {name}"] for each in rounds)
            table.add(f"{name}: socket", seen[f"socket {name}"], "ms")
            table.add(f"{name}: longer than port", longer, "ms", budget)
    return table.end()


def measured(kind: str) -> dict[str, float]:
    """Measure both ways to a VNC server."""
    found = {}
    with serving(kind) as (pid, told), painting(pid) as painter:
        for way in ("forward", "cell"):
            painter.show("still")
            firsts, answers = [], []
            for _ in range(5):
                began = time.perf_counter()
                with Viewer(told, way) as viewer:
                    viewer.picture(whole=True)
                    firsts.append(time.perf_counter() - began)
            with Viewer(told, way) as viewer:
                for _ in range(ROUND_TRIPS):
                    began = time.perf_counter()
                    viewer.picture(whole=True, size=(16, 16))
                    answers.append(time.perf_counter() - began)
            found[f"{way} first"] = median(firsts) * 1000
            found[f"{way} answer"] = median(answers) * 1000
            painter.show("scroll")
            with Viewer(told, way) as viewer:
                found[f"{way} pieces"] = viewer.pieces()
            painter.show("load")
            with Viewer(told, way) as viewer:
                viewer.picture(whole=True)
                working, began, seen = work(pid), time.perf_counter(), 0
                while time.perf_counter() - began < SECONDS:
                    viewer.picture()
                    seen += 1
                found[f"{way} rate"] = seen / (time.perf_counter() - began)
                found[f"{way} work"] = (work(pid) - working) / seen * 1000
    return found


def _is_whole(data: bytearray) -> bool:
    """Tell whether these are all bytes of a picture."""
    place = 4
    try:
        for _ in range(struct.unpack_from(">BxH", data)[1]):
            (encoding,) = struct.unpack_from(">i", data, place + 8)
            packed = encoding != COPIED
            place += 16 + (struct.unpack_from(">I", data, place + 12)[0] if packed else 0)
    except struct.error:
        return False
    return len(data) == place


def work(pid: int) -> float:
    """Return the processor time of the VNC server and of what stands for the backend."""
    below = [each for each in descendants(pid) if program_name(each) == "Xtigervnc"]
    assert len(below) == 1
    return cpu_seconds(pid) + cpu_seconds(below[0])


@contextmanager
def serving(kind: str) -> Iterator[tuple[int, dict[str, str]]]:
    """A process that serves a desktop as the backend does."""
    with tempfile.TemporaryDirectory() as folder:
        serving = subprocess.Popen(
            [sys.executable, __file__, "serve", kind, folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert serving.stdin and serving.stdout
        try:
            yield serving.pid, json.loads(serving.stdout.readline())
        finally:
            serving.stdin.close()
            serving.wait(20)


async def serve(kind: str, folder: Path) -> None:
    server = servers.find("tigervnc")
    if kind == "port":
        server = replace(server, socket_options=())
    account = Account(pwd.getpwuid(os.geteuid()).pw_name, str(folder), None, "")
    journal = Journal(folder / "journal.log", Redactor())
    directory = ensure_private(folder / "desktop")
    vnc = VncService(server, account, GEOMETRY, 24, directory, folder / "display", journal)
    await vnc.prepare()
    await vnc.start()
    port, relay = vnc.port, None
    if vnc.has_socket:
        relay = Relay(vnc.connect, lambda: vnc.passwords, os.geteuid(), journal)
        await relay.open(vnc.port)
        port = relay.port

    async def cell(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with vnc.connect() as desktop:
            writer.write(handshake.welcome(desktop.init))
            await handshake.expect_handshake(reader)
            await carry(reader, writer, desktop)
        writer.close()

    path = folder / "cell.sock"
    inside = await asyncio.start_unix_server(cell, str(path), limit=65_536)
    told = {"forward": str(port), "cell": str(path), "password": vnc.password.reveal()}
    print(json.dumps(told), flush=True)
    await asyncio.to_thread(sys.stdin.read)
    inside.close()
    if relay:
        await relay.close()
    await vnc.close()


class Viewer:
    """A viewer that takes pictures and throws them away."""

    def __init__(self, told: dict[str, str], way: str) -> None:
        if way == "cell":
            self._socket = socket.socket(socket.AF_UNIX)
            self._socket.connect(told["cell"])
        else:
            self._socket = socket.create_connection(("127.0.0.1", int(told["forward"])))
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = bytearray(1 << 20)
        self._read(12)
        self._socket.sendall(b"RFB 003.008\n")
        kinds = self._read(self._read(1)[0])
        if 2 in kinds:
            self._socket.sendall(b"\2")
            self._socket.sendall(des.answer(self._read(16), told["password"]))
        else:
            self._socket.sendall(b"\1")
        assert self._read(4) == bytes(4)
        self._socket.sendall(b"\1")
        self._size = struct.unpack(">HH", self._read(4))
        self._read(self._read(20)[-1])
        self._socket.sendall(struct.pack(">BxHi", 2, 1, RAW))

    def __enter__(self) -> Viewer:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def picture(self, *, whole: bool = False, size: tuple[int, int] | None = None) -> None:
        """Ask for a picture, or for what has changed of it, and read it."""
        asked = struct.pack(">BBHHHH", 3, not whole, 0, 0, *(size or self._size))
        self._socket.sendall(asked)
        kind, count = struct.unpack(">BxH", self._read(4))
        assert kind == 0, kind
        for _ in range(count):
            width, height, encoding = struct.unpack(">4xHHi", self._read(12))
            length = 4 if encoding == COPIED else 4 * width * height
            if encoding == ZRLE:
                (length,) = struct.unpack(">I", self._read(4))
            self._skip(length)

    def pieces(self, pictures: int = 60) -> float:
        """Return in how many pieces a packed picture comes."""
        self._socket.sendall(struct.pack(">BxHi", 2, 1, ZRLE))
        self.picture(whole=True)
        seen = 0
        for _ in range(pictures):
            self._socket.sendall(struct.pack(">BBHHHH", 3, 1, 0, 0, *self._size))
            data = bytearray()
            while not _is_whole(data):
                data += self._socket.recv(len(self._buffer))
                seen += 1
        return seen / pictures

    def _read(self, size: int) -> bytes:
        read = bytearray()
        while len(read) < size:
            more = self._socket.recv(size - len(read))
            assert more, "the server has hung up"
            read += more
        return bytes(read)

    def _skip(self, size: int) -> None:
        while size > 0:
            size -= self._socket.recv_into(self._buffer, min(size, len(self._buffer)))


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        asyncio.run(serve(sys.argv[2], Path(sys.argv[3])))
    else:
        sys.exit(main())
