"""The desktop is its account's alone: other accounts of the machine, and the wrong passwords."""

from __future__ import annotations

import contextlib
import pwd
import random
import shutil
import socket
import stat
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from colabwidget.desktops.rfb import des
from tests.kit.desktop.on_machine import below, connected
from tests.kit.desktop.painter import painting
from tests.kit.desktop.vnc_viewer import Refused, Viewer
from tests.kit.machine.accounts import new_user, remove_account
from tests.kit.machine.machine import DESKTOP_TEST, Machine
from tests.kit.machine.ports import free_port, is_open
from tests.kit.machine.ssh_client import forwarded
from tests.kit.machine.tokens import find_in_files, find_in_processes
from tests.kit.rows import params
from tests.kit.waiting import eventually

pytestmark = [*DESKTOP_TEST]


def test_new_passwords_are_those_of_the_next_viewers(machine: Machine) -> None:
    before = connected(machine)["desktop"]
    with Viewer(before["port"], before["password"]) as viewer:
        assert machine.run("new-passwords").returncode == 0
        after = connected(machine)["desktop"]
        assert after["password"] != before["password"]
        with pytest.raises(Refused, match="Auth"):
            Viewer(after["port"], before["password"])
        with Viewer(after["port"], after["view_only_password"]) as onlooker:
            assert onlooker.size == viewer.size
        with Viewer(after["port"], after["password"]) as another:
            assert another.size == viewer.size


def test_nothing_listens_but_on_this_machine(machine: Machine) -> None:
    port = connected(machine)["desktop"]["port"]

    pids = {*below(machine), machine.backend_pid()}
    said = subprocess.run(["ss", "-ltnpH"], capture_output=True, text=True, check=True).stdout
    ours = [line for line in said.splitlines() if any(f"pid={pid}," in line for pid in pids)]

    assert len(ours) >= 2  # sshd, and the backend for viewers
    for line in ours:
        assert line.split()[3].rpartition(":")[0] in ("127.0.0.1", "[::1]"), line
    # The X server itself has no port.
    assert not [line for line in ours if "Xtigervnc" in line]
    (relay,) = [line for line in ours if f"127.0.0.1:{port} " in line]
    assert f"pid={machine.backend_pid()}," in relay


# Another account of the machine looks for a desktop: the port, the socket, the files beside it.
LOOKS = """
import os, socket, sys
port, folder = int(sys.argv[1]), sys.argv[2]
for place in (("127.0.0.1", port), ("::1", port)):
    try:
        with socket.create_connection(place, 5) as found:
            found.sendall(b"RFB 003.008\\n")
            print("read", found.recv(100))
    except OSError as error:
        print("read b''" if isinstance(error, ConnectionError) else error)
for path in (f"{folder}/vnc.sock", f"{folder}/passwd"):
    try:
        socket.socket(socket.AF_UNIX).connect(path)
        print("open", path)
    except PermissionError:
        print("closed")
try:
    print("listed", os.listdir(folder))
except PermissionError:
    print("closed")
"""


@contextlib.contextmanager
def forwarded_by_putty(details: dict[str, Any]) -> Iterator[int]:
    """The desktop's port, brought here by plink, which forwards to ports only."""
    ssh, port = details["ssh"], free_port()
    forward = subprocess.Popen(
        [
            *("plink", "-ssh", "-batch", "-N", "-P", str(ssh["port"]), "-pw", ssh["password"]),
            *("-hostkey", ssh["fingerprint"]),
            *("-L", f"{port}:127.0.0.1:{details['desktop']['port']}"),
            f"{ssh['user']}@{ssh['host']}",
        ],
        stdin=subprocess.DEVNULL,
    )
    try:
        eventually(lambda: is_open(port) or forward.poll() is not None)
        yield port
    finally:
        forward.kill()
        forward.wait()


def test_another_account_of_the_machine_gets_nothing(machine: Machine, tmp_path: Path) -> None:
    details = connected(machine)
    desktop = details["desktop"]
    place = Path(f"/run/colabwidget-{machine.user}")
    other = new_user()
    subprocess.run(["useradd", other], check=True, capture_output=True)
    try:
        seen = subprocess.run(
            ["/usr/bin/python3", "-I", "-c", LOOKS, str(desktop["port"]), str(place)],
            capture_output=True,
            text=True,
            user=other,
            group=other,
            extra_groups=[],
            cwd="/",
            check=True,
        ).stdout
        # A forward of its own would come from its own sshd.
        assert seen.splitlines() == ["read b''"] * 2 + ["closed"] * 3, seen
    finally:
        remove_account(other)
    found = (place / "vnc.sock").stat()
    assert stat.S_ISSOCK(found.st_mode) and found.st_mode & 0o777 == 0o600
    assert found.st_uid == pwd.getpwnam(machine.user).pw_uid
    # The account itself gets in, by its forwards.
    ways = [forwarded(details, tmp_path)]
    ways += [forwarded_by_putty(details)] if shutil.which("plink") else []
    for way in ways:
        with way as port:
            with Viewer(port, desktop["password"]) as viewer:
                assert viewer.size == (1600, 900)
            with pytest.raises(Refused, match="Auth"):
                Viewer(port, "wrongpwd")


