"""An account without any rights on this machine, and a colabwidget that runs as it."""

from __future__ import annotations

import grp
import json
import os
import pwd
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.kit.machine.accounts import remove_account
from tests.kit.machine.machine import ROOT
from tests.kit.waiting import eventually

# sshd without root cannot give a terminal to the group tty: it must have been born there, as
# it is wherever /dev/pts was mounted with gid=5. Where it was not, we bring such a /dev/pts.
_TERMINALS = """
mount -t devpts -o newinstance,gid=5,mode=620,ptmxmode=666 devpts /dev/pts
mount --bind /dev/pts/ptmx /dev/ptmx
exec "$@"
"""

# Opens a terminal of the notebook, and carries bytes.
_TERMINAL = """
import os, threading
from colabwidget.ipc.streams import OpenShell
from colabwidget.kernel.streams.connection import open_stream
stream, _ = open_stream(OpenShell("card", {"PATH": os.environ["PATH"]}, view="own"))
stream.settimeout(None)
def show():
    while data := stream.recv(65536):
        os.write(1, data)
threading.Thread(target=show, daemon=True).start()
while data := os.read(0, 65536):
    stream.sendall(data)
"""


def _with_terminals() -> list[str]:
    here, there = os.openpty()
    group = os.fstat(there).st_gid
    os.close(here)
    os.close(there)
    if group == grp.getgrnam("tty").gr_gid:
        return []
    return ["unshare", "--mount", "sh", "-ec", _TERMINALS, "sh"]


class PlainUser:
    """An account without any rights, and a notebook's environment of its own."""

    def __init__(self) -> None:
        self.name = f"cw{secrets.token_hex(4)}"
        # A short path: a socket's may have 107 bytes.
        self.folder = Path(tempfile.mkdtemp(prefix="cw-", dir="/tmp"))
        try:
            self._make()
        except BaseException:
            self.remove()
            raise

    def _make(self) -> None:
        subprocess.run(["useradd", "--create-home", "--shell", "/bin/bash", self.name], check=True)
        self.home = Path(pwd.getpwnam(self.name).pw_dir)
        self.folder.chmod(0o755)
        shutil.copytree(
            ROOT / "colabwidget",
            self.folder / "lib" / "colabwidget",
            ignore=shutil.ignore_patterns("__pycache__"),
        )
        # What a notebook's own programs are found by.
        self.programs = self.folder / "bin"
        self.programs.mkdir()
        self.key = self.folder / "id_ed25519"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.key], check=True)
        self.environment = {
            "PATH": f"{self.programs}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(self.folder / "lib"),
        }
        self.terminals = _with_terminals()
        self.python = self._python()

    @property
    def runtime(self) -> Path:
        return self.home / ".cache" / "colabwidget" / "run"

    def _python(self) -> str:
        """Return an interpreter that the account may run; ours may lie in another home."""
        new = "import sys; sys.exit(sys.version_info < (3, 10))"
        for python in (sys.executable, "/usr/bin/python3"):
            try:
                if self._run(python, "-c", new).returncode == 0:
                    return python
            except OSError:
                continue
        pytest.skip("an account without rights can run no Python from 3.10 on here")

    def _become(self, *arguments: str) -> list[str]:
        become = ["setpriv", f"--reuid={self.name}", f"--regid={self.name}", "--clear-groups"]
        return [*self.terminals, *become, *arguments]

    @contextmanager
    def terminal(self, typed: str) -> Iterator[subprocess.Popen[bytes]]:
        """A terminal of its notebook, into which that was typed; what is written to it follows."""
        with subprocess.Popen(
            self._become(self.python, "-c", _TERMINAL),
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd="/",
        ) as running:
            assert running.stdin
            running.stdin.write(typed.encode())
            running.stdin.flush()
            try:
                yield running
            finally:
                running.kill()

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self._become(*arguments),
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=90,
            cwd="/",
        )

    def colabwidget(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self._run(self.python, "-m", "colabwidget", *arguments)

    def try_connect(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        place = ("--tunnel", "direct", "--address", "127.0.0.1", "--json")
        return self.colabwidget("connect", *place, *arguments)

    def connect(self, *arguments: str) -> dict[str, Any]:
        done = self.try_connect("--public-key", f"{self.key}.pub", *arguments)
        assert done.returncode == 0, f"{done.stderr}\n{self.colabwidget('log').stdout}"
        details: dict[str, Any] = json.loads(done.stdout)
        return details

    def failure(self, *arguments: str) -> dict[str, str]:
        done = self.try_connect(*arguments)
        assert done.returncode == 1, done.stdout
        assert "Traceback" not in done.stderr
        error: dict[str, str] = json.loads(done.stdout)["error"]
        return error

    def options(self) -> tuple[str, ...]:
        return ("-o", "IdentitiesOnly=yes", "-i", str(self.key), "-o", "BatchMode=yes")

    def processes(self) -> list[str]:
        """Its living processes; one that has ended and waits to be asked is none."""
        listed = subprocess.run(
            ["ps", "-u", self.name, "-o", "stat=,args="], capture_output=True, text=True
        )
        return [line for line in listed.stdout.splitlines() if not line.startswith("Z")]

    def stop(self) -> None:
        """End the backend, where this environment finds it."""
        code = "from colabwidget.ipc import client\nfound = client.find()\nfound and found.stop()"
        self._run(self.python, "-c", code)
        eventually(lambda: not self.processes(), what=lambda: f"{self.processes()}")

    def close(self) -> None:
        self.stop()
        self.remove()

    def remove(self) -> None:
        remove_account(self.name)
        shutil.rmtree(self.folder)
