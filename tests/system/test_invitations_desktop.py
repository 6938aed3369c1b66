"""A guest sees the desktop through a forward of its own, and nothing else."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.kit.desktop.on_machine import connected
from tests.kit.desktop.vnc_viewer import Refused, Viewer
from tests.kit.machine.guest import guest_arguments, guest_runs, invited
from tests.kit.machine.machine import DESKTOP_TEST, Machine
from tests.kit.machine.ports import free_port, is_open
from tests.kit.machine.ssh_client import VIEWER_PORT, forwarding, ssh_password
from tests.kit.waiting import eventually

pytestmark = [*DESKTOP_TEST]

# Another account asks a port of this machine for a greeting.
ASKS = """
import socket, sys
found = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 5)
try:
    print(found.recv(100))
except ConnectionResetError:
    print(b"")
"""


def test_a_guest_sees_the_desktop_and_nothing_else(machine: Machine, tmp_path: Path) -> None:
    machine.connect(tunnel="direct")
    assert "There is no desktop." in machine.run("invite", "--desktop").stderr
    details = connected(machine)
    told = invited(machine, "--desktop")
    assert told["viewer_address"] == "localhost:1" and len(told["viewer_password"]) == 8
    inside = int(told["command"].split("127.0.0.1:")[1].split()[0])
    assert inside != details["desktop"]["port"]
    port = free_port()
    words = guest_arguments(told, tmp_path)
    words = [word.replace(f"{VIEWER_PORT}:", f"{port}:") for word in words]
    assert "-N" in words
    with ssh_password(told["password"]) as environment, forwarding(words, environment, port):
        with Viewer(port, told["viewer_password"]) as viewer:
            assert viewer.size == (1600, 900)
            viewer.type("typed")
            viewer.picture()
            (one,) = [each for each in machine.status()["present"] if each["guest"]]
            assert machine.status()["invitations"][0]["sees"] == "desktop"
            assert one["guest"] == told["name"]
        # Neither of the owner's passwords is the guest's, nor the other way round.
        for password in (details["desktop"]["password"], details["desktop"]["view_only_password"]):
            with pytest.raises(Refused):
                Viewer(port, password)
        with pytest.raises(Refused):
            Viewer(details["desktop"]["port"], told["viewer_password"])
        for user, said in ((machine.user, "b''"), ("nobody", "b''"), (told["name"], "RFB")):
            become = ["setpriv", "--reuid", user, "--clear-groups", "/usr/bin/python3", "-c", ASKS]
            asked = subprocess.run([*become, str(inside)], capture_output=True, text=True)
            assert said in asked.stdout, (user, asked)
        assert "Permission denied" in guest_runs(told, tmp_path).stderr
        assert machine.run("revoke", told["name"]).returncode == 0
        eventually(lambda: not is_open(port), seconds=2)
    assert not is_open(inside)
    assert "A viewer has signed in to look only." in machine.journal()


@pytest.mark.slow
def test_a_guest_s_forward_reaches_the_one_port_and_opens_no_session(
    machine: Machine, tmp_path: Path
) -> None:
    details = connected(machine)
    told = invited(machine, "--desktop", "--key", _key(tmp_path))
    own = ["-o", "IdentitiesOnly=yes", "-i", str(tmp_path / "guest"), "-o", "BatchMode=yes"]
    command = [word for word in guest_arguments(told, tmp_path, *own) if word != "-N"]
    at = command.index("-L")
    command = [*command[:at], *command[at + 2 :]]
    inside = int(told["command"].split("127.0.0.1:")[1].split()[0])
    greeted = subprocess.run(
        [*command, "-W", f"127.0.0.1:{inside}"], capture_output=True, text=True, input="", timeout=9
    )
    assert greeted.stdout.startswith("RFB 003"), greeted
    for place in (
        f"127.0.0.1:{details['ssh']['port']}",
        f"127.0.0.1:{details['desktop']['port']}",
        f"localhost:{inside}",
        f"[::1]:{inside}",
    ):
        refused = subprocess.run(
            [*command, "-W", place], capture_output=True, text=True, input="", timeout=20
        )
        assert "prohibited" in refused.stderr, refused
    for more in (["-T"], ["-tt"], ["-T", "id"], ["-s", "sftp"], ["-N", "-R0:127.0.0.1:9"]):
        stops = ["-o", "ExitOnForwardFailure=yes"]
        refused = subprocess.run(
            [*command, *stops, *more], capture_output=True, text=True, input="", timeout=20
        )
        assert refused.returncode == 255 and refused.stdout == "", (more, refused)
    # It ends with the desktop.
    assert machine.run("desktop", "off").returncode == 0
    eventually(lambda: machine.status()["invitations"] == [])
    assert "the desktop has ended" in machine.journal()


def _key(folder: Path) -> str:
    path = folder / "guest"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True)
    return path.with_suffix(".pub").read_text()
