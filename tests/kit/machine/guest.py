"""A guest of a session: the owner's terminal in the notebook, and a real client of the guest."""

from __future__ import annotations

import json
import os
import pty
import shlex
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.kit.backend.shell_view import ShellView
from tests.kit.machine.machine import Machine
from tests.kit.machine.ssh_client import run_answered, ssh_password
from tests.kit.waiting import eventually


class OwnersTerminal(ShellView):
    """A terminal of the notebook, as its page has it."""

    def __init__(self, machine: Machine, name: str = "card") -> None:
        with machine.at_home():
            super().__init__(name, "own")
        self.state: list[str] = []

    def run(self, command: str) -> str:
        """What a command prints."""
        self.data = b""
        self.type(f"{command}; echo do''ne-$?\n")
        return self.until("done-")

    def close(self) -> None:
        self.socket.close()


def invited(machine: Machine, *arguments: str) -> dict[str, Any]:
    """Invite a guest and return what the guest is told."""
    done = machine.run("invite", "--json", *arguments)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{machine.journal()}"
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def guest_arguments(told: dict[str, Any], folder: Path, *options: str) -> list[str]:
    """The guest's command, which trusts the host key that the guest was told of."""
    known_hosts = folder / f"known_hosts_{told['name']}"
    known_hosts.write_text(told["known_hosts"] + "\n")
    trust = ["-F", "none", "-o", f"UserKnownHostsFile={known_hosts}"]
    trust += ["-o", "StrictHostKeyChecking=yes", "-o", "ConnectTimeout=20"]
    return [*shlex.split(told["command"]), *trust, *options]


def guest_runs(
    told: dict[str, Any], folder: Path, *words: str, text: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run the guest's client to its end, without a terminal."""
    with ssh_password(told["password"] or "") as environment:
        return run_answered([*guest_arguments(told, folder), *words], environment, text)


@dataclass
class GuestView:
    """A guest's client on a terminal of its own."""

    process: subprocess.Popen[bytes]
    terminal: int
    data: bytes = b""

    def type(self, data: bytes) -> None:
        while data:
            try:
                data = data[os.write(self.terminal, data) :]
            except BlockingIOError:
                self.look()
                time.sleep(0.01)

    def look(self) -> bytes:
        """All that has come until now."""
        while True:
            try:
                more = os.read(self.terminal, 65_536)
            except BlockingIOError:
                return self.data
            except OSError:
                return self.data  # the client has ended
            self.data += more

    def until(self, text: str, seconds: float = 20) -> bytes:
        eventually(lambda: text.encode() in self.look(), seconds, lambda: repr(self.data[-2000:]))
        return self.data

    def seconds_until_gone(self, patience: float = 10) -> float:
        began = time.monotonic()
        while self.process.poll() is None:
            self.look()
            assert time.monotonic() - began < patience
            time.sleep(0.02)
        return time.monotonic() - began


@contextmanager
def guest_view(told: dict[str, Any], folder: Path, *options: str) -> Iterator[GuestView]:
    """The guest's client, as the guest starts it in a terminal."""
    ours, theirs = pty.openpty()
    os.set_blocking(ours, False)
    with ssh_password(told["password"] or "") as environment:
        client = subprocess.Popen(
            guest_arguments(told, folder, *options),
            env={**environment, "TERM": "xterm-256color"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        view = GuestView(client, ours)
        try:
            yield view
        finally:
            client.kill()
            client.wait()
            os.close(ours)
