"""Shells for the notebook beside a session: whose they are, and when they end."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.kit.machine.machine import Machine
from tests.kit.waiting import eventually

# Opens a shell, tells what it says to a question, and then when it has ended.
LOOK = """
import sys
from colabwidget.ipc.streams import OpenShell
from colabwidget.kernel.streams.connection import open_stream
environment = {"PATH": "/usr/bin:/bin"}
shell, _ = open_stream(OpenShell(sys.argv[1], environment))
who = b'echo "=$(whoami) $HOME $((6 * 7))="; echo "=in $PWD="; '
shell.sendall(who + b'sudo -n true && echo "=may sudo="\\n')
while data := shell.recv(4096):
    sys.stdout.write(data.decode(errors="replace"))
    sys.stdout.flush()
print("=ended=", flush=True)
"""


class Look:
    """A view of a shell, in a process of its own."""

    def __init__(self, machine: Machine, name: str) -> None:
        self.said = b""
        self.process = subprocess.Popen(
            [machine.python, "-u", "-c", LOOK, name],
            env=machine.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd="/",
        )
        assert self.process.stdout
        os.set_blocking(self.process.stdout.fileno(), False)

    def says(self, text: str) -> bool:
        assert self.process.stdout
        self.said += self.process.stdout.read() or b""
        return text.encode() in self.said

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()


def test_a_shell_is_the_session_s_account_s_and_ends_with_it(machine: Machine) -> None:
    own = Look(machine, "own")
    machine_home = machine.environment["HOME"]
    eventually(lambda: own.says(f"=root {machine_home} 42="), what=lambda: own.said.decode())

    # From a notebook whose folder all accounts may enter.
    work = Path("/var/tmp", machine.user)
    work.mkdir()
    work.chmod(0o755)
    direct = ("connect", "--tunnel", "direct", "--address", "127.0.0.1", "--user", machine.user)
    subprocess.run(
        machine.command(*direct), env=machine.environment, cwd=work, check=True, capture_output=True
    )
    assert machine.status()["ssh"]["folder"] == str(work)
    theirs = Look(machine, "theirs")
    try:
        eventually(
            lambda: theirs.says(f"={machine.user} /home/{machine.user} 42="),
            what=lambda: theirs.said.decode(),
        )
        eventually(lambda: theirs.says("=may sudo="))
        assert not theirs.says("=ended=")

        # It begins where SSH sessions do.
        folder = machine.status()["ssh"]["folder"]
        eventually(lambda: theirs.says(f"=in {folder}="), what=lambda: theirs.said.decode())

        machine.disconnect()
        eventually(lambda: theirs.says("=ended="))
        # One that was there before belongs to no session.
        assert not own.says("=ended=")
        assert own.process.poll() is None
        machine.stop()
        eventually(lambda: own.says("=ended="))
    finally:
        own.close()
        theirs.close()
        work.rmdir()
