"""What several suites need: a colabwidget of its own on this machine, and a real ssh client."""

from __future__ import annotations

import json
import os
import pwd
import secrets
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from colabwidget.control import operations
from colabwidget.ipc import client
from tests.doubles import install_ngrok, set_behaviour

ROOT = Path(__file__).parents[3]
VIEWER_PORT = 5901  # of every forward command
# Desktops of this machine share its vglrun: one test at a time has one.
DESKTOP_TEST = (
    pytest.mark.skipif(not shutil.which("Xtigervnc"), reason="needs tigervnc-standalone-server"),
    pytest.mark.usefixtures("only_desktop"),
)
TOKEN_SHAPE = "2{}_{}"


def new_token() -> str:
    """A token of an authtoken's shape, unlike any other."""
    return TOKEN_SHAPE.format(secrets.token_hex(13), secrets.token_hex(11))


def new_user() -> str:
    """The name of an account that is not there."""
    return f"cw{secrets.token_hex(4)}"


def eventually(
    check: Callable[[], Any], seconds: float = 20.0, what: Callable[[], str] | None = None
) -> Any:
    """What the check gives once it is true; a failure when it is not true in time."""
    deadline = time.monotonic() + seconds
    while True:
        began = time.monotonic()
        if found := check():
            return found
        now = time.monotonic()
        assert now < deadline, what() if what else f"never true: {check}"
        # What is waited for needs the processor more than a check that is dear.
        time.sleep(max(0.05, min(now - began, 0.2)))


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
    #: How its agent behaves, beside the faults that a test asks for.
    usual: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def make(cls) -> Machine:
        # A short path: a socket's may have 107 bytes.
        folder = Path(tempfile.mkdtemp(prefix="cw-", dir="/tmp"))
        machine = cls(folder, new_user(), install_ngrok(folder / "bin"))
        for name in ("run", "state", "home"):
            (folder / name).mkdir(mode=0o700)
        machine.environment = {
            "PATH": f"{machine.ngrok.parent}:{os.environ['PATH']}",
            "HOME": str(folder / "home"),
            "LANG": "C.UTF-8",
            "XDG_RUNTIME_DIR": str(folder / "run"),
            "XDG_STATE_HOME": str(folder / "state"),
            "PYTHONPATH": str(ROOT),
            # What a stand-in calls itself is known nowhere but to itself.
            "COLABWIDGET_NAME_WAIT": "0",
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
        remove_account(self.user)

    def close(self) -> None:
        self.end()
        shutil.rmtree(self.folder)


# PTRACE_SEIZE and PTRACE_INTERRUPT of ptrace(2); it ends when what it holds was killed.
HOLD = """
import ctypes, os, sys
pid, call = int(sys.argv[1]), ctypes.CDLL(None).ptrace
call.argtypes = [ctypes.c_long] * 4
assert call(0x4206, pid, 0, 0) == 0 and call(0x4207, pid, 0, 0) == 0
while not os.WIFSIGNALED(os.waitpid(pid, 0x40000000)[1]):
    pass
"""


def hold(pid: int) -> None:
    """Hold a process as a debugger does, until it is killed: no signal makes it go on."""
    subprocess.Popen([sys.executable, "-IS", "-c", HOLD, str(pid)], start_new_session=True)
    eventually(lambda: Path(f"/proc/{pid}/stat").read_text().split()[2] == "t")


def command_line(pid: int) -> str:
    """What a process was started with; empty for one that has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def remove_account(name: str) -> None:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return
    remove = ["userdel", "--remove", name]
    # Other tests, and what they try, change accounts at the same time.
    eventually(
        lambda: (
            b"cannot lock" not in subprocess.run(remove, capture_output=True, check=False).stderr
        )
    )


def ssh_arguments(details: dict[str, Any], folder: Path, *options: str) -> list[str]:
    """The command of the details, with the host key of the details and no other trusted."""
    known_hosts = folder / "known_hosts"
    known_hosts.write_text(details["ssh"]["known_hosts"] + "\n")
    return [
        *shlex.split(details["ssh"]["command"]),
        "-F",
        "none",
        "-o",
        f"UserKnownHostsFile={known_hosts}",
        "-o",
        "StrictHostKeyChecking=yes",
        "-o",
        "ConnectTimeout=20",
        *options,
    ]


@contextmanager
def ssh_password(password: str) -> Iterator[dict[str, str]]:
    """An environment in which ssh is told the password without a terminal."""
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "askpass"
        program.write_text(f"#!/bin/sh\necho {shlex.quote(password)}\n")
        program.chmod(0o700)
        yield {
            **os.environ,
            "SSH_ASKPASS": str(program),
            "SSH_ASKPASS_REQUIRE": "force",
            "DISPLAY": "none",
        }


def ssh(
    details: dict[str, Any],
    *command: str,
    folder: Path,
    options: tuple[str, ...] = (),
    password: str | None = None,
    text: str = "",
    outside: tuple[str, ...] = (),
) -> subprocess.CompletedProcess[str]:
    """Sign in with a real OpenSSH client, as the details say; `outside` stands before it."""
    secret = details["ssh"]["password"] if password is None else password
    with ssh_password(secret or "") as environment:
        return subprocess.run(
            [*outside, *ssh_arguments(details, folder, *options), *command],
            env=environment,
            input=text,
            capture_output=True,
            text=True,
            timeout=60,
            start_new_session=True,
        )


@contextmanager
def ssh_session(
    details: dict[str, Any], folder: Path, outside: tuple[str, ...] = ()
) -> Iterator[subprocess.Popen[bytes]]:
    """An SSH session that stays open."""
    with ssh_password(details["ssh"]["password"] or "") as environment:
        session = subprocess.Popen(
            [*outside, *ssh_arguments(details, folder), "echo in; cat"],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        try:
            assert session.stdout and session.stdout.readline() == b"in\n"
            yield session
        finally:
            session.kill()
            session.communicate()


@contextmanager
def forwarded(details: dict[str, Any], folder: Path) -> Iterator[int]:
    """The desktop's port, brought here by the command of the details.

    On this machine, the port that the command brings it to is the desktop's own: another is used.
    """
    port = free_port()
    command = details["desktop"]["forward_command"].replace(f"-L {VIEWER_PORT}:", f"-L {port}:")
    assert command != details["desktop"]["forward_command"]
    trusted = ssh_arguments(details, folder)[len(shlex.split(details["ssh"]["command"])) :]
    with ssh_password(details["ssh"]["password"]) as environment:
        forward = subprocess.Popen(
            [*shlex.split(command), *trusted, "-o", "ExitOnForwardFailure=yes", "-N"],
            env=environment,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        try:
            eventually(lambda: is_open(port) or forward.poll() is not None)
            assert forward.poll() is None, forward.stderr and forward.stderr.read()
            yield port
        finally:
            forward.kill()
            forward.communicate()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def forms_of(secret: str) -> list[bytes]:
    """How a secret could stand in a file: plain, base64, URL-encoded, JSON-escaped."""
    import base64
    from urllib.parse import quote

    data = secret.encode()
    forms = {data, quote(secret, safe="").encode(), json.dumps(secret)[1:-1].encode()}
    for pad in range(3):
        encoded = base64.b64encode(b"\0" * pad + data)
        # Without the characters that depend on what stands before and after.
        form = encoded[4 if pad else 0 : -4]
        # Of a short secret, too little may be left to tell it from anything else.
        if len(form) >= 8:
            forms.add(form)
    return sorted(forms)


def find_in_files(secrets_: list[str], *folders: Path) -> list[Path]:
    """The files below some folders that hold any of the secrets in any form."""
    forms = [form for secret in secrets_ for form in forms_of(secret)]
    found = []
    for folder in folders:
        # Unlike pathlib's, this walk goes on where something vanishes meanwhile.
        below = [Path(place, name) for place, _, names in os.walk(folder) for name in names]
        for path in [folder] if folder.is_file() else below:
            try:
                if path.is_symlink() or not path.is_file():
                    continue
                data = path.read_bytes()
            except OSError:
                continue
            if any(form in data for form in forms):
                found.append(path)
    return found


def find_in_processes(secrets_: list[str]) -> list[str]:
    """The processes that have any of the secrets in their command line or environment."""
    forms = [form for secret in secrets_ for form in forms_of(secret)]
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        for name in ("cmdline", "environ"):
            try:
                data = (entry / name).read_bytes()
            except OSError:
                continue
            if any(form in data for form in forms):
                found.append(f"{entry.name}/{name}: {data[:80]!r}")
    return found
