"""A machine on which there is no sshd, and none can be installed: shells and files instead."""

from __future__ import annotations

import hashlib
import json
import os
import pty
import select
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kit.machine.accounts import new_user
from tests.kit.machine.machine import Machine
from tests.kit.through import Computer, TerminalServer, has_programs

pytestmark = pytest.mark.skipif(not has_programs(), reason="needs root, OpenSSH and unshare")

_HIDE = """
for program in sshd apt-get; do
  for folder in /usr/local/sbin /usr/local/bin /usr/sbin /usr/bin; do
    [ ! -e $folder/$program ] || mount --bind /dev/null $folder/$program
  done
done
exec "$@"
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TerminalServer]:
    made = TerminalServer(Path(sys.executable), tmp_path_factory.mktemp("server"))
    made.add_extension()
    made.start()
    yield made
    made.end()


@pytest.fixture(scope="module")
def machine(server: TerminalServer) -> Iterator[Machine]:
    made = server.machine(new_user())
    made.inside = ("unshare", "--mount", "sh", "-ec", _HIDE, "sh")
    try:
        yield made
    finally:
        made.end()


@pytest.mark.long
def test_a_shell_and_files_take_the_place_of_ssh(machine: Machine, tmp_path: Path) -> None:
    ssh = machine.connect(tunnel="through")["ssh"]
    assert ssh["command"] == "python -m colabwidget through shell colabwidget"
    assert "no ssh, scp, VS Code or forwarded ports" in ssh["notices"][0]
    assert not (ssh["config"] or ssh["fingerprint"] or ssh["vscode_url"])
    said = machine.run("status", "--show-passwords", "--json").stdout
    computer = Computer(tmp_path / "computer")
    paired = computer.through("pair", text=json.loads(said)["ssh"]["pairing"] + "\n")
    assert "There is no SSH server" in paired.stdout, paired.stderr
    assert not (computer.ssh_folder / "config").exists()

    shell = computer.through("shell", "colabwidget", text="echo is $((6 * 7)); id -un; exit\n")
    assert shell.returncode == 0, shell.stderr
    assert "is 42" in shell.stdout and "root" in shell.stdout

    data = os.urandom(3_000_000)
    tree = tmp_path / "tree"
    (tree / "below").mkdir(parents=True)
    (tree / "below" / "one").write_bytes(data)
    (tree / "empty").write_bytes(b"")
    put = computer.through("put", str(tree), "colabwidget:in")
    assert put.returncode == 0 and put.stdout.endswith("in/tree\n"), put.stderr
    got = computer.through("get", "colabwidget:in/tree/below/one", str(tmp_path / "back"))
    assert got.returncode == 0, got.stderr
    back = (tmp_path / "back").read_bytes()
    assert hashlib.sha256(back).digest() == hashlib.sha256(data).digest()
    zipped = computer.through("get", "colabwidget:in/tree", str(tmp_path))
    with zipfile.ZipFile(zipped.stdout.strip()) as whole:
        assert {"below/one", "empty"} <= {*whole.namelist()}

    for wrong in ("nothing", "../up", "/etc/passwd"):
        refused = computer.through("get", f"colabwidget:{wrong}", str(tmp_path / "wrong"))
        assert (refused.returncode, "Traceback" in refused.stderr) == (1, False), refused
    assert not [*tmp_path.glob("wrong*")]
    looked = computer.through("doctor")
    assert looked.returncode == 0, looked.stdout
    assert computer.through("forget", "colabwidget").returncode == 0
    assert not [path for path in computer.ssh_folder.rglob("*") if path.is_file()]


class Terminal:
    """A user's terminal, in which a shell of the machine is shown."""

    def __init__(self, computer: Computer) -> None:
        self.master, slave = pty.openpty()
        words = [sys.executable, "-m", "colabwidget", "through", "shell", "colabwidget"]
        self.process = subprocess.Popen(
            words, stdin=slave, stdout=slave, stderr=slave, env=computer.variables(), cwd="/"
        )
        os.close(slave)
        self.said = b""

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())

    def shows(self, text: str, seconds: float = 20.0) -> bool:
        until = time.monotonic() + seconds
        while text.encode() not in self.said and time.monotonic() < until:
            if select.select([self.master], [], [], 0.2)[0]:
                try:
                    self.said += os.read(self.master, 65_536)
                except OSError:  # its other end is closed
                    break
        return text.encode() in self.said

    def ended(self) -> int:
        status = self.process.wait(20)
        os.close(self.master)
        return status


def test_a_shell_is_left_and_found_again(machine: Machine, tmp_path: Path) -> None:
    machine.try_connect(tunnel="through")
    said = machine.run("status", "--show-passwords", "--json").stdout
    computer = Computer(tmp_path / "computer")
    computer.through("pair", text=json.loads(said)["ssh"]["pairing"] + "\n")

    first = Terminal(computer)
    assert first.shows("# "), first.said
    first.type("here=$((40 + 2)); echo is $here\r")
    assert first.shows("is 42"), first.said
    first.type("\r~.")
    assert first.ended() == 0
    second = Terminal(computer)
    assert second.shows("is 42"), second.said  # what was there is drawn again
    time.sleep(0.5)
    second.type("echo still $here; exit\r")
    assert second.shows("still 42"), second.said
    assert second.ended() == 0
