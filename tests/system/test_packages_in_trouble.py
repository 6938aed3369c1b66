"""apt-get fails for what is not needed, or for a reason that it does not name last."""

from __future__ import annotations

import re
import shutil
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kit.machine.apt_archive import Archive, make_deb, use_source
from tests.kit.machine.bare_machine import BareMachine, MakeBare
from tests.system.test_faults_clock import LIBRARIES

LISTS = "/var/lib/apt/lists"


@pytest.mark.slow
def test_the_failure_of_another_package_keeps_none_out(bare: MakeBare, tmp_path: Path) -> None:
    """Done: another package and a hook fail in each run; /tmp is only root's. Seen: The session
    connects."""
    machine = bare(lists=False)
    machine.must("chmod", "0755", "/tmp")
    broken = make_deb(tmp_path, "cw-broken", {"postinst": "exit 7"})
    shutil.copy(broken, machine.path("/root"))
    assert machine.run("dpkg", "--install", "/root/cw-broken.deb").returncode == 1
    machine.path("/etc/apt/apt.conf.d/zz-hook").write_text('DPkg::Post-Invoke { "exit 3"; };\n')

    machine.connected()

    log = machine.journal()
    assert "returned error exit status 7" in log
    assert "apt-get failed with something else; what is needed here is installed." in log
    # Signatures are checked by an account that has to write its files.
    assert "Couldn't create temporary file" not in log
    state = "${db:Status-Abbrev}"
    assert machine.must("dpkg-query", "-W", "-f", state, "openssh-server") == "ii "
    assert machine.must("dpkg-query", "-W", "-f", state, "cw-broken") == "iF "


# Has the last package that a desktop lacks, as its part of a session does.
LAST = """
import asyncio, pathlib, tempfile
from colabwidget.core.secrets import Redactor
from colabwidget.desktops import environments, packages
from colabwidget.runtime import apt
from colabwidget.runtime.journal import Journal
lacking = packages.missing(environments.default(), "tigervnc")
print(lacking)
folder = pathlib.Path(tempfile.mkdtemp())
journal = Journal(folder / "journal", Redactor())
asyncio.run(apt.ensure_installed(lacking, journal, lambda text, share: None))
print(packages.missing(environments.default(), "tigervnc"))
"""


@pytest.mark.slow
def test_the_failure_of_another_package_keeps_no_desktop_out(
    bare: MakeBare, tmp_path: Path
) -> None:
    """Done: another package fails while a desktop's last one is installed. Seen: The desktop is
    complete."""
    machine = bare(("mesa-utils",))
    shutil.copy(make_deb(tmp_path, "cw-broken", {"postinst": "exit 7"}), machine.path("/root"))
    assert machine.run("dpkg", "--install", "/root/cw-broken.deb").returncode == 1

    said = machine.must(sys.executable, "-c", LAST)

    assert said == "['mesa-utils']\n[]\n"
    assert machine.must("dpkg-query", "-W", "-f", "${db:Status-Abbrev}", "cw-broken") == "iF "


@pytest.mark.slow
def test_a_server_that_its_package_cannot_start_is_used_all_the_same(
    bare: MakeBare, archive: Archive
) -> None:
    """Done: the package's script fails where it starts the service. Seen: The session connects."""
    machine = bare()
    archive.use(machine)
    policy = machine.path("/usr/sbin/policy-rc.d")
    policy.write_text("#!/bin/sh\nexit 0\n")
    policy.chmod(0o755)
    invoke = machine.path("/usr/sbin/invoke-rc.d")
    invoke.unlink()
    invoke.write_text("#!/bin/sh\necho invoke-rc.d: it does not start\nexit 1\n")
    invoke.chmod(0o755)

    machine.connected()

    state = "${db:Status-Abbrev}"
    assert machine.must("dpkg-query", "-W", "-f", state, "openssh-server") == "iF "
    assert "it does not start" in machine.journal()


class Sources:
    """A machine whose list of sources is written by a test."""

    def __init__(self, machine: BareMachine) -> None:
        self.machine = machine
        self.file = machine.path("/etc/apt/sources.list.d/mine.list")

    def refused(self, text: str) -> str:
        """Connect with such a file of sources; return why that failed."""
        self.file.write_text(text)
        error = self.machine.failure()
        assert error["code"] == "apt_sources", error
        self.machine.assert_nothing_half_made()
        return error["cause"]


def test_sources_that_cannot_be_read_are_named(bare: MakeBare, archive: Archive) -> None:
    """Done: an entry of the sources is malformed. Seen: Its file and line; once it is mended, the
    session connects."""
    machine = bare()
    archive.use(machine)
    sources = Sources(machine)
    mine = "/etc/apt/sources.list.d/mine.list"

    assert f"Malformed entry 1 in list file {mine}" in sources.refused("deb http://a.example\n")
    said = sources.refused("\n# one more\ndebx http://a.example ./\n")
    assert f"on line 3 in source list {mine}" in said
    signed = "deb [signed-by=/etc/{}.gpg] {} ./\n"
    said = sources.refused("".join(signed.format(name, archive.url) for name in ("one", "two")))
    assert "Conflicting values set for option" in said
    assert f"It stands in /etc/apt/sources.list:1, {mine}:1, {mine}:2." in said

    sources.file.unlink()
    machine.connected()


@pytest.mark.slow
@pytest.mark.parametrize("place", ["missing", "full"])
def test_a_folder_for_temporary_files_is_found(bare: MakeBare, place: str) -> None:
    """Done: /tmp is not there, or full. Seen: The session connects; only signed lists are used."""
    machine = bare(lists=False)
    if place == "missing":
        machine.must("sh", "-c", "mv /tmp /tmp.away; chmod 0755 /var/tmp")
    else:
        fill = "mount -t tmpfs -o size=64k,mode=1777 tmpfs /tmp; cat /dev/zero > /tmp/all || true"
        machine.must("sh", "-c", fill)

    machine.connected()

    assert "Couldn't create temporary file" not in machine.journal()
    assert not list(machine.path("/run").glob("colabwidget-apt.*"))


