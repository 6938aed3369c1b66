"""A notebook's server with terminals, and a computer that comes through it by OpenSSH."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.kit.browser.notebook_servers import Server
from tests.kit.machine.accounts import new_user
from tests.kit.machine.machine import Machine

ROOT = Path(__file__).parents[2]


class TerminalServer(Server):
    """jupyter_server alone, with terminals; `arguments` are more of its options."""

    name = "jupyter_server"
    _module = "jupyter_server"
    _runtime_file = "jpserver-{}.json"
    _arguments: tuple[str, ...] = (
        "--ServerApp.port={port}",
        "--IdentityProvider.token={token}",
    )

    def __init__(self, python: Path, home: Path, *arguments: str, **environment: str) -> None:
        super().__init__(python, home, PYTHONPATH=str(ROOT), **environment)
        self._arguments = (*type(self)._arguments, *arguments)

    def add_extension(self) -> None:
        """As the wheel does in the server's environment."""
        folder = self.home / ".jupyter/jupyter_server_config.d"
        folder.mkdir(parents=True)
        shutil.copy(ROOT / "colabwidget/relays/jupyter-config/colabwidget.json", folder)

    def restart(self) -> None:
        """Stop and start it, at another port; what it has not started itself goes on."""
        assert self._process
        os.killpg(self._process.pid, signal.SIGTERM)
        self._process.wait(30)
        self.start()

    def terminals(self) -> int:
        return len(self.api("GET", "terminals"))

    def kernels(self) -> int:
        return len(self.api("GET", "kernels"))


@dataclass
class Computer:
    """A user's computer: a home with OpenSSH's files. Programs see it as root's own."""

    home: Path
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.ssh_folder.mkdir(parents=True, mode=0o700)

    @property
    def ssh_folder(self) -> Path:
        return self.home / ".ssh"

    def variables(self) -> dict[str, str]:
        plain = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        return {**plain, "HOME": str(self.home), "PYTHONPATH": str(ROOT), **self.environment}

    def through(self, *arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "colabwidget", "through", *arguments],
            input=text,
            env=self.variables(),
            capture_output=True,
            text=True,
            timeout=60,
            cwd="/",
        )

    def pair(self, pairing: str, *arguments: str) -> str:
        """The name that ssh has for it."""
        done = self.through("pair", *arguments, text=f"{pairing}\n")
        assert done.returncode == 0, done.stderr
        return done.stdout.split()[-1]

    def attach(self, *arguments: str, text: str = "") -> subprocess.CompletedProcess[bytes]:
        words = [sys.executable, "-m", "colabwidget", "attach", *arguments]
        return self.run(*words, input=f"{text}\n".encode(), cwd="/")

    def command(self, *words: str) -> list[str]:
        """A command in a world in which OpenSSH's files are this computer's.

        OpenSSH looks for them in the home of the passwd file, whatever HOME says.
        """
        own = Path("~root").expanduser() / ".ssh"
        own.mkdir(mode=0o700, exist_ok=True)
        script = 'mount --bind "$0" "$1" && shift && exec "$@"'
        return ["unshare", "-m", "sh", "-c", script, str(self.ssh_folder), str(own), *words]

    def run(self, *words: str, **more: Any) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            self.command(*words),
            env=self.variables(),
            capture_output=True,
            timeout=more.pop("timeout", 60),
            **more,
        )

    def start(self, *words: str, **more: Any) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self.command(*words), env=self.variables(), **more)


def has_programs() -> bool:
    return os.geteuid() == 0 and all(map(shutil.which, ("ssh", "scp", "unshare")))


class Gate:
    """What stands between a computer and a server: it can be cut, or swallow all bytes."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self.open = True
        self.swallows = False
        self.delay = 0.0  # seconds that each piece takes, either way
        self.carried = 0
        self._connections: list[socket.socket] = []
        self._ended = False
        threading.Thread(target=self._accept, daemon=True).start()

    def lead_to(self, port: int) -> None:
        self._target = port

    def cut(self) -> None:
        """Nothing comes through, and what was open is closed."""
        self.open = False
        for each in self._connections:
            _end(each)
        self._connections.clear()

    def close(self) -> None:
        self._ended = True
        self.cut()
        self._server.close()

    def _accept(self) -> None:
        while not self._ended:
            try:
                outer, _ = self._server.accept()
            except OSError:
                return
            if not self.open:
                outer.close()
                continue
            inner = socket.create_connection(("127.0.0.1", self._target))
            for each in (outer, inner):
                each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._connections += [outer, inner]
            for ends in ((outer, inner), (inner, outer)):
                threading.Thread(target=self._carry, args=ends, daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65_536):
                self.carried += len(data)
                time.sleep(self.delay)
                if not self.swallows:
                    target.sendall(data)
        except OSError:
            pass
        while self.swallows and not self._ended:  # its end is swallowed as well
            time.sleep(0.2)
        _end(target)


def gated(pairing: str, gate: Gate) -> str:
    """A pairing string whose address is the gate's."""
    address, _, code = pairing.partition("#")
    parts = urlsplit(address)
    return parts._replace(netloc=f"127.0.0.1:{gate.port}").geturl() + "#" + code


@dataclass
class World:
    server: TerminalServer
    machine: Machine
    details: dict[str, Any]

    def pairing(self) -> str:
        """The string that is good now."""
        said = self.machine.run("status", "--show-passwords", "--json").stdout
        return json.loads(said)["ssh"]["pairing"]

    @property
    def port(self) -> int:
        return urlsplit(self.server.url).port or 0

    def sshds(self) -> list[int]:
        """The processes of this session's clients."""
        backend = self.machine.backend_pid()
        assert backend
        return [
            pid
            for pid, line in command_lines()
            if b"sshd" in line and b"-D" not in line and b"listener" not in line
            if parent_of(pid) == backend
        ]

    def relays(self) -> list[int]:
        mark = str(self.machine.runtime / "through.sock").encode()
        return [pid for pid, line in command_lines() if b"relays/pty.py" in line and mark in line]

    def nothing_is_left(self) -> bool:
        return not (self.server.terminals() or self.sshds() or self.relays())


@contextmanager
def world_of(home: Path, *arguments: str) -> Iterator[World]:
    """A server with colabwidget's extension and a session; `arguments` are more of its options."""
    server = TerminalServer(Path(sys.executable), home, *arguments)
    server.add_extension()
    server.start()
    machine = server.machine(new_user())
    try:
        yield World(server, machine, machine.connect(tunnel="through"))
    finally:
        machine.end()
        server.end()


@contextmanager
def gate_before(world: World) -> Iterator[Gate]:
    """A gate on the way to a world's server."""
    gate = Gate(world.port)
    yield gate
    gate.swallows = False
    gate.close()


def of_home(computer: Computer) -> list[int]:
    """The processes of a computer."""
    mark, found = f"HOME={computer.home}\0".encode(), []
    for pid, _ in command_lines():
        try:
            if mark in Path(f"/proc/{pid}/environ").read_bytes():
                found.append(pid)
        except OSError:
            continue
    return found


def _end(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    connection.close()


def parent_of(pid: int) -> int:
    """0 for a process that has ended."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def command_lines() -> Iterator[tuple[int, bytes]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                yield int(entry.name), (entry / "cmdline").read_bytes()
            except OSError:
                continue
