"""Faults while real packages are installed, on copies of this machine that lack the SSH server."""

from __future__ import annotations

import json
import subprocess

import pytest

from tests.kit.backend.follower import Follow, Follower
from tests.kit.machine.apt_archive import Archive
from tests.kit.machine.bare_machine import SERVER, BareMachine, MakeBare
from tests.kit.waiting import eventually


def kill(machine: BareMachine, *names: str) -> None:
    """SIGKILL of all programs of these names in a copy, at the same moment."""
    found = machine.must("pgrep", "--exact", "|".join(names)).split()
    assert found
    machine.must("kill", "-KILL", *found)


def refused(connecting: subprocess.Popen[bytes]) -> None:
    """See the attempt end without a traceback."""
    _, said = connecting.communicate(timeout=60)
    assert connecting.returncode == 1, said
    assert b"Traceback" not in said


def error_of(machine: BareMachine) -> dict[str, str]:
    status = json.loads(machine.must(*machine.colabwidget("status", "--json")))
    assert status["phase"] == "failed"
    error: dict[str, str] = status["error"]
    return error


@pytest.mark.slow
def test_apt_is_killed_while_it_downloads(bare: MakeBare, archive: Archive, follow: Follow) -> None:
    """Done: SIGKILL of apt-get while it downloads. Seen: The installation has failed; Connect
    installs again."""
    machine = bare()
    archive.use(machine)
    archive.slow.set()
    follower = follow(machine)
    connecting = machine.start(*machine.connecting())
    eventually(lambda: any(0.25 < share < 0.5 for share in follower.progress("packages")))

    kill(machine, "apt-get")

    refused(connecting)
    archive.slow.clear()
    machine.assert_nothing_half_made()
    assert error_of(machine)["code"] == "apt_failed"
    machine.connected()


@pytest.mark.slow
@pytest.mark.parametrize("run", [1, 2])
def test_apt_and_dpkg_are_killed(
    bare: MakeBare, archive: Archive, follow: Follow, run: int
) -> None:
    """Done: SIGKILL of apt-get and dpkg. Seen: The installation has failed; Connect mends and
    finishes it."""
    machine, follower = slow_dpkg(bare, archive, follow)
    connecting = machine.start(*machine.connecting())
    eventually(lambda: follower.said("packages").count("Running dpkg") == run)

    kill(machine, "apt-get", "dpkg", "sleep")

    refused(connecting)
    assert error_of(machine)["code"] == "apt_failed"
    assert not machine.path("/usr/sbin/policy-rc.d").exists()
    assert "\ncwguest:" not in machine.path("/etc/passwd").read_text()
    machine.path("/etc/dpkg/dpkg.cfg.d/slow").unlink()
    machine.connected()
    assert machine.must("dpkg", "--audit") == ""


def slow_dpkg(bare: MakeBare, archive: Archive, follow: Follow) -> tuple[BareMachine, Follower]:
    """A copy in which dpkg pauses before it unpacks, and before it sets up."""
    machine = bare()
    archive.use(machine)
    machine.path("/etc/dpkg/dpkg.cfg.d/slow").write_text("pre-invoke=sleep 2\n")
    return machine, follow(machine)


def test_the_backend_is_killed_while_dpkg_runs(
    bare: MakeBare, archive: Archive, follow: Follow
) -> None:
    """Done: SIGKILL of the backend while dpkg runs. Seen: The backend has ended; Connect waits for
    dpkg, and finishes."""
    machine, follower = slow_dpkg(bare, archive, follow)
    connecting = machine.start(*machine.connecting())
    eventually(lambda: follower.said("packages").count("Running dpkg") == 2)
    [backend] = machine.must("pgrep", "--full", "colabwidget[.]backend").split()

    machine.must("kill", "-KILL", backend)

    refused(connecting)
    machine.connected()
    assert machine.must("dpkg", "--audit") == ""
    assert not machine.path("/usr/sbin/policy-rc.d").exists()


@pytest.mark.slow
@pytest.mark.parametrize("place", ["/var/cache/apt/archives", "/usr/lib/openssh"])
def test_the_disk_is_full(bare: MakeBare, archive: Archive, place: str) -> None:
    """Done: no room where apt downloads to, or unpacks to. Seen: The full folder; with room,
    Connect works."""
    machine = bare(SERVER)
    archive.use(machine)
    machine.must("mkdir", "-p", place)
    machine.must("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", place)

    error = machine.failure()

    assert error["code"] == "disk_full", error
    assert place in error["cause"]
    assert "\ncwguest:" not in machine.path("/etc/passwd").read_text()
    assert not machine.path("/usr/sbin/policy-rc.d").exists()
    machine.must("umount", place)
    machine.connected()
    assert machine.must("dpkg", "--audit") == ""
