"""SSH through servers of every kind, by every way that each offers."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.kit.machine.accounts import new_user
from tests.kit.machine.machine import Machine
from tests.kit.through import ROOT, Computer, TerminalServer, has_programs
from tests.kit.waiting import eventually

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not has_programs(), reason="needs root, OpenSSH and unshare"),
]


class Notebook7(TerminalServer):
    """Notebook 7."""

    _module = "notebook"


class Classic(TerminalServer):
    """The oldest that is supported: the classic Notebook 6.5 and its own server."""

    _module = "notebook"
    _runtime_file = "nbserver-{}.json"
    _arguments = ("--port={port}", "--NotebookApp.token={token}")

    def __init__(self, home: Path) -> None:
        super().__init__(ROOT / ".venv-colab/bin/python", home)


def plain(home: Path) -> TerminalServer:
    return TerminalServer(Path(sys.executable), home)


def base_url(home: Path) -> TerminalServer:
    return TerminalServer(Path(sys.executable), home, "--ServerApp.base_url=/some/place/")


def no_terminals(home: Path) -> TerminalServer:
    off = "--ServerApp.terminals_enabled=False"
    return TerminalServer(Path(sys.executable), home, off)


def notebook7(home: Path) -> TerminalServer:
    return Notebook7(Path(sys.executable), home)


def hub(home: Path) -> TerminalServer:
    from tests.kit.hub import HubServer

    return HubServer(home)


ALL, WITHOUT_EXTENSION = ("extension", "terminal", "kernel"), ("terminal", "kernel")
VARIANTS: dict[Callable[[Path], TerminalServer], tuple[str, ...]] = {
    plain: ALL,
    base_url: ALL,
    hub: ALL,
    no_terminals: ("extension", "kernel"),
    notebook7: ALL,
    Classic: WITHOUT_EXTENSION,
}
NEEDS = {hub: ".venv-hub/node_modules", Classic: ".venv-colab"}


class World:
    """A server with a session beside it."""

    def __init__(self, server: TerminalServer, machine: Machine, ways: tuple[str, ...]) -> None:
        self.server = server
        self.machine = machine
        self.ways = ways

    def pairing(self) -> str:
        """With the address and the token that a browser of the server has."""
        said = self.machine.run("status", "--show-passwords", "--json").stdout
        code = json.loads(said)["ssh"]["pairing"].rpartition("#")[2]
        return f"{self.server.url}?token={self.server.token}#{code}"


@pytest.fixture(scope="module", params=VARIANTS, ids=lambda make: make.__name__.lower())
def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    make = request.param
    if not (ROOT / NEEDS.get(make, ".")).exists():
        pytest.skip(f"there is no {NEEDS[make]}")
    server = make(tmp_path_factory.mktemp("server"))
    server.add_extension()
    server.start()
    # The session is the tests' own colabwidget: nothing of it is in the server's environment.
    machine = Machine(server.home, new_user(), server.ngrok, sys.executable, server.environment)
    try:
        machine.connect(tunnel="through")
        yield World(server, machine, VARIANTS[make])
    finally:
        machine.end()
        server.end()


@pytest.mark.parametrize("way", ALL)
def test_everything_comes_through(world: World, tmp_path: Path, way: str) -> None:
    computer = Computer(tmp_path / "computer")
    if way not in world.ways:
        refused = computer.through("pair", "--way", way, text=f"{world.pairing()}\n")
        assert refused.returncode == 1 and "offers no way" in refused.stderr
        return
    name = computer.pair(world.pairing(), "--way", way)
    done = computer.run("ssh", name, "true")
    assert done.returncode == 0, done.stderr
    copies_are_equal(computer, name, tmp_path)
    ports_are_forwarded(computer, name)
    with ThreadPoolExecutor(4) as threads:
        said = [*threads.map(lambda at: computer.run("ssh", name, f"echo {at}"), range(4))]
    assert [each.stdout for each in said] == [b"%d\n" % at for at in range(4)]
    if way == "kernel":
        assert world.server.kernels() == 1
    eventually(lambda: nothing_is_left(world), 60)


def nothing_is_left(world: World) -> bool:
    return not (world.server.kernels() or ("terminal" in world.ways and world.server.terminals()))


def copies_are_equal(computer: Computer, name: str, folder: Path) -> None:
    data = os.urandom(2_000_000)
    (folder / "there").write_bytes(data)
    for program in (["scp"], ["rsync", "-e", "ssh"]):
        for ends in ((folder / "there", f"{name}:over"), (f"{name}:over", folder / "back")):
            copied = computer.run(*program, *map(str, ends))
            assert copied.returncode == 0, copied.stderr
        back = folder / "back"
        assert hashlib.sha256(back.read_bytes()).digest() == hashlib.sha256(data).digest()
        back.unlink()
        computer.run("ssh", name, "rm over")


def ports_are_forwarded(computer: Computer, name: str) -> None:
    with echoing() as target, socket.create_server(("127.0.0.1", 0)) as one:
        with socket.create_server(("127.0.0.1", 0)) as other:
            local, dynamic = one.getsockname()[1], other.getsockname()[1]
        one.close()
        words = ["-N", "-L", f"127.0.0.1:{local}:127.0.0.1:{target}", "-D", f"127.0.0.1:{dynamic}"]
        client = computer.start("ssh", *words, name, stderr=subprocess.PIPE)
        try:
            assert eventually(lambda: said_back(local), 30) == b"there"
            hello = (
                b"\x05\x01\x00" + b"\x05\x01\x00\x01\x7f\x00\x00\x01" + target.to_bytes(2, "big")
            )
            assert eventually(lambda: said_back(dynamic, hello), 30).endswith(b"there")
        finally:
            client.terminate()
            client.communicate(timeout=20)


def said_back(port: int, before: bytes = b"") -> bytes:
    """What comes back for a word on a port, behind what has to be said before; empty for none."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as tried:
        if before:  # SOCKS 5: its answers have 2 and 10 bytes
            tried.sendall(before[:3])
            tried.recv(2)
            tried.sendall(before[3:])
            tried.recv(10)
        tried.sendall(b"there")
        return tried.recv(100)
    return b""


@contextmanager
def echoing() -> Iterator[int]:
    """A port that says back what it hears."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection, suppress(OSError):
                    connection.sendall(connection.recv(100))

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        with suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)
