"""Attaching: a name for every ssh, through a stand-in tunnel to a real sshd."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from colabwidget.attach.string import AttachString
from tests.doubles.releases import ReleaseServer
from tests.kit.machine.machine import Machine
from tests.kit.through import Computer, Gate, command_lines, has_programs
from tests.kit.vscode import COMMIT, Maker
from tests.kit.waiting import eventually

pytestmark = pytest.mark.skipif(not has_programs(), reason="needs root, OpenSSH and unshare")


@pytest.fixture(scope="module")
def maker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Maker]:
    """Of VS Code."""
    with ReleaseServer() as server:
        yield Maker(server, tmp_path_factory.mktemp("maker"))


@pytest.fixture(scope="module")
def machine(maker: Maker) -> Iterator[Machine]:
    made = Machine.make()
    made.environment |= {"COLABWIDGET_VSCODE": maker.server.url, "no_proxy": "*"}
    made.environment["SSL_CERT_FILE"] = str(maker.server.ca)
    try:
        made.connect()
        yield made
    finally:
        made.close()


@pytest.fixture
def computer() -> Iterator[Computer]:
    # A short path: a socket's may have 104 bytes.
    folder = Path(tempfile.mkdtemp(prefix="cw-", dir="/tmp"))
    made = Computer(folder / "c")
    yield made
    for name in ("colabwidget", "gpu"):
        if (made.ssh_folder / f"colabwidget/{name}.conf").exists():
            made.attach("--undo", name)
    shutil.rmtree(folder)


def details(machine: Machine) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(machine.run("status", "--show-passwords", "--json").stdout)[
        "ssh"
    ]
    return found


def string(machine: Machine, but: str = "") -> str:
    """The string that is good now, another one than one that was used."""

    def shown() -> str:
        found = str(details(machine)["attaching"] or "")
        return found if found != but else ""

    eventually(shown)
    return shown()


def test_ssh_goes_by_name_with_status_streams_and_signals(
    machine: Machine, computer: Computer, tmp_path: Path
) -> None:
    before = "Host other\n  Port 2222\n"
    (computer.ssh_folder / "config").write_text(before)
    done = computer.attach(text=string(machine))
    assert done.returncode == 0, done.stderr
    assert done.stdout == b"Attached. From now on: ssh colabwidget\n"
    name = "colabwidget"

    said = computer.run("ssh", name, "id -un; echo err >&2; exit 3")
    told = (said.returncode, said.stdout.decode(), said.stderr)
    assert told == (3, f"{machine.user}\n", b"err\n")
    assert computer.run("ssh", name, "kill -TERM $$").returncode not in (0, None)
    data = os.urandom(300_000)
    echoed = computer.run("ssh", name, "cat; cat /etc/hostname >&2", input=data)
    assert hashlib.sha256(echoed.stdout).digest() == hashlib.sha256(data).digest()
    (tmp_path / "there").write_bytes(data)
    assert computer.run("scp", str(tmp_path / "there"), f"{name}:over").returncode == 0
    assert computer.run("ssh", name, "sha256sum < over").stdout.split()[0].decode() == (
        hashlib.sha256(data).hexdigest()
    )

    for path in (computer.ssh_folder / "colabwidget").iterdir():
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == 0o600 or (path.suffix == ".pub" and mode == 0o644), path
    listed = computer.through("list").stdout
    assert listed.startswith(f"{name}\t{machine.user}\t127.0.0.1:")
    assert computer.attach("--undo", name).returncode == 0
    assert (computer.ssh_folder / "config").read_text() == before
    assert sorted(path.name for path in computer.ssh_folder.iterdir()) == ["config"]


def test_the_command_after_the_first_costs_few_round_trips(
    machine: Machine, computer: Computer
) -> None:
    assert computer.attach("--name", "gpu", text=string(machine)).returncode == 0
    gate = Gate(details(machine)["port"])
    gate.delay = 0.1
    try:
        assert computer.attach("--move", "gpu", f"127.0.0.1:{gate.port}").returncode == 0

        def seconds() -> float:
            began = time.monotonic()
            done = computer.run("ssh", "gpu", "true")
            assert (done.returncode, done.stderr) == (0, b"")
            return time.monotonic() - began

        first, second = seconds(), seconds()
        # A channel is opened, and a command run in it: two round trips of 0.2 s.
        assert second < 0.8 < first, (first, second)
        for _ in range(3):
            assert seconds() < first
    finally:
        computer.attach("--undo", "gpu")
        gate.close()


def test_a_name_is_replaced_and_the_string_is_good_once(
    machine: Machine, computer: Computer, tmp_path: Path
) -> None:
    used = string(machine)
    assert computer.attach("--name", "gpu", text=used).returncode == 0
    other = Computer(tmp_path / "o")
    refused = other.attach(text=used)
    assert refused.returncode == 1 and b"each is good once" in refused.stderr, refused.stderr
    assert not [path for path in other.ssh_folder.rglob("*") if path.is_file()]

    key = computer.ssh_folder / "colabwidget/gpu.key"
    before = key.read_bytes()
    assert computer.attach("--name", "gpu", text=used).returncode == 1
    assert key.read_bytes() == before
    assert computer.run("ssh", "gpu", "true").returncode == 0  # what was there stays
    # The machine is known by its host key: without a name it has the one that it had.
    again = computer.attach(text=string(machine, but=used))
    assert again.stdout.split()[-1] == b"gpu", again.stderr
    assert key.read_bytes() != before
    assert computer.run("ssh", "gpu", "echo in").stdout == b"in\n"


def test_nothing_secret_is_seen_and_the_shared_connection_ends(
    machine: Machine, computer: Computer
) -> None:
    text = string(machine)
    code = AttachString.parse(text)
    password = details(machine)["password"].encode()
    assert computer.attach("--name", "gpu", text=text).returncode == 0
    client = computer.start("ssh", "gpu", "echo in; exec sleep 600", stdout=subprocess.PIPE)
    assert client.stdout and client.stdout.readline() == b"in\n"
    kept = (computer.ssh_folder / "colabwidget/gpu.key").read_text().split("\n")[1]
    seen = b"".join(line for _, line in command_lines()) + machine.journal().encode()
    for path in computer.home.rglob("*"):
        if path.is_file() and path.suffix != ".key":
            seen += path.read_bytes()
    body = code.key.split("\n")[1]
    for secret in (text, password, body, kept):
        assert (secret if isinstance(secret, bytes) else secret.encode()) not in seen
    client.kill()
    client.wait()
    client.stdout.close()
    assert computer.attach("--undo", "gpu").returncode == 0
    mark = str(computer.home).encode()
    eventually(lambda: not [line for _, line in command_lines() if mark in line])


class Shells:
    """Shells that a user starts with ssh at a terminal, and is cut off from."""

    def __init__(self, computer: Computer, *words: str) -> None:
        self.computer, self.words = computer, words
        computer.environment["TERM"] = "xterm"

    def shown(self, typed: bytes, text: bytes) -> bytes:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        client = self.computer.start("ssh", "-tt", *self.words, **pipes)
        assert client.stdin and client.stdout
        client.stdin.write(typed)
        client.stdin.flush()
        seen, until = b"", time.monotonic() + 20
        while text not in seen and time.monotonic() < until:
            seen += os.read(client.stdout.fileno(), 65_536)
        client.kill()
        client.wait()
        client.stdin.close()
        client.stdout.close()
        return seen


@pytest.mark.skipif(not shutil.which("tmux"), reason="needs tmux")
def test_a_shell_of_tmux_is_there_again_for_the_next_connection(
    machine: Machine, computer: Computer
) -> None:
    assert computer.attach("--name", "gpu", text=string(machine)).returncode == 0
    line = next(tool["text"] for tool in details(machine)["tools"] if tool["name"] == "tmux")
    shells = Shells(computer, "gpu", "tmux", *line.partition("tmux ")[2].split())
    assert b"is 42" in shells.shown(b"echo is $((40 + 2))\n", b"is 42")
    assert b"is 42" in shells.shown(b"", b"is 42")
    assert computer.run("ssh", "gpu", "tmux kill-server").returncode == 0


@pytest.mark.skipif(not shutil.which("tmux"), reason="needs tmux")
def test_ssh_by_name_comes_back_to_its_shell_and_commands_meet_no_tmux(
    machine: Machine, computer: Computer, tmp_path: Path
) -> None:
    assert computer.attach("--name", "gpu", "--tmux", text=string(machine)).returncode == 0
    shells = Shells(computer, "gpu")
    typed = b"cd /usr/lib; echo is $((40 + 2)) in ${TMUX:+tmux}\n"
    assert b"is 42 in tmux" in shells.shown(typed, b"is 42 in tmux")
    assert b"is 42" in shells.shown(b"", b"is 42")  # it is drawn again
    assert b"at=/usr/lib" in shells.shown(b"echo at=$PWD\n", b"at=/usr/lib")

    told = computer.run("ssh", "gpu", "echo ${TMUX-none} ${COLABWIDGET_TMUX-none}; exit 3")
    assert (told.returncode, told.stdout) == (3, b"none none\n")
    told = computer.run("ssh", "-tt", "gpu", "echo ${TMUX-none}; exit 4")
    assert (told.returncode, told.stdout.strip()) == (4, b"none")
    # As editors come: a shell without a terminal, to which commands are written.
    told = computer.run("ssh", "-T", "gpu", input=b"echo ${TMUX-none}\nexit 5\n")
    assert (told.returncode, told.stdout) == (5, b"none\n")
    (tmp_path / "file").write_bytes(os.urandom(100_000))
    for words in (("scp",), ("scp", "-O"), ("rsync", "-a")):
        if shutil.which(words[0]):
            done = computer.run(*words, str(tmp_path / "file"), f"gpu:by-{words[-1]}")
            assert done.returncode == 0, done.stderr
    assert computer.run("sftp", "-b", "-", "gpu", input=b"ls\n").returncode == 0
    assert computer.attach("--move", "gpu", f"127.0.0.1:{details(machine)['port']}").returncode == 0
    assert "COLABWIDGET_TMUX" in (computer.ssh_folder / "colabwidget/gpu.conf").read_text()
    assert computer.run("ssh", "gpu", "tmux kill-server").returncode == 0


def test_where_tmux_fails_there_is_a_shell_all_the_same(
    machine: Machine, computer: Computer
) -> None:
    assert computer.attach("--name", "gpu", "--tmux", text=string(machine)).returncode == 0
    script = "mkdir -p bin && printf '#!/bin/sh\\nexit 1\\n' > bin/tmux && chmod +x bin/tmux"
    assert computer.run("ssh", "gpu", script).returncode == 0
    shells = Shells(computer, "gpu")
    computer.environment["TERM"] = "nothing-of-the-kind"
    assert b"is 42" in shells.shown(b"echo is $((40 + 2))\n", b"is 42")


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the stand-ins are for x86-64")
def test_the_machine_fetches_the_server_of_this_computer_s_editor(
    machine: Machine, computer: Computer, maker: Maker
) -> None:
    without = computer.attach("--name", "gpu", "--vscode", text=string(machine))
    assert without.returncode == 0 and b"`code` was not found" in without.stderr
    assert maker.requests == []
    code = computer.home / "bin/code"
    code.parent.mkdir()
    code.write_text(f"#!/bin/sh\necho 1.99.0; echo {COMMIT}; echo x64\n")
    code.chmod(0o755)
    computer.environment["PATH"] = f"{code.parent}:{os.environ['PATH']}"
    done = computer.attach("--name", "gpu", "--vscode", text=string(machine))
    assert (done.returncode, done.stderr) == (0, b"")
    look = f"cd .vscode-server && test -x code-{COMMIT} -a -O cli/servers/Stable-{COMMIT}/server"
    eventually(lambda: computer.run("ssh", "gpu", look).returncode == 0, 20)
