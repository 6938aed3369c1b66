"""Accounts whose group or home is there already and is not theirs, on a copy of this machine."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.kit.keys import blob
from tests.kit.machine.bare_machine import BareMachine, MakeBare

HOME = "/home/cwguest"
KEY = f"ssh-ed25519 {blob(b'ssh-ed25519', bytes(range(32)))} me"
STRANGER = 54_321  # an id that no account of the copy has


def own_home(machine: BareMachine, details: dict[str, Any], home: str) -> None:
    """See that a session's home is the account's own, with what a new home has."""
    look = 'cd && pwd && touch mine && stat -c "%U %a" . && test -e .bashrc && echo skeleton'
    assert machine.ssh(details, look) == f"{home}\ncwguest 700\nskeleton\n"


def belongs_to_a_stranger(path: Path) -> bool:
    found = [path, *path.iterdir()]
    return {(each.name, each.stat().st_uid) for each in found} == {
        (path.name, STRANGER),
        ("theirs", STRANGER),
    }


def test_a_group_and_a_home_of_others_are_neither_joined_nor_taken(bare: MakeBare) -> None:
    machine = bare(())
    machine.must("groupadd", "--gid", "1500", "cwguest")
    machine.must("sed", "-i", "s/^USERGROUPS_ENAB.*/USERGROUPS_ENAB no/", "/etc/login.defs")
    taken = [HOME, f"{HOME}.colabwidget", "/var/lib/colabwidget-homes/cwguest"]

    def take(home: str) -> None:
        machine.must("mkdir", "--parents", home)
        machine.path(f"{home}/theirs").write_text("")
        machine.must("chown", "--recursive", f"{STRANGER}:{STRANGER}", home)
        machine.path(home).chmod(0o755)

    take(taken[0])
    details = machine.connected()
    own_home(machine, details, taken[1])
    assert machine.ssh(details, "id -Gn") == "cwguest-colabwidget\n"
    said = f"{HOME} belongs to user id {STRANGER}, which has no account here, and is left alone."
    told = f"{said} The home of cwguest is {taken[1]}."
    assert told in machine.journal()
    assert told in details["ssh"]["notices"]
    machine.must(*machine.colabwidget("disconnect"))

    machine.must("userdel", "cwguest")
    machine.must("rm", "-rf", *taken[1:])
    machine.must("ln", "--symbolic", "/nowhere", taken[1])
    take(taken[2])
    error = machine.failure()

    assert (error["code"], error["field"]) == ("account_home", "user")
    assert error["cause"].startswith(said)
    assert machine.must("readlink", taken[1]) == "/nowhere\n"
    assert not machine.path("/nowhere").exists()
    assert all(belongs_to_a_stranger(machine.path(home)) for home in (taken[0], taken[2]))
    machine.must("rm", "-rf", taken[2])
    own_home(machine, machine.connected(), taken[2])
    machine.must(*machine.colabwidget("disconnect"))

    machine.must("useradd", "--no-create-home", "--home-dir", HOME, "cwprior")
    details = json.loads(machine.connect("--public-key", KEY, user="cwprior").stdout)
    (notice,) = details["ssh"]["notices"]
    assert notice.startswith(f"{said} Sessions of cwprior have no home to write in")


@pytest.mark.skipif(not shutil.which("Xtigervnc"), reason="needs tigervnc-standalone-server")
def test_a_home_of_others_keeps_no_account_from_its_desktop(bare: MakeBare) -> None:
    machine = bare(())
    machine.must("useradd", "--no-create-home", "--home-dir", HOME, "cwprior")
    theirs = f"mkdir --mode=700 {HOME} && chown {STRANGER}:{STRANGER} {HOME}"
    homes = {
        f"{HOME} belongs to user id {STRANGER}": theirs,
        f"{HOME} cannot be entered": f"rmdir {HOME} && touch {HOME} && chown cwprior: {HOME}",
    }
    for why, make in homes.items():
        machine.must("sh", "-c", make)
        done = machine.connect("--public-key", KEY, "--desktop", user="cwprior")
        assert done.returncode == 0, f"{done.stderr}\n{machine.journal()}"
        details = json.loads(done.stdout)
        assert details["desktop"]["display"], machine.journal()
        (notice,) = details["ssh"]["notices"]
        assert notice.startswith(why) and "a desktop's settings go with it" in notice
        assert "timeout in locking" not in machine.journal()
        machine.must(*machine.colabwidget("disconnect"))


def test_an_account_of_before_leaves_the_group_of_others_and_a_home_that_they_could_exchange(
    bare: MakeBare,
) -> None:
    """As earlier versions made it where USERGROUPS_ENAB is no; /home is open to all there."""
    machine = bare(())
    make = ["useradd", "--create-home", "--gid", "users", "--shell", "/bin/bash"]
    machine.must(*make, "--comment", "colabwidget", "cwguest")
    machine.must("useradd", "--no-create-home", "--gid", "users", "cwother")
    machine.must("chmod", "777", "/home")
    folder = "/content"
    machine.must("mkdir", "--parents", folder)

    done = machine.run(
        *("env", f"--chdir={folder}"), *machine.connecting(), environment={"PWD": folder}
    )

    assert done.returncode == 0, f"{done.stderr}\n{machine.journal()}"
    details = json.loads(done.stdout)
    assert machine.ssh(details, "id -Gn") == "cwguest-colabwidget\n"
    assert (
        "/home, in which /home/cwguest is, can be changed by other accounts." in machine.journal()
    )
    assert machine.ssh(details, "cd && pwd") == "/var/lib/colabwidget-homes/cwguest\n"
    for place in (folder, *machine.must("sh", "-c", "echo /run/colabwidget.cwguest.*").split()):
        group = machine.must("stat", "--format=%G", place).strip()
        assert group in ("root", "cwguest-colabwidget"), place
    tries = f"touch {folder}/x; cat /run/colabwidget.cwguest.*/environment; ls ~cwguest"
    refused = machine.run("setpriv", "--reuid=cwother", "--regid=users", "--clear-groups", "--",
                          "sh", "-c", tries)  # fmt: skip
    assert refused.stdout == "" and refused.stderr.count("Permission denied") >= 2
    machine.must(*machine.colabwidget("disconnect"))