def test_the_passwords_are_nowhere(machine: Machine) -> None:
    desktop = connected(machine)["desktop"]
    secrets = [desktop["password"], desktop["view_only_password"]]

    assert not find_in_processes(secrets)
    assert not find_in_files(secrets, machine.folder, Path("/run"), Path("/home", machine.user))
    private = Path(f"/run/colabwidget-{machine.user}")
    assert private.stat().st_mode & 0o777 == 0o700
    assert (private / "passwd").stat().st_mode & 0o777 == 0o600
    assert not any(secret in machine.run("status").stdout for secret in secrets)
    assert "password" not in machine.status()["desktop"]
    assert not any(secret in machine.journal() for secret in secrets)


KEY = struct.pack(">BBxxI", 4, 1, ord("a")) + struct.pack(">BBxxI", 4, 0, ord("a"))
CLICK = struct.pack(">BBHH", 5, 1, 100, 100) + struct.pack(">BBHH", 5, 0, 100, 100)
QEMU_KEY = struct.pack(">BBHII", 255, 0, 1, ord("a"), 30)
TYPED = (KEY, CLICK, QEMU_KEY)
#: What a viewer asks for first; with these, servers take QEMU's keys, and longer clicks.
ASKS = struct.pack(">BxH5i", 2, 5, 0, -258, -316, -305, -312)


def attack(chance: random.Random) -> bytes:
    """Keys and clicks as they are, within other messages, behind odd ones, and bytes of chance."""
    sent = bytearray(ASKS if chance.random() < 0.7 else b"")
    for _ in range(chance.randrange(1, 12)):
        hidden = chance.choice(TYPED) * chance.randrange(1, 9)
        kinds = [
            hidden,
            b"\6\0\0\0" + struct.pack(">i", len(hidden)) + hidden,
            b"\6\0\0\0" + struct.pack(">i", -len(hidden)) + hidden,
            b"\xf8\0\0\0\x80\0\0\3" + bytes([len(hidden[:64])]) + hidden[:64],
            b"\2\0" + struct.pack(">H", len(hidden) // 4) + hidden,
            b"\xfd\x80" + struct.pack(">H", len(hidden)) + hidden,
            # A click of seven bytes, as it is where more buttons were agreed on.
            struct.pack(">BBHHB", 5, 0x81, 9, 9, 1) + hidden,
            chance.randbytes(chance.randrange(1, 40)) + hidden,
            hidden[chance.randrange(len(hidden)) :],
        ]
        sent += chance.choice(kinds)
    return bytes(sent)


def watching(desktop: dict[str, Any]) -> socket.socket:
    """A connection that has signed in with the view-only password."""
    wire = socket.create_connection(("127.0.0.1", desktop["port"]), 10)
    said = wire.makefile("rb")
    said.read(12)
    wire.sendall(b"RFB 003.008\n\2")
    said.read(2)
    wire.sendall(des.answer(said.read(16), desktop["view_only_password"]) + b"\1")
    assert said.read(4) == bytes(4)
    assert len(said.read(24)) == 24
    return wire


@pytest.mark.parametrize("attacks", params([40, 3000], slow={"3000"}))
def test_a_watcher_never_types(machine: Machine, attacks: int) -> None:
    desktop = connected(machine)["desktop"]
    chance = random.Random(14)
    with painting(machine.backend_pid()) as painter:
        painter.show("still")
        for _ in range(attacks):
            with watching(desktop) as wire, contextlib.suppress(OSError):
                sent = attack(chance)
                place = chance.randrange(len(sent))
                wire.sendall(sent[:place])
                wire.sendall(sent[place:])
                wire.shutdown(socket.SHUT_WR)
                while wire.recv(1 << 20):
                    continue
        assert painter.heard() == []
        with Viewer(desktop["port"], desktop["password"]) as viewer:
            eventually(lambda: viewer.type("a") or painter.heard())
            painter.copy("a secret of the owner")
            # The owner sees what is copied, and a watcher does not.
            assert viewer.copied() == "a secret of the owner"
            with Viewer(desktop["port"], desktop["view_only_password"]) as onlooker:
                painter.copy("another secret")
                assert viewer.copied() == "another secret"
                onlooker.picture()
                assert onlooker.copied() == ""
