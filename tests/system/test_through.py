"""SSH through the notebook's own server: a real one, a real client, and files of its own."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.kit.machine.accounts import new_user
from tests.kit.machine.machine import Machine
from tests.kit.through import Computer, TerminalServer, has_programs

pytestmark = pytest.mark.skipif(not has_programs(), reason="needs root, OpenSSH and unshare")


@dataclass
class World:
    server: TerminalServer
    machine: Machine
    details: dict[str, Any]

    def pairing(self) -> str:
        """The string that is good now."""
        said = self.machine.run("status", "--show-passwords", "--json").stdout
        return json.loads(said)["ssh"]["pairing"]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    server = TerminalServer(Path(sys.executable), tmp_path_factory.mktemp("server"))
    server.start()
    machine = server.machine(new_user())
    try:
        yield World(server, machine, machine.connect(tunnel="through"))
    finally:
        machine.end()
        server.end()


@pytest.fixture
def computer(tmp_path: Path) -> Computer:
    return Computer(tmp_path / "computer")


def test_ssh_and_scp_come_through_a_terminal_of_the_server(
    world: World, computer: Computer, tmp_path: Path
) -> None:
    (computer.ssh_folder / "config").write_text("Host other\n  Port 2222\n")
    name = computer.pair(world.pairing())

    said = computer.run("ssh", name, "id -un; exit 3")
    told = (said.returncode, said.stdout.decode().strip())
    assert told == (3, world.machine.user), f"{said.stderr!r}\n{world.machine.journal()}"
    data = os.urandom(3_000_000)
    (tmp_path / "there").write_bytes(data)
    for words in (
        ["scp", str(tmp_path / "there"), f"{name}:over"],
        ["scp", f"{name}:over", str(tmp_path / "back")],
    ):
        copied = computer.run(*words)
        assert copied.returncode == 0, copied.stderr
    back = (tmp_path / "back").read_bytes()
    assert hashlib.sha256(back).digest() == hashlib.sha256(data).digest()

    assert (computer.ssh_folder / "config").read_text().endswith("Host other\n  Port 2222\n")
    for path in (computer.ssh_folder / "colabwidget").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) in (0o600, 0o644), path
        assert path.suffix == ".pub" or stat.S_IMODE(path.stat().st_mode) == 0o600
    assert computer.through("list").stdout.startswith(f"{name}\t{world.machine.user}\thttp://")
    looked = computer.through("doctor")
    assert looked.returncode == 0, looked.stdout + looked.stderr
    assert computer.through("forget", name).returncode == 0
    assert (computer.ssh_folder / "config").read_text() == "Host other\n  Port 2222\n"
    assert sorted(path.name for path in computer.ssh_folder.iterdir()) == ["config"]
