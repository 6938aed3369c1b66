"""The door shuts, whatever the session's own account does to keep it open."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from colabwidget.system import made_accounts
from tests.kit.machine.accounts import changing_accounts
from tests.kit.machine.attacks import clean_up, is_shut, seconds_until, stay
from tests.kit.machine.machine import DESKTOP_TEST, Machine
from tests.kit.machine.ports import is_open
from tests.kit.machine.processes import guard_of, kill_with_guard
from tests.kit.machine.ssh_client import ssh
from tests.kit.waiting import eventually

pytestmark = pytest.mark.skipif(
    not Path("/usr/bin/python3").exists(), reason="needs a Python for all accounts"
)


@contextmanager
def attacked(machine: Machine, folder: Path, *arguments: str) -> Iterator[dict[str, Any]]:
    """A session whose account does what it can to stay."""
    details = machine.connect(*arguments, tunnel="direct")
    try:
        stay(details, folder)
        yield details
    finally:
        clean_up(machine.user)


def of(machine: Machine) -> set[int]:
    return made_accounts.processes_of(pwd.getpwnam(machine.user).pw_uid)


def is_refused(details: dict[str, Any], folder: Path) -> bool:
    return ssh(details, "true", folder=folder).returncode == 255


@pytest.mark.usefixtures("only_desktop")
@DESKTOP_TEST[0]
def test_disconnect_shuts_it_before_anything_else(machine: Machine, tmp_path: Path) -> None:
    """Pipes where locks of displays are, folders in the way, and programs that fork on and on."""
    with attacked(
        machine, tmp_path, "--desktop", "--vnc", "tigervnc", "--geometry", "640x480"
    ) as details:
        display = Path(f"/tmp/.X{details['desktop']['display'][1:]}-lock")
        eventually(display.is_fifo)
        asking = threading.Thread(target=machine.disconnect)
        asking.start()

        shut = seconds_until(lambda: is_shut(machine, details), 8)
        asking.join(40)

        assert not asking.is_alive()
        print(f"shut after {shut:.2f} s")
        assert not of(machine)
        assert not Path(f"/run/colabwidget-{machine.user}").exists()
        assert is_refused(details, tmp_path)
        assert machine.status()["phase"] == "idle"
        if display.is_fifo():
            display.unlink()
        # None of it stands in the way of the next session.
        assert not is_refused(machine.connect(tunnel="direct"), tmp_path)
        machine.disconnect()


def test_a_program_that_changes_accounts_keeps_nothing_else_open(machine: Machine) -> None:
    details = machine.connect(tunnel="direct")
    with ThreadPoolExecutor() as pool:
        with changing_accounts():
            asking = pool.submit(machine.disconnect)
            rule = Path(made_accounts.sudo_rule(machine.user))
            seconds_until(lambda: not is_open(details["ssh"]["port"]) and not rule.exists(), 5)
            assert not is_shut(machine, details)
        asking.result()
    assert is_shut(machine, details)


def test_a_backend_that_is_killed_leaves_no_way_in_and_no_program(
    machine: Machine, tmp_path: Path
) -> None:
    """No next backend is started: its guard shuts the door."""
    with attacked(machine, tmp_path) as details:
        backend = machine.backend_pid()
        assert backend and of(machine)

        os.kill(backend, signal.SIGKILL)

        shut = seconds_until(lambda: is_shut(machine, details) and not of(machine), 8)
        print(f"shut after {shut:.2f} s")
        eventually(lambda: not (machine.runtime / "session").exists())
        assert not list(Path("/etc/profile.d").glob(f"*{machine.user}*"))
        assert not list(Path("/run").glob(f"colabwidget.{machine.user}.*"))
        assert not is_refused(machine.connect(tunnel="direct"), tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_backend_that_is_killed_at_any_moment_of_connecting_leaves_no_way_in(
    machine: Machine,
) -> None:
    connect = ("connect", "--tunnel", "direct", "--address", "127.0.0.1", "--user", machine.user)
    for number in range(24):
        asking = subprocess.Popen(
            machine.command(*connect),
            env=machine.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
        )
        backend = eventually(machine.backend_pid)
        time.sleep(number * 0.06)
        os.kill(backend, signal.SIGKILL)
        asking.wait(60)
        eventually(lambda: not (machine.runtime / "session").exists())
        assert not Path(made_accounts.sudo_rule(machine.user)).exists()
        assert not list(Path("/run").glob(f"colabwidget.{machine.user}.*"))
        if f"\n{machine.user}:" in Path("/etc/shadow").read_text():
            assert f"\n{machine.user}:!:" in Path("/etc/shadow").read_text()
            assert not of(machine)


def test_a_guard_that_is_killed_ends_the_session(machine: Machine, tmp_path: Path) -> None:
    details = machine.connect(tunnel="direct")
    backend = machine.backend_pid()
    assert backend
    os.kill(guard_of(backend), signal.SIGKILL)
    shut = seconds_until(lambda: is_shut(machine, details), 20)
    print(f"shut after {shut:.2f} s")
    eventually(lambda: machine.backend_pid() is None)
    assert is_refused(details, tmp_path)


def test_the_next_backend_shuts_what_was_killed_with_its_guard(
    machine: Machine, tmp_path: Path
) -> None:
    """A folder where a file was looked for stops none of the steps."""
    with attacked(machine, tmp_path) as details:
        backend = machine.backend_pid()
        assert backend
        kill_with_guard(backend)
        session = machine.runtime / "session"
        (session / "drive").write_text("{")  # a record that a full disk has cut short
        (session / "lent_folder").write_text('{"folder": 1}')
        (session / "stays").mkdir()

        assert machine.run("log").returncode is not None
        machine.connect("--user", "root", "--public-key", _public(tmp_path), tunnel="direct")

        assert is_shut(machine, {"ssh": {"port": details["ssh"]["port"]}})
        assert not of(machine)
        machine.disconnect()


def test_an_account_that_has_changed_its_comment_is_locked(machine: Machine) -> None:
    """chfn(1) lets an account add a room to it."""
    details = machine.connect(tunnel="direct")
    subprocess.run(["usermod", "--comment", "colabwidget,room 1", machine.user], check=True)
    machine.disconnect()
    assert is_shut(machine, details)


def _public(folder: Path) -> str:
    key = folder / "id"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    return f"{key}.pub"
