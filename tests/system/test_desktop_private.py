"""The desktop is its account's alone: other accounts of the machine, and the wrong passwords."""

from __future__ import annotations

import pwd
import stat
import subprocess
from pathlib import Path

import pytest

from tests.kit.desktop.on_machine import below, connected
from tests.kit.desktop.vnc_viewer import Refused, Viewer
from tests.kit.machine.accounts import new_user, remove_account
from tests.kit.machine.machine import DESKTOP_TEST, Machine
from tests.kit.machine.ssh_client import forwarded
from tests.kit.machine.tokens import find_in_files, find_in_processes

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
    # The account itself gets in, by its forward and on the machine.
    with forwarded(details, tmp_path) as port, Viewer(port, desktop["password"]) as viewer:
        assert viewer.size == (1600, 900)


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
