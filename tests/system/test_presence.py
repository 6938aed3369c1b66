"""Which clients are in: shown as they come and go, and ended with a click."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from colabwidget.control.presence import end_presence
from tests.kit.machine.keys import identity, keypair
from tests.kit.machine.machine import Machine
from tests.kit.machine.ssh_client import ssh, ssh_arguments, ssh_session
from tests.kit.waiting import eventually


def present(machine: Machine) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = machine.status()["present"]
    return found


def test_clients_come_and_go_and_each_is_ended_by_its_name(
    machine: Machine, tmp_path: Path
) -> None:
    details = machine.connect()
    assert present(machine) == []  # our own sign-ins are none
    assert machine.status()["closing"]["reason"] == "idle"
    with ssh_session(details, tmp_path) as first:
        (one,) = eventually(lambda: present(machine))
        # ngrok logs each client's address; the one here comes over loopback.
        assert (one["kind"], one["way"], one["address"]) == ("ssh", "password", "127.0.0.1")
        assert one["idle"] is not None and 0 <= one["idle"] <= one["seconds"]
        assert machine.status()["closing"] is None
        with ssh_session(details, tmp_path) as second:
            eventually(lambda: len(present(machine)) == 2)
            began = time.monotonic()
            with machine.at_home():
                end_presence(one["name"])
            assert first.wait(3) == 255
            ended = time.monotonic() - began
            print(f"ended after {ended:.2f} s")
            assert ended < 1
            with machine.at_home():
                end_presence(one["name"])  # has ended by then
            assert second.poll() is None
            (two,) = eventually(lambda: present(machine))
            assert two["name"] != one["name"]
            # As a cut wire looks here: the client is gone without a word.
            second.kill()
            eventually(lambda: present(machine) == [])
    assert "Ended by a click" in machine.journal()
    eventually(lambda: machine.status()["closing"])
    said = machine.run("status").stdout
    assert "It closes by itself in" in said
    assert machine.run("keep-open", "--for-good").returncode == 0
    assert machine.status()["closing"] is None


def test_a_session_that_is_killed_on_the_machine_is_gone_too(
    machine: Machine, tmp_path: Path
) -> None:
    key, public = keypair(tmp_path)
    details = machine.connect("--public-key", str(public), tunnel="direct")
    with subprocess.Popen(
        [*ssh_arguments(details, tmp_path, *identity(key)), "sleep 1000"], start_new_session=True
    ) as client:
        try:
            (one,) = eventually(lambda: present(machine))
            comment = public.read_text().split(maxsplit=2)[2].strip()
            assert (one["way"], one["address"]) == (f"key {comment}", "127.0.0.1")
            for pid in session_of(machine):
                os.kill(pid, signal.SIGKILL)
            eventually(lambda: present(machine) == [])
        finally:
            client.kill()


@pytest.mark.slow
def test_a_client_behind_a_cut_wire_is_called_silent(machine: Machine, tmp_path: Path) -> None:
    details = machine.connect()
    with ssh_session(details, tmp_path) as session:
        eventually(lambda: present(machine))
        os.kill(session.pid, signal.SIGSTOP)
        try:
            began = time.monotonic()
            eventually(lambda: present(machine)[0]["silent"], 60)
            assert 25 < time.monotonic() - began < 45
            assert "silent for" in machine.run("status").stdout
        finally:
            os.kill(session.pid, signal.SIGCONT)
        # A computer that slept goes on where it was.
        eventually(lambda: not present(machine)[0]["silent"], 20)
        assert session.stdin and session.stdout
        session.stdin.write(b"still here\n")
        session.stdin.flush()
        assert session.stdout.readline() == b"still here\n"


def session_of(machine: Machine) -> list[int]:
    """The sshd processes of a client that is signed in."""
    found = subprocess.run(
        ["pgrep", "-f", f"^sshd(-session)?: {machine.user}"], capture_output=True, text=True
    )
    return [int(line) for line in found.stdout.split()]


def test_new_passwords_are_valid_at_once_and_open_sessions_end_if_asked(
    machine: Machine, tmp_path: Path
) -> None:
    details = machine.connect(tunnel="direct")
    with ssh_session(details, tmp_path) as first:
        assert machine.run("new-passwords").returncode == 0
        changed = machine.connect(tunnel="direct")
        assert changed["ssh"]["password"] != details["ssh"]["password"]
        refused = ssh(details, "true", folder=tmp_path)
        assert "Permission denied" in refused.stderr
        assert ssh(changed, "whoami", folder=tmp_path).stdout.strip() == machine.user
        assert first.poll() is None
        said = machine.run("new-passwords", "--end").stdout
        assert first.wait(10) == 255
        again = machine.connect(tunnel="direct")
        assert again["ssh"]["password"] in said
        assert ssh(again, "whoami", folder=tmp_path).stdout.strip() == machine.user
    assert changed["ssh"]["password"] not in machine.journal()


def test_where_a_key_signs_in_there_is_no_password_to_change(
    machine: Machine, tmp_path: Path
) -> None:
    _, public = keypair(tmp_path)
    assert "There is no connection." in machine.run("new-passwords").stderr
    machine.connect("--public-key", str(public), "--no-sudo", tunnel="direct")
    assert "There is no password to change." in machine.run("new-passwords").stderr
    assert not list(Path("/etc/sudoers.d").glob(f"*{machine.user}*"))


@pytest.mark.slow
def test_the_tunnel_closes_once_no_client_was_in_and_what_runs_goes_on(
    machine: Machine, tmp_path: Path
) -> None:
    details = machine.connect("--idle-timeout", "1")
    work = "setsid -f sleep 1000 < /dev/null > /dev/null 2>&1; pgrep -f '^sleep 1000'"
    pid = int(ssh(details, work, folder=tmp_path).stdout.split()[0])
    eventually(lambda: machine.status()["phase"] == "failed", seconds=90)
    assert machine.status()["error"]["code"] == "closed_idle"
    assert ssh(details, "true", folder=tmp_path).returncode == 255
    assert Path(f"/proc/{pid}").exists()
    again = machine.connect("--idle-timeout", "1")
    assert again["ssh"]["password"] == details["ssh"]["password"]
    assert ssh(again, "whoami", folder=tmp_path).stdout.strip() == machine.user
    machine.disconnect()
    assert not Path(f"/proc/{pid}").exists()
