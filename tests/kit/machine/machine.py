"""A colabwidget of its own on this machine."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from colabwidget.control import operations
from colabwidget.ipc import client
from tests.doubles import install_ngrok, set_behaviour
from tests.kit.backend.loop_watch import LoopWatch
from tests.kit.machine.accounts import new_user, remove_account
from tests.kit.machine.host_keys import put_rsa_key
from tests.kit.machine.tokens import new_token
from tests.kit.waiting import eventually

ROOT = Path(__file__).parents[3]
# Desktops of this machine share its vglrun: one test at a time has one.
DESKTOP_TEST = (
    pytest.mark.skipif(not shutil.which("Xtigervnc"), reason="needs tigervnc-standalone-server"),
    pytest.mark.usefixtures("only_desktop"),
)


@dataclass
class Machine:
    """A colabwidget whose files, account and agent are its own; everything goes at `close`."""

    folder: Path
    user: str
    ngrok: Path
    python: str = sys.executable
    environment: dict[str, str] = field(default_factory=dict)
    token: str = field(default_factory=new_token)
    #: Words before each of its commands, and before those of who connects to it from outside.
    inside: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()
    #: Where the tunnel "direct" listens.
    address: str = "127.0.0.1"
    #: Watches that its backends never block in their event loops.
    watch: LoopWatch | None = None
    #: How its agent behaves, beside the faults that a test asks for.
    usual: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def make(cls) -> Machine:
        # A short path: a socket's may have 107 bytes.
        folder = Path(tempfile.mkdtemp(prefix="cw-", dir="/tmp"))
        machine = cls(folder, new_user(), install_ngrok(folder / "bin"))
        for name in ("run", "state", "home", "watch"):
            (folder / name).mkdir(mode=0o700)
        machine.watch = LoopWatch(folder / "watch")
        put_rsa_key(folder / "state")
        machine.environment = {
            "PATH": f"{machine.ngrok.parent}:{os.environ['PATH']}",
            "HOME": str(folder / "home"),
            "LANG": "C.UTF-8",
            "XDG_RUNTIME_DIR": str(folder / "run"),
            "XDG_STATE_HOME": str(folder / "state"),
            "PYTHONPATH": f"{machine.watch.folder}{os.pathsep}{ROOT}",
            # What a stand-in calls itself is known nowhere but to itself.
            "COLABWIDGET_NAME_WAIT": "0",
            "COLABWIDGET_INTERNET": "127.0.0.1:1",  # nothing outside this machine answers
        }
        return machine

    def agent(self, **faults: Any) -> None:
        """Let the ngrok agent have these faults from its next start on; none for a good one."""
        set_behaviour(self.ngrok, **{**self.usual, **faults})

    @property
    def runtime(self) -> Path:
        return Path(self.environment["XDG_RUNTIME_DIR"]) / "colabwidget"

    def command(self, *arguments: str) -> list[str]:
        return [*self.inside, self.python, "-m", "colabwidget", *arguments]

    def run(self, *arguments: str, text: str = "", **more: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments),
            env=self.environment,
            input=text,
            capture_output=True,
            text=True,
            timeout=90,
            cwd="/",
            **more,
        )

    def connect(self, *arguments: str, tunnel: str = "ngrok") -> dict[str, Any]:
        """Connect and return the details; a failure shows what was said."""
        done = self.try_connect(*arguments, tunnel=tunnel)
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{self.journal()}"
        return json.loads(done.stdout)

    def try_connect(
        self, *arguments: str, tunnel: str = "ngrok", text: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        place = {"direct": ["--address", self.address], "ngrok": ["--token-stdin"]}.get(tunnel, [])
        user = [] if "--user" in arguments else ["--user", self.user]
        return self.run(
            "connect",
            "--tunnel",
            tunnel,
            *place,
            *user,
            "--json",
            *arguments,
            text=self.token if text is None else text,
        )

    def failure(self, *arguments: str, **more: Any) -> dict[str, str]:
        """Connect, see it refused without a traceback, and return the error."""
        done = self.try_connect(*arguments, **more)
        assert done.returncode == 1, done.stdout
        assert "Traceback" not in done.stderr
        return json.loads(done.stdout)["error"]

    @contextmanager
    def at_home(self) -> Iterator[None]:
        """This process finds the machine's backend, as the machine's commands do.

        A command costs a new Python each time: too much for what is asked again and again.
        """
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("XDG_RUNTIME_DIR", self.environment["XDG_RUNTIME_DIR"])
            yield

    def status(self) -> dict[str, Any]:
        with self.at_home():
            return operations.status()

    def disconnect(self) -> None:
        assert self.run("disconnect").returncode == 0

    def journal(self) -> str:
        lines: list[str] = []
        with self.at_home():
            operations.journal(lines.append)
        return "".join(f"{line}\n" for line in lines)

    def backend_pid(self) -> int | None:
        """The backend's process, known by the runtime directory in its environment.

        What it has forked looks the same until it becomes another program, and may have a
        smaller number where numbers have come round, but is younger; what has started it
        leads no session.
        """
        mark = f"XDG_RUNTIME_DIR={self.environment['XDG_RUNTIME_DIR']}\0".encode()
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    if b"colabwidget.backend" in (entry / "cmdline").read_bytes() and (
                        mark in (entry / "environ").read_bytes()
                    ):
                        words = (entry / "stat").read_text().rpartition(")")[2].split()
                        if words[3] == entry.name:
                            found.append((int(words[19]), int(entry.name)))
                except OSError:
                    continue
        return min(found)[1] if found else None

    def stop(self) -> None:
        """End the backend as an upgrade would."""
        with self.at_home():
            found = client.find()
            if found:
                found.stop()

    def end(self) -> None:
        """The backend is gone, and the account with it."""
        self.stop()
        eventually(lambda: self.backend_pid() is None)
        # The guard of a backend that was killed closes what that has left open.
        with suppress(FileNotFoundError), (self.runtime / "lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
        remove_account(self.user)

    def close(self) -> None:
        self.end()
        blocked = self.watch.too_long() if self.watch else []
        shutil.rmtree(self.folder)
        assert not blocked, f"the backend has blocked in its event loop: {blocked}"