@pytest.mark.slow
def test_a_machine_without_sources_says_so(bare: MakeBare, archive: Archive) -> None:
    """Done: there are no package sources. Seen: The reason; with a source, the session connects."""
    machine = bare()
    use_source(machine)

    error = machine.failure()

    assert error["code"] == "apt_not_found"
    assert error["cause"] == "This system has no package sources."
    archive.use(machine)
    machine.connected()


@pytest.mark.slow
def test_a_list_of_packages_that_was_lost_installs_nothing(
    bare: MakeBare, archive: Archive
) -> None:
    """Done: dpkg's list of installed packages is empty, or cut off. Seen: The reason."""
    machine = bare()
    archive.use(machine)
    status = machine.path("/var/lib/dpkg/status")
    whole = status.read_bytes()
    for damaged in (b"", whole[:20_000]):
        status.write_bytes(damaged)
        error = machine.failure()
        assert error["code"] == "dpkg_damaged"
        assert status.read_bytes() == damaged
    status.write_bytes(whole)
    machine.connected()


@pytest.mark.slow
def test_lists_that_are_damaged_are_fetched_anew(bare: MakeBare, archive: Archive) -> None:
    """Done: apt's lists are cut off. Seen: The session connects."""
    machine = bare()
    archive.use(machine)
    machine.must("apt-get", "update")
    lists = [*machine.path(LISTS).glob("*Packages*")]
    assert lists
    for path in lists:
        path.write_text("garbage\n")

    machine.connected()


@pytest.mark.slow
def test_lists_that_do_not_fit_together_are_asked_for_again(
    bare: MakeBare, archive: Archive
) -> None:
    """Done: a list does not have the checksum that its source gives. Seen: The reason, then the
    session connects."""
    machine = bare()
    packages = archive.folder / "Packages"
    whole = packages.read_bytes()
    packages.write_bytes(whole.replace(b"openssh", b"opensst"))
    archive.use(machine)

    error = machine.failure()

    assert error["code"] == "apt_failed"
    assert "Hash Sum mismatch" in error["cause"] or "unexpected size" in error["cause"]
    packages.write_bytes(whole)
    machine.connected()


@pytest.mark.slow
def test_a_silent_source_of_others_is_not_waited_for_long(bare: MakeBare, archive: Archive) -> None:
    """Done: another source takes connections and says nothing. Seen: The session connects."""
    machine = bare()
    with socket.create_server(("127.0.0.2", 0)) as silent:
        use_source(machine, archive.url, f"http://127.0.0.2:{silent.getsockname()[1]}")
        machine.connected()

    # Tried once, and told twice by apt-get.
    assert machine.journal().count("Connection failed [IP: 127.0.0.2") == 2


@pytest.fixture
def behind(bare: MakeBare, archive: Archive) -> Iterator[BareMachine]:
    """A machine whose clock is 400 days behind, for every program."""
    if not LIBRARIES:
        pytest.skip("needs faketime")
    machine = bare()
    archive.use(machine)
    machine.path("/etc/apt/apt.conf.d/zz-date").write_text('Acquire::Check-Date "true";\n')
    machine.path("/etc/faketimerc").write_text("-400d\n")
    preload = machine.path("/etc/ld.so.preload")
    preload.write_text(f"{LIBRARIES[0]}\n")
    yield machine
    preload.unlink()


@pytest.mark.slow
def test_a_clock_that_is_behind_is_the_reason(behind: BareMachine) -> None:
    """Done: the clock is 400 days behind. Seen: Its time and the server's; once it is set, the
    session connects."""
    error = behind.failure()

    assert error["code"] == "clock_wrong", error
    times = re.findall(r"says (\d{4})-\d\d-\d\d \d\d:\d\d UTC", error["cause"])
    assert len(times) == 2
    assert int(times[1]) - int(times[0]) in (1, 2)
    behind.path("/etc/ld.so.preload").write_text("")
    behind.connected()


@pytest.mark.slow
@pytest.mark.parametrize("hook", ["DPkg::Pre-Invoke", "DPkg::Pre-Install-Pkgs"])
def test_a_hook_that_fails_is_named(bare: MakeBare, archive: Archive, hook: str) -> None:
    """Done: a hook of dpkg's fails before anything is installed. Seen: The hook's name."""
    machine = bare()
    archive.use(machine)
    setting = machine.path("/etc/apt/apt.conf.d/zz-hook")
    setting.write_text(f'{hook} {{ "exit 3"; }};\n')

    error = machine.failure()

    assert error["code"] == "apt_failed"
    assert "exit 3" in error["cause"]
    machine.assert_nothing_half_made()
    setting.unlink()
    machine.connected()


@pytest.mark.slow
def test_a_source_without_a_signature_is_named(bare: MakeBare, archive: Archive) -> None:
    """Done: the only source is not signed, or not there. Seen: The source's name, and which of the
    two."""
    machine = bare()
    use_source(machine)
    sources = Sources(machine)

    assert "is not signed" in sources.refused(f"deb {archive.url} ./\n")
    said = sources.refused(f"deb [trusted=yes] {archive.url} bookworm main\n")
    assert "/dists/bookworm/main/" in said and "404" in said
    said = sources.refused("deb http://deb.debian.org/debian stretch main\n")
    assert "stretch Release' does not have a Release file." in said
    assert "archive.debian.org" in said
