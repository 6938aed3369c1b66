"""SSH through the notebook's own server: a real one, a real client, and files of its own."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from colabwidget.through.pairing import PairingCode
from tests.kit.machine.plain_user import PlainUser
from tests.kit.through import (
    ROOT,
    Computer,
    Gate,
    World,
    gate_before,
    gated,
    has_programs,
    of_home,
    world_of,
)
from tests.kit.waiting import eventually

pytestmark = pytest.mark.skipif(not has_programs(), reason="needs root, OpenSSH and unshare")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world_of(tmp_path_factory.mktemp("server")) as world:
        yield world


@pytest.fixture
def computer(tmp_path: Path) -> Computer:
    return Computer(tmp_path / "computer")


@pytest.fixture
def gate(world: World) -> Iterator[Gate]:
    with gate_before(world) as gate:
        yield gate


@pytest.mark.parametrize("way", ["extension", "terminal", "kernel"])
def test_ssh_and_scp_come_through_the_server(
    world: World, computer: Computer, tmp_path: Path, way: str
) -> None:
    (computer.ssh_folder / "config").write_text("Host other\n  Port 2222\n")
    name = computer.pair(world.pairing(), "--way", way)
    assert json.loads((computer.ssh_folder / f"colabwidget/{name}.json").read_text())["way"] == way

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
    eventually(world.nothing_is_left)


@pytest.mark.parametrize("way", ["extension", "terminal"])
def test_a_copy_goes_on_after_its_way_was_cut(
    world: World, computer: Computer, gate: Gate, tmp_path: Path, way: str
) -> None:
    name = computer.pair(gated(world.pairing(), gate), "--way", way)
    data = os.urandom(12_000_000)
    (tmp_path / "there").write_bytes(data)
    copying = computer.start("scp", str(tmp_path / "there"), f"{name}:cut")
    for share in (0.2, 0.6):
        before = gate.carried
        eventually(lambda b=before, s=share: gate.carried > b + s * 6_000_000, 30)
        gate.cut()
        time.sleep(0.7)
        gate.open = True
    assert copying.wait(60) == 0
    said = computer.run("ssh", name, "sha256sum < cut")
    assert said.stdout.split()[:1] == [hashlib.sha256(data).hexdigest().encode()], said.stderr


@pytest.mark.parametrize("way", ["extension", "terminal"])
def test_a_client_that_is_killed_leaves_nothing_and_shows_nothing(
    world: World, computer: Computer, way: str
) -> None:
    name = computer.pair(world.pairing(), "--way", way)
    secrets = [world.server.token.encode()]
    kept = json.loads((computer.ssh_folder / f"colabwidget/{name}.json").read_text())
    assert kept["token"] == world.server.token
    secrets.append(kept["key"].encode())

    client = computer.start("ssh", name, "echo in; exec sleep 600", stdout=subprocess.PIPE)
    assert client.stdout and client.stdout.readline() == b"in\n"
    assert len(world.sshds()) >= 1
    present = world.machine.status()["present"]
    assert [each["way"] for each in present] == [f"key {name}-new-paired"]
    assert_hidden(secrets, world, computer)
    client.kill()
    client.wait()
    client.stdout.close()
    eventually(world.nothing_is_left, 20)
    eventually(lambda: not of_home(computer), 5)


def assert_hidden(secrets: list[bytes], world: World, computer: Computer) -> None:
    """No process of either side shows a secret, and no file but the profile has one."""
    seen = b""
    for pid in {*of_home(computer), *world.sshds(), *world.relays()}:
        for name in ("cmdline", "environ"):
            seen += Path(f"/proc/{pid}/{name}").read_bytes()
    for path in computer.home.rglob("*"):
        if path.is_file() and path.suffix not in (".json",):
            seen += path.read_bytes()
    seen += world.machine.journal().encode()
    # The server itself prints its token as it starts.
    lines = world.server.log.read_bytes().splitlines()
    seen += b"\n".join(line for line in lines if b"?token=" not in line)
    assert not [secret for secret in secrets if secret in seen]


def test_another_computer_s_keys_open_nothing(world: World, computer: Computer) -> None:
    name = computer.pair(world.pairing())
    place = computer.ssh_folder / f"colabwidget/{name}.json"
    kept = json.loads(place.read_text())
    place.write_text(json.dumps({**kept, "key": kept["client"]}))
    before = world.machine.journal()
    looked = computer.through("doctor")
    assert (looked.returncode, "the session there is another one" in looked.stdout) == (1, True)
    assert world.machine.journal() == before
    place.write_text(json.dumps({**kept, "token": "wrong"}))
    refused = computer.run("ssh", name, "true")
    assert refused.returncode == 255
    assert b"does not take the token" in refused.stderr and b"wrong" not in refused.stderr


def test_a_guest_is_not_asked_to_come_where_no_guest_can(world: World) -> None:
    refused = world.machine.run("invite", "--json")
    assert refused.returncode == 1, refused.stdout
    assert json.loads(refused.stdout)["error"]["code"] == "invite_no_way"


def test_a_pairing_string_is_good_once(world: World, computer: Computer, tmp_path: Path) -> None:
    pairing = world.pairing()
    computer.pair(pairing)
    other = Computer(tmp_path / "other")
    refused = other.through("pair", text=f"{pairing}\n")
    assert refused.returncode == 1
    assert "each is good once and for ten minutes" in refused.stderr
    assert not [path for path in other.ssh_folder.rglob("*") if path.is_file()]


@pytest.mark.slow
def test_a_session_outlives_a_black_hole_and_a_restart_of_the_server(
    world: World, computer: Computer, gate: Gate
) -> None:
    name = computer.pair(gated(world.pairing(), gate))
    words = ["ssh", name, "cat"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    client = computer.start(*words, **pipes)
    assert client.stdin and client.stdout

    def says_back(text: bytes) -> bool:
        assert client.stdin and client.stdout
        client.stdin.write(text)
        client.stdin.flush()
        return client.stdout.readline() == text

    assert says_back(b"one\n")
    gate.swallows = True
    client.stdin.write(b"two\n")
    client.stdin.flush()
    time.sleep(12)
    gate.cut()
    gate.swallows, gate.open = False, True
    assert client.stdout.readline() == b"two\n"
    assert says_back(b"three\n")
    gate.cut()
    world.server.restart()
    gate.lead_to(world.port)
    gate.open = True
    assert says_back(b"four\n")
    client.stdin.close()
    assert client.wait(20) == 0
    client.stdout.close()
    eventually(world.nothing_is_left, 20)


@pytest.mark.slow
def test_an_account_without_root_needs_no_key_before(tmp_path: Path) -> None:
    user = PlainUser()
    try:
        said = user.colabwidget("connect", "--tunnel", "through", "--json").stdout
        details = json.loads(said)["ssh"]
        assert details["password"] is None
        assert not {"putty", "plink", "pscp"} & {tool["name"] for tool in details["tools"]}
        # Its server would be its own as well: what a relay does is enough here.
        key, name = straight(details["pairing"], tmp_path), user.name
        options = {"IdentityFile": key, "IdentitiesOnly": "yes", "StrictHostKeyChecking": "no"}
        options |= {"UserKnownHostsFile": "/dev/null", "LogLevel": "ERROR"}
        options["ProxyCommand"] = f"{sys.executable} {tmp_path / 'straight.py'}"
        words = [word for each in options.items() for word in ("-o", "=".join(map(str, each)))]
        done = subprocess.run(
            ["ssh", "-F", "none", *words, f"{name}@colabwidget", "id -un"],
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.stdout == f"{name}\n", done.stderr
    finally:
        user.close()


# Carries ssh straight to the backend's socket.
_STRAIGHT = """
import socket, sys
sys.path.insert(0, {root!r})
from colabwidget.through import frames, pairing
from colabwidget.through.client import Client, Identity
from colabwidget.through.ends import standard_ends

class Link:
    pending, wants_write = 0, False
    def __init__(self):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect({path!r})
        self.fileno, self.send = self.socket.fileno, self.socket.sendall
        self.close, self.flush = self.socket.close, lambda: None
    def receive(self):
        return self.socket.recv(65536)

secret, key = {secret!r}, {key!r}
link = Link()
link.send(frames.encode(frames.PAIR, 0, pairing.request(secret, key)))
link.receive()
identity = Identity(pairing.client_id(key), pairing.client_key(secret, key))
Client(Link, identity, standard_ends()).run()
"""


def straight(text: str, folder: Path) -> Path:
    """Write the program that ssh starts, and return a key that it pairs with."""
    code = PairingCode.parse(text.rpartition("#")[2])
    key = folder / "key"
    made = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "me-paired", "-f", str(key)]
    subprocess.run(made, check=True)
    public = key.with_name("key.pub").read_text().strip()
    values = {"root": str(ROOT), "path": code.machine.socket, "secret": code.secret, "key": public}
    (folder / "straight.py").write_text(_STRAIGHT.format(**values))
    return key
