"""Installations that have to wait, are cancelled, or were broken off before we came."""

from __future__ import annotations

import re
import shutil
import signal
import sys
import time
from pathlib import Path

import pytest

from tests.kit.backend.follower import Follow
from tests.kit.machine.apt_archive import Archive
from tests.kit.machine.bare_machine import SERVER, SUDO, MakeBare, signal_inner
from tests.kit.rows import params
from tests.kit.waiting import eventually

# Holds a lock as apt and dpkg do: with fcntl, which flock knows nothing of.
HOLD = """
import fcntl, os, sys, time
file = open(sys.argv[1], "w")
fcntl.lockf(file, fcntl.LOCK_EX)
print(os.getpid(), flush=True)
time.sleep(100)
"""


@pytest.mark.slow
@pytest.mark.parametrize("lock", ["/var/lib/dpkg/lock-frontend", "/var/lib/apt/lists/lock"])
def test_another_package_manager_is_waited_for(
    bare: MakeBare, archive: Archive, follow: Follow, lock: str
) -> None:
    """Done: another program holds apt's lock. Seen: The program that is waited for; then the
    installation goes on."""
    machine = bare()
    archive.use(machine)
    machine.must("mkdir", "-p", str(Path(lock).parent))
    follower = follow(machine)
    holder = machine.start(sys.executable, "-c", HOLD, lock)
    assert holder.stdout
    message = rf"waiting for \S+ \(process {int(holder.stdout.readline())}\) to finish"

    connecting = machine.start(*machine.connecting())
    eventually(
        lambda: any(re.fullmatch(message, detail) for detail in follower.said("packages")),
        what=lambda: f"{follower.said('packages')}",
    )
    signal_inner(holder, signal.SIGKILL)

    holder.communicate()
    _, said = connecting.communicate(timeout=60)
    assert connecting.returncode == 0, said
    assert follower.phase() == "connected"


@pytest.mark.slow
def test_cancel_while_packages_are_downloaded(
    bare: MakeBare, archive: Archive, follow: Follow
) -> None:
    """Done: Cancel while packages are downloaded. Seen: Nothing is left; Connect installs them."""
    machine = bare()
    archive.use(machine)
    archive.slow.set()
    follower = follow(machine)
    connecting = machine.start(*machine.connecting())
    eventually(lambda: any(0.25 < share < 0.5 for share in follower.progress("packages")))

    signal_inner(connecting, signal.SIGINT)

    _, said = connecting.communicate(timeout=20)
    assert connecting.returncode == 130
    assert b"Traceback" not in said
    assert follower.phase() == "idle"
    machine.assert_nothing_half_made()
    assert not machine.path("/usr/sbin/sshd").exists()
    archive.slow.clear()
    machine.connected()


@pytest.mark.parametrize("run", params([1, 2], slow={"2"}))
def test_cancel_while_packages_are_unpacked(
    bare: MakeBare, archive: Archive, follow: Follow, run: int
) -> None:
    """Done: Cancel while dpkg runs. Seen: what dpkg has begun is finished; Connect goes on."""
    machine = bare()
    archive.use(machine)
    # dpkg runs twice, to unpack and to set up; it pauses before each.
    machine.path("/etc/dpkg/dpkg.cfg.d/slow").write_text("pre-invoke=sleep 1\n")
    follower = follow(machine)
    connecting = machine.start(*machine.connecting())
    eventually(lambda: follower.said("packages").count("Running dpkg") == run)

    signal_inner(connecting, signal.SIGINT)

    connecting.communicate(timeout=60)
    assert connecting.returncode == 130
    assert follower.phase() == "idle"
    assert "Cancelled; dpkg finishes what it has begun." in machine.journal()
    # On a slow machine it goes on by itself after some seconds.
    eventually(lambda: not machine.path("/usr/sbin/policy-rc.d").exists())
    machine.assert_nothing_half_made()
    assert "ii" in machine.must("dpkg-query", "-W", "-f", "${db:Status-Abbrev}", "openssh-server")
    machine.connected()


@pytest.mark.slow
def test_disconnect_does_not_wait_for_dpkg(
    bare: MakeBare, archive: Archive, follow: Follow
) -> None:
    """Done: Disconnect while dpkg takes long. Seen: The session ends soon; the next Connect waits
    for dpkg."""
    machine = bare()
    archive.use(machine)
    slow = machine.path("/etc/dpkg/dpkg.cfg.d/slow")
    slow.write_text("pre-invoke=sleep 15\n")
    follower = follow(machine)
    connecting = machine.start(*machine.connecting())
    eventually(lambda: "Running dpkg" in follower.said("packages"))

    begun = time.monotonic()
    machine.must(*machine.colabwidget("disconnect"))
    assert time.monotonic() - begun < 12
    connecting.communicate(timeout=20)
    assert follower.phase() == "idle"
    assert "Packages are still being set up" in machine.journal()
    assert "dpkg" in machine.must("ps", "-e", "-o", "comm")

    slow.unlink()
    # A Disconnect of the one that waits does not touch it either.
    waiting = machine.start(*machine.connecting())
    text = "waiting for packages to be set up, which an earlier session has begun"
    eventually(lambda: text in follower.said("check"))
    machine.must(*machine.colabwidget("disconnect"))
    waiting.communicate(timeout=20)
    assert "dpkg" in machine.must("ps", "-e", "-o", "comm")
    machine.connected()
    assert not machine.path("/usr/sbin/policy-rc.d").exists()
    assert machine.must("dpkg", "--audit") == ""


@pytest.mark.slow
@pytest.mark.parametrize("broken_off", ["dpkg was killed", "nothing was set up"])
def test_an_installation_that_was_broken_off_is_mended(
    bare: MakeBare, archive: Archive, debs: dict[str, Path], broken_off: str
) -> None:
    """Done: an earlier installation was broken off. Seen: Connect mends and finishes it."""
    machine = bare(SERVER + SUDO)
    archive.use(machine)
    for deb in debs.values():
        shutil.copy(deb, machine.path("/root"))
    if broken_off == "dpkg was killed":
        # It writes down every change of a package's state; these notes are then still there.
        begun = "until ls /var/lib/dpkg/updates/0* 2> /dev/null; do sleep 0.01; done"
        machine.run("sh", "-c", f"dpkg -i /root/sudo_*.deb & {begun}; kill -9 $!")
        assert "was interrupted" in machine.run("apt-get", "-y", "autoremove").stderr
    else:
        machine.must("sh", "-c", "dpkg --unpack /root/*.deb")
        assert machine.path("/usr/sbin/sshd").exists()
        assert "\nsshd:" not in machine.path("/etc/passwd").read_text()

    machine.connected()

    assert machine.must("dpkg", "--audit") == ""
