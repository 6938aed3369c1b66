"""The lines for other programs, run as they stand by another account with the real programs."""

from __future__ import annotations

import contextlib
import http.server
import os
import pwd
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from colabwidget.core.details import SshDetails, ssh_details
from colabwidget.core.endpoint import Endpoint
from colabwidget.core.secrets import Secret
from tests.kit.machine.accounts import new_user, remove_account
from tests.kit.machine.machine import Machine
from tests.kit.machine.ports import free_port, is_open
from tests.kit.machine.relay_server import RelayServer, make_key
from tests.kit.waiting import eventually

NEEDED = ("sftp", "scp", "rsync", "plink", "pscp", "puttygen", "ssh-agent")
MISSING = [name for name in NEEDED if not shutil.which(name)]
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"needs {', '.join(MISSING)}")

ODD = "it's a $folder"
WAYS = ("plain", "jump", "proxy")
# Carries a connection as a tunnel's program does, to where the test says.
CARRY = """\
import os, socket, sys, threading
assert sys.argv[1:] == ["access", "ssh", "--hostname", "machine.example"], sys.argv
wire = socket.create_connection(("127.0.0.1", {port}))
def inwards():
    while data := os.read(0, 65536):
        wire.sendall(data)
    wire.shutdown(socket.SHUT_WR)
threading.Thread(target=inwards, daemon=True).start()
while data := wire.recv(65536):
    os.write(1, data)
"""


class Visitor:
    """A person with an account and a home, who trusts no host key but those that are noted."""

    def __init__(self) -> None:
        self.name = new_user()
        subprocess.run(["useradd", "--create-home", "--shell", "/bin/sh", self.name], check=True)
        entry = pwd.getpwnam(self.name)
        self.home = Path(entry.pw_dir)
        self._ids = (entry.pw_uid, entry.pw_gid)
        self.ssh = self.home / ".ssh"
        self.ssh.mkdir(mode=0o700)
        self.public_key = make_key(self.ssh / "id_ed25519")
        (self.ssh / "config").write_text("Host *\n  StrictHostKeyChecking yes\n")
        (self.home / "bin").mkdir()
        self._own()

    def know(self, *lines: str) -> None:
        (self.ssh / "known_hosts").write_text("".join(f"{line.strip()}\n" for line in lines))
        self._own()

    def program(self, name: str, text: str) -> None:
        path = self.home / "bin" / name
        path.write_text(text)
        path.chmod(0o755)

    def run(
        self, line: str, text: str = "", password: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run a line as it stands, in the home; ssh is told the password without a terminal."""
        self.program("askpass", f"#!/bin/sh\necho {shlex.quote(password)}\n")
        self._own()
        return subprocess.run(
            self.command(line),
            input=text,
            capture_output=True,
            text=True,
            timeout=60,
            env=self.environment(),
            cwd=self.home,
            start_new_session=True,
        )

    def python(self) -> str:
        """A Python that the account may run; ours may lie in another account's home."""
        for path in (sys.executable, "/usr/bin/python3"):
            if self.run(f"{path} -c pass").returncode == 0:
                return path
        pytest.skip("another account can run no Python here")

    def command(self, line: str) -> list[str]:
        become = ["setpriv", "--reuid", self.name, "--regid", self.name, "--clear-groups"]
        return [*become, "sh", "-c", line]

    def environment(self) -> dict[str, str]:
        return {
            "HOME": str(self.home),
            "PATH": f"{self.home}/bin:/usr/local/bin:/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "SSH_ASKPASS": str(self.home / "bin" / "askpass"),
            "SSH_ASKPASS_REQUIRE": "force",
            "DISPLAY": "none",
        }

    def remove(self) -> None:
        """End what it has left, such as an agent that looks only now and then, and remove it."""
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and entry.stat().st_uid == self._ids[0]:
                    os.kill(int(entry.name), signal.SIGKILL)
            except (FileNotFoundError, ProcessLookupError):
                continue
        eventually(lambda: not self._processes())
        remove_account(self.name)
        assert not self.home.exists()

    def _processes(self) -> str:
        listed = ["ps", "-u", self.name, "-o", "stat=,args="]
        found = subprocess.run(listed, capture_output=True, text=True).stdout.splitlines()
        return "".join(line for line in found if not line.startswith("Z"))

    def _own(self) -> None:
        for path in (self.home, *self.home.rglob("*")):
            if not path.is_symlink():
                os.chown(path, *self._ids)


@pytest.fixture
def visitor() -> Iterator[Visitor]:
    if os.geteuid() != 0:
        pytest.skip("makes accounts, which takes root")
    made = Visitor()
    try:
        yield made
    finally:
        made.remove()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RelayServer]:
    made = RelayServer(tmp_path / "jump", "127.0.0.1", free_port())
    made.start()
    yield made
    made.stop()


