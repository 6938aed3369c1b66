"""The client's end of the Unix socket, and real backends at the other."""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
import struct
import subprocess
import sys
from typing import Any

from colabwidget import __version__
from colabwidget.core.snapshot import Snapshot
from colabwidget.ipc import messages
from colabwidget.system import paths
from tests.kit.machine.machine import ROOT

# A session with these ends before it changes anything: root signs in with a key only, and
# without root that account cannot be opened at all.
DOOMED = {"tunnel": "direct", "user": "root"}


class Line:
    """A client's end: says and hears one line at a time."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(20)
        self.socket.connect(str(paths.socket_path()))
        self._lines = self.socket.makefile("rb")
        hello = self.hear()
        assert isinstance(hello, messages.Hello)
        self.hello = hello

    def __enter__(self) -> Line:
        return self

    def __exit__(self, *exception: object) -> None:
        self._lines.close()
        self.socket.close()

    def say(self, what: messages.Message | bytes) -> None:
        self.socket.sendall(what if isinstance(what, bytes) else messages.encode(what))

    def hear(self) -> messages.Message | None:
        """The next message; nothing when the other end has hung up."""
        line = self.raw()
        return messages.decode(line) if line else None

    def raw(self) -> bytes:
        """The next message as it came."""
        try:
            return self._lines.readline()
        except ConnectionResetError:
            return b""

    def follow(self) -> Snapshot:
        """Ask for events; the state comes first."""
        self.say(messages.Hello(messages.VERSION, __version__, follow=True))
        return self.state()

    def state(self, *phases: str) -> Snapshot:
        """The next state, or the next one in one of some phases."""
        while message := self.hear():
            if isinstance(message, messages.State):
                snapshot = Snapshot.from_dict(message.snapshot)
                if not phases or snapshot.phase in phases:
                    return snapshot
        raise AssertionError("the backend has hung up")

    def ask(self, request: messages.Request) -> messages.Reply:
        self.say(request)
        while message := self.hear():
            if isinstance(message, messages.Reply):
                return message
        raise AssertionError("the backend has hung up")

    def result(self, request: messages.Request) -> dict[str, Any]:
        reply = self.ask(request)
        assert reply.error is None, reply.error
        return reply.result

    def peer(self) -> int:
        """The process at the other end (SO_PEERCRED of unix(7))."""
        size = struct.calcsize("3i")
        data = self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
        return int(struct.unpack("3i", data)[0])


class Spawned:
    """A real backend in its own process."""

    def __init__(self) -> None:
        with Line() as line:
            self.pid = line.peer()
            self.epoch = line.hello.epoch

    @classmethod
    def start(cls, package_folder: object = ROOT) -> Spawned:
        # What the fixtures have in PYTHONPATH watches the backend.
        folders = [str(package_folder), *filter(None, [os.environ.get("PYTHONPATH")])]
        done = subprocess.run(
            [sys.executable, "-m", "colabwidget.backend"],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(folders)},
            cwd="/",
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return cls()

    def end(self) -> None:
        """Stop it if it still runs, and wait until it is gone."""
        with contextlib.suppress(OSError, AssertionError), Line() as line:
            line.ask(messages.Stop(1))
        wait_until_unlocked()


def wait_until_unlocked() -> None:
    """Return once no backend holds the lock: the system frees it when the process is gone."""
    file = paths.runtime_directory() / "lock"
    with contextlib.suppress(FileNotFoundError), file.open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
