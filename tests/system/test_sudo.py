"""Machines on which sudo works in no session, or is another program of that name."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

from tests.kit.machine.bare_machine import BareMachine, MakeBare

STOP = "from colabwidget.ipc import client; found = client.find(); found and found.stop()"
SUDO = "sudo does not work in sessions: "


def connected(machine: BareMachine, *before: str, **variables: str) -> dict[str, Any]:
    done = machine.run(*before, *machine.connecting(), environment=variables)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{machine.journal()}"
    details: dict[str, Any] = json.loads(done.stdout)
    return details


def test_where_sudo_cannot_work_the_details_say_so_and_nothing_advises_it(bare: MakeBare) -> None:
    machine = bare(())
    # An account cannot run this Python, so that there is advice to give.
    machine.must("sh", "-c", "mkdir -m 700 /closed && ln -s /usr/bin/python3 /closed/python")
    path = "/closed:/usr/bin:/bin:/usr/sbin:/sbin"

    details = connected(machine, PATH=path)
    assert details["ssh"]["notices"] == []
    assert "Run it with sudo there, or sign in as root" in machine.journal()
    assert machine.ssh(details, "sudo -n id -un") == "root\n"
    machine.must(sys.executable, "-c", STOP)

    before: tuple[str, ...] = ("setpriv", "--no-new-privs")
    meant = "this container lets no program gain rights (no_new_privs; "
    for number in range(3):
        if number == 1:
            before, meant = (), "the file system of /usr/bin/sudo is mounted nosuid."
            machine.must("mount", "--bind", "/usr/bin/sudo", "/usr/bin/sudo")
            machine.must("mount", "-o", "remount,bind,nosuid", "/usr/bin/sudo")
        if number == 2:
            meant = "it asks for a password, since /etc/sudoers does not read /etc/sudoers.d "
            machine.must("umount", "/usr/bin/sudo")
            machine.must("sed", "-i", "/includedir/d", "/etc/sudoers")
        kept = machine.path("/etc/sudoers").read_bytes()
        details = connected(machine, *before, PATH=path)
        notices = details["ssh"]["notices"]
        assert len(notices) == 1, notices
        notice = notices[0]
        assert notice.startswith(SUDO + meant), notice
        log = machine.journal()
        assert notice in log and "Sign in as root with a public key" in log
        assert "with sudo there" not in log
        assert machine.ssh(details, "sudo -n id -un 2>&1 || echo no").endswith("no\n")
        assert machine.path("/etc/sudoers").read_bytes() == kept
        machine.must(sys.executable, "-c", STOP)


@pytest.mark.slow
def test_the_notebook_s_variables_arrive_under_sudo_rs(bare: MakeBare) -> None:
    """It knows no env_file, and takes over what the session has."""
    machine = bare(())
    machine.path("/etc/apt/sources.list.d/newer.list").write_text(
        "deb http://deb.debian.org/debian trixie main\n"
    )
    update = machine.run("apt-get", "update", "-o", "APT::Update::Error-Mode=any")
    install = ("apt-get", "install", "-y", "-q", "--no-install-recommends", "-t", "trixie")
    if update.returncode or machine.run(*install, "sudo-rs").returncode:
        pytest.skip("sudo-rs cannot be installed here")
    machine.must("ln", "-sf", "/usr/bin/sudo-rs", "/usr/bin/sudo")
    machine.must("sh", "-c", "rm -f /etc/sudoers.d/colabwidget-*")  # of other tests' sessions

    details = connected(machine, HF_HUB_OFFLINE="1", XLA_FLAGS="--a=1 --b='x y'", PATH="/o:/bin")

    assert details["ssh"]["notices"] == []
    seen = machine.ssh(details, "sudo -n env 2>&1")
    assert "HF_HUB_OFFLINE=1\n" in seen
    assert "XLA_FLAGS=--a=1 --b='x y'\n" in seen
    assert ":/o:/bin" in next(line for line in seen.splitlines() if line.startswith("PATH="))
    assert "unknown setting" not in seen and "sudo:" not in seen and "sudo-rs" not in seen