def has_ipv6() -> bool:
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET6) as probe:
        probe.bind(("::1", 0))
        return True
    return False


def by(way: str, opened: dict[str, Any], folder: str, server: RelayServer) -> SshDetails:
    """The details of a connection, as they are where another way leads there."""
    ssh = opened["ssh"]
    keys = [line.partition(" ")[2] for line in ssh["known_hosts"].splitlines()]
    endpoint = {
        "plain": Endpoint(ssh["host"], ssh["port"]),
        "jump": Endpoint("localhost", ssh["port"], jump=server.server),
        "proxy": Endpoint("machine.example", 22, "carry access ssh --hostname %h"),
    }[way]
    password = Secret(ssh["password"]) if ssh["password"] else None
    return ssh_details(endpoint, ssh["user"], folder, keys, password, verified=True)


def lines_of(ssh: SshDetails) -> dict[str, str]:
    return {tool["name"]: tool["text"] for tool in ssh.tools}


def well(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, f"{done.args}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.mark.slow
def test_the_lines_lead_in_by_every_way(
    machine: Machine, visitor: Visitor, server: RelayServer
) -> None:
    opened = machine.connect(tunnel="direct")
    home = Path("/home", machine.user)
    odd = home / ODD
    odd.mkdir()
    shutil.chown(odd, machine.user, machine.user)
    server.let_in(visitor.public_key)
    visitor.program(
        "carry", f"#!{visitor.python()} -IS\n{CARRY.format(port=opened['ssh']['port'])}"
    )

    for way in WAYS:
        ssh = by(way, opened, str(home), server)
        visitor.know(ssh.known_hosts, server.known_hosts(visitor.home / "jump").read_text())
        word = opened["ssh"]["password"]

        # The command, and the block: included, and as a file of its own.
        assert well(visitor.run(f"{ssh.command} whoami", password=word)) == f"{machine.user}\n"
        block = visitor.ssh / "colab.conf"
        block.write_text(ssh.config)
        (visitor.ssh / "config").write_text(
            "Include colab.conf\nHost *\n  StrictHostKeyChecking yes\n"
        )
        for line in ("ssh colabwidget", f"ssh -F {block} -o StrictHostKeyChecking=yes colabwidget"):
            assert well(visitor.run(f"{line} whoami", password=word)) == f"{machine.user}\n"

        copied_by_all(visitor, ssh, home, word)
        taken_by_putty(visitor, ssh, home, word, server if way == "jump" else None)
        forwarded_by(visitor, ssh, word)
    copied_by_all(visitor, by(WAYS[-1], opened, str(odd), server), odd, opened["ssh"]["password"])

    # Another host key under the same names is refused, whatever the way.
    other = make_key(visitor.home / "other")
    for way in WAYS:
        ssh = by(way, opened, str(home), server)
        names = ssh.known_hosts.partition(" ")[0]
        jump = server.known_hosts(visitor.home / "jump").read_text()
        visitor.know(f"{names} {other}", jump)
        (visitor.ssh / "colab.conf").write_text(ssh.config)
        for line in (ssh.command, "ssh colabwidget"):
            done = visitor.run(f"{line} whoami", password="nobody asks for it")
            assert done.returncode == 255 and "Host key verification failed" in done.stderr


def test_a_key_and_a_config_file_are_enough(
    machine: Machine, visitor: Visitor, tmp_path: Path
) -> None:
    file = tmp_path / "colab.conf"
    file.write_text("Host mine\n")
    refused = machine.failure("--write-config", str(file), tunnel="direct")
    assert refused["code"] == "config_not_ours" and machine.backend_pid() is None
    assert file.read_text() == "Host mine\n"
    file.unlink()

    if has_ipv6():
        machine.address = "::1"
    wanted = ("--public-key", visitor.public_key, "--write-config", str(file))
    details = machine.connect(*wanted, tunnel="direct")
    assert machine.connect(*wanted, tunnel="direct") == details

    assert file.stat().st_mode & 0o777 == 0o600
    taken = visitor.home / "colab.conf"
    shutil.copy(file, taken)
    visitor.know(details["ssh"]["known_hosts"])
    assert well(visitor.run(f"ssh -F {taken} colabwidget whoami")) == f"{machine.user}\n"
    putty = {tool["name"]: tool for tool in details["ssh"]["tools"]}
    assert "add -i FILE.ppk" in putty["putty"]["note"]
    well(visitor.run("puttygen .ssh/id_ed25519 -o FILE.ppk"))
    line = f"{putty['plink']['text']} -i FILE.ppk -batch whoami"
    assert well(visitor.run(line)) == f"{machine.user}\n"

    printed = machine.run("status", "--ways").stdout
    for each in (details["ssh"]["config"], details["ssh"]["known_hosts"]):
        assert each in printed
    assert all(tool["text"] in printed for tool in putty.values())


def copied_by_all(visitor: Visitor, ssh: SshDetails, folder: Path, word: str) -> None:
    """Each program for copying puts something there, or brings it."""
    lines = lines_of(ssh)
    (visitor.home / "up").write_text("up")
    (visitor.home / "tree").mkdir(exist_ok=True)
    (visitor.home / "tree" / "leaf").write_text("leaf")

    listed = well(visitor.run(lines["sftp"], "pwd\nput up by-sftp\n", word))
    assert f"Remote working directory: {folder}\n" in listed
    well(visitor.run(lines["scp-to"].replace("FILE", "up"), password=word))
    well(visitor.run(lines["rsync"].replace("FOLDER", "tree"), password=word))
    found = {name: (folder / name).read_text() for name in ("by-sftp", "up", "tree/leaf")}
    assert found == {"by-sftp": "up", "up": "up", "tree/leaf": "leaf"}

    (folder / "down").write_text("down")
    well(visitor.run(lines["scp-from"].replace("FILE", "down"), password=word))
    assert (visitor.home / "down").read_text() == "down"
    for path in (visitor.home / "down", folder / "up", folder / "by-sftp"):
        path.unlink()
    shutil.rmtree(folder / "tree")


def taken_by_putty(
    visitor: Visitor, ssh: SshDetails, folder: Path, word: str, server: RelayServer | None
) -> None:
    """PuTTY's programs sign in, trusting the key of the line; without a terminal, they read
    the password from standard input.
    """
    lines = lines_of(ssh)
    before = ""
    if server:
        note = next(tool["note"] for tool in ssh.tools if tool["name"] == "putty")
        once = note.partition("before: ")[2].partition(". ")[0].rstrip(".")
        assert once == f"plink -P {server.port} root@{server.address}"
        before = f"ssh-add -q .ssh/id_ed25519 && echo y | {once} true 2>/dev/null && "
    for line in (f"{lines['plink']} whoami", lines["pscp"].replace("FILE", "by-pscp")):
        (visitor.home / "by-pscp").write_text("pscp")
        done = visitor.run(f"ssh-agent sh -c {shlex.quote(before + line)}", f"{word}\n")
        said = well(done)
        assert "pscp" in line or said == f"{ssh.user}\n"
    assert (folder / "by-pscp").read_text() == "pscp"
    (folder / "by-pscp").unlink()
    key = ssh.fingerprint
    wrong = lines["plink"].replace(key, "SHA256:" + "A" * 43)
    done = visitor.run(f"ssh-agent sh -c {shlex.quote(f'{before}{wrong} whoami')}", f"{word}\n")
    assert done.returncode != 0 and ssh.user not in done.stdout


def forwarded_by(visitor: Visitor, ssh: SshDetails, word: str) -> None:
    """What listens there is reached here."""
    with http.server.HTTPServer(("127.0.0.1", 0), Hello) as notebook:
        threading.Thread(target=notebook.serve_forever, daemon=True).start()
        here = free_port()
        line = lines_of(ssh)["forward"]
        # Port 8888 of this machine may be in use.
        ports = f"-L {here}:localhost:{notebook.server_port} -o ExitOnForwardFailure=yes"
        line = line.replace("-L 8888:localhost:8888", ports)
        visitor.run("true", password=word)
        forward = subprocess.Popen(
            visitor.command(f"exec {line}"),
            env=visitor.environment(),
            stdin=subprocess.DEVNULL,
            cwd=visitor.home,
            start_new_session=True,
        )
        try:
            eventually(lambda: is_open(here) or forward.poll() is not None)
            with urllib.request.urlopen(f"http://127.0.0.1:{here}/", timeout=20) as answer:
                assert answer.read() == b"a notebook"
        finally:
            forward.terminate()
            forward.wait(20)
            notebook.shutdown()


class Hello(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"a notebook")

    def log_message(self, *_: object) -> None:
        pass
