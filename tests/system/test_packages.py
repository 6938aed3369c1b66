"""Real apt installs the SSH server on copies of this machine that lack it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.kit.backend.follower import Follow
from tests.kit.machine.apt_archive import DEAD, Archive, use_source
from tests.kit.machine.bare_machine import CLIENT, SERVER, SUDO, BareMachine, MakeBare
from tests.kit.machine.machine import ROOT
from tests.kit.rows import params
from tests.kit.waiting import eventually


def count_updates(machine: BareMachine) -> Callable[[], int]:
    """Let apt itself count how often it refreshes its lists from now on."""
    machine.path("/etc/apt/apt.conf.d/zz-count").write_text(
        'APT::Update::Pre-Invoke { "echo update >> /run/updates"; };\n'
    )
    counted = machine.path("/run/updates")
    return lambda: len(counted.read_text().split()) if counted.exists() else 0


@pytest.mark.long
def test_a_bare_machine_connects(bare: MakeBare, follow: Follow) -> None:
    machine = bare(SERVER + CLIENT + SUDO, lists=False)
    updates = count_updates(machine)
    follower = follow(machine)

    machine.connected()

    seen = follower.progress("packages")
    assert len(seen) >= 5
    assert seen == sorted(seen)
    assert seen[0] < 0.5 < seen[-1]
    log = machine.journal()
    assert "missing packages: openssh-client, openssh-server, sudo" in log
    assert "Setting up openssh-server" in log
    assert updates() == 1

    machine.must(*machine.colabwidget("disconnect"))
    machine.connected()

    again = machine.journal()[len(log) :]
    assert "missing packages: none" in again
    assert "Reading package lists" not in again
    assert updates() == 1


@pytest.mark.slow
def test_lists_that_are_there_are_not_refreshed(bare: MakeBare) -> None:
    machine = bare(SERVER)
    updates = count_updates(machine)

    machine.connected()

    assert "Setting up openssh-server" in machine.journal()
    assert updates() == 0


def older(packages: str) -> str:
    """Let a list be that of an earlier day, whose packages belong together by version."""
    version = re.search(r"^Package: openssh-server\n(?:.+\n)*?Version: (\S+)$", packages, re.M)
    assert version
    return packages.replace(version[1], f"{version[1]}~older")


@pytest.mark.parametrize(
    "stale",
    params(
        ["packages are gone", "lists know nothing", "lists want an older client"],
        slow={"lists know nothing", "lists want an older client"},
    ),
)
def test_stale_lists_are_refreshed_once(
    bare: MakeBare, archive: Archive, debs: dict[str, Path], stale: str
) -> None:
    machine = bare()
    if stale == "lists want an older client":
        archive.publish([debs[name] for name in SERVER], edit=older)
    else:
        archive.publish([*debs.values()] if stale == "packages are gone" else [], gone=True)
    archive.use(machine)
    machine.must("apt-get", "update")
    archive.publish([*debs.values()])
    updates = count_updates(machine)

    machine.connected()

    assert ("  404  File not found" in machine.journal()) == (stale == "packages are gone")
    assert ("unmet dependencies" in machine.journal()) == (stale == "lists want an older client")
    assert updates() == 1


@pytest.mark.slow
def test_one_dead_source_keeps_nobody_from_installing(bare: MakeBare, archive: Archive) -> None:
    machine = bare()
    use_source(machine, archive.url, DEAD)

    machine.connected()


@pytest.mark.slow
def test_a_package_that_nobody_has(bare: MakeBare, archive: Archive, debs: dict[str, Path]) -> None:
    """Done: no source has the package. Seen: The package's name; Connect works once a source has
    it."""
    machine = bare()
    archive.publish([debs["sudo"]])
    archive.use(machine)

    error = machine.failure()

    assert error["code"] == "apt_not_found"
    assert "openssh-server" in error["title"] + error["cause"]
    machine.assert_nothing_half_made()
    archive.publish([*debs.values()])
    machine.connected()


@pytest.mark.slow
def test_a_dead_mirror(bare: MakeBare, archive: Archive) -> None:
    """Done: the package mirror is dead. Seen: The mirror; Connect works with another one."""
    machine = bare(SERVER + SUDO)
    use_source(machine, DEAD)

    error = machine.failure()

    assert error["code"] == "apt_network"
    assert "127.0.0.2:9" in error["cause"]
    machine.assert_nothing_half_made()
    archive.use(machine)
    machine.connected()


def test_no_service_of_a_package_is_started(bare: MakeBare, archive: Archive) -> None:
    machine = bare()
    archive.use(machine)

    machine.connected()

    def servers() -> list[str]:
        return machine.must("pgrep", "--runstates", "RS", "--list-full", "sshd").splitlines()

    # The processes of a connection go a moment after its client.
    eventually(
        lambda: not any("cwguest" in line for line in servers()), what=lambda: str(servers())
    )
    assert servers()
    assert all("/run/colabwidget/session/" in line for line in servers()), servers()
    # It was the policy that kept it down: nothing else of this copy would have.
    assert "policy-rc.d denied execution of start" in machine.journal()
    assert not machine.path("/usr/sbin/policy-rc.d").exists()


@pytest.mark.slow
def test_a_policy_of_the_machine_stays_as_it_is(bare: MakeBare, archive: Archive) -> None:
    machine = bare()
    archive.use(machine)
    policy = machine.path("/usr/sbin/policy-rc.d")
    policy.write_text("#!/bin/sh\n# The machine's own.\nexit 101\n")
    policy.chmod(0o755)
    before = policy.stat()

    machine.connected()

    assert policy.read_text() == "#!/bin/sh\n# The machine's own.\nexit 101\n"
    assert (policy.stat().st_mtime_ns, policy.stat().st_mode) == (
        before.st_mtime_ns,
        before.st_mode,
    )


def test_without_root_and_without_server(bare: MakeBare, tmp_path: Path) -> None:
    machine = bare()
    python = "/usr/bin/python3"
    if machine.run(python, "-c", "import sys; sys.exit(sys.version_info < (3, 10))").returncode:
        pytest.skip(f"{python} is missing or older than 3.10")
    machine.must("useradd", "--create-home", "plain")
    shutil.copytree(ROOT / "colabwidget", machine.path("/opt/plain/colabwidget"))
    subprocess.run(["ssh-keygen", "-q", "-N", "", "-f", tmp_path / "key"], check=True)
    machine.path("/opt/plain/key.pub").write_bytes((tmp_path / "key.pub").read_bytes())

    done = machine.run(
        *("setpriv", "--reuid=plain", "--regid=plain", "--clear-groups"),
        *("env", "-C", "/", "HOME=/home/plain", "PYTHONPATH=/opt/plain"),
        *(python, "-m", "colabwidget", "connect", "--tunnel", "direct", "--json"),
        *("--public-key", "/opt/plain/key.pub"),
    )

    assert done.returncode == 1, done.stderr
    error = json.loads(done.stdout)["error"]
    assert error["code"] == "no_root_no_sshd", error
    assert error["title"] == "openssh-server is not installed."
    assert "without" in error["cause"]
    assert "administrator" in error["remedy"]
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_the_index_of_manual_pages_is_left_alone(bare: MakeBare) -> None:
    machine = bare()
    mark = machine.path("/var/lib/man-db/auto-update")
    if not mark.exists():
        pytest.skip("this machine has no man-db")
    # As a backend that was killed in the middle of it has left it.
    mark.rename(mark.with_name("auto-update.colabwidget"))

    machine.connected()

    assert "Setting up openssh-server" in machine.journal()
    assert mark.exists()
    assert [path.name for path in mark.parent.iterdir()] == ["auto-update"]
