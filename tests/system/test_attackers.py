"""Attacks on what root does, by a real account of a throw-away machine."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.kit.machine.attacks import PLANTS, SWAPS
from tests.kit.machine.bare_machine import BareMachine
from tests.kit.machine.machine_copy import CopyImpossible

ATTACKER = "mallory"
# What root had made in his folder before, by the names that it may have now.
AS_BEFORE = ("!", "-name", "user", "!", "-name", ".before")
# What root does for each start of a desktop, with the attacker running: argv has his account.
GIVES = """
import os, pwd, subprocess, sys, time
from pathlib import Path
from colabwidget.system.foreign_files import give_tree
name, aim, script, starts = sys.argv[1:]
account = pwd.getpwnam(name)
become = ["setpriv", f"--reuid={name}", f"--regid={account.pw_gid}", "--init-groups"]
for number in range(int(starts)):
    top = Path(f"/srv/top{number}")
    command = [*become, "/usr/bin/python3", "-IS", "-c", script, str(top), aim]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as attacker:
        attacker.stdout.readline()
        top.mkdir(mode=0o700)
        for each in ("one", "two", "three"):
            (top / each / "etc").mkdir(parents=True)
            (top / each / "etc" / "file").touch()
        give_tree(top, account.pw_uid, account.pw_gid)
        deadline = time.monotonic() + 20
        while not (top / ".three").exists() and time.monotonic() < deadline:
            time.sleep(0.005)
        assert (top / ".three").exists(), "it was never attacked"
        attacker.kill()
"""


@pytest.fixture(scope="module")
def copy() -> Iterator[BareMachine]:
    try:
        with BareMachine(without=()) as machine:
            machine.must("useradd", "--create-home", "--shell", "/bin/bash", ATTACKER)
            yield machine
    except CopyImpossible as reason:
        pytest.skip(str(reason))


@pytest.mark.parametrize(
    "starts", [5, pytest.param(200, marks=[pytest.mark.slow, pytest.mark.timeout(600)])]
)
def test_an_account_that_swaps_folders_gains_nothing(copy: BareMachine, starts: int) -> None:
    copy.must("sh", "-c", "mkdir -p /srv/aim/etc; touch /srv/aim/etc/file")
    copy.patience = 500.0
    try:
        copy.must(sys.executable, "-c", GIVES, ATTACKER, "/srv/aim", SWAPS, str(starts))
        assert copy.must("find", "/srv/aim", "!", "-uid", "0") == ""
        assert f"{ATTACKER}\n" in copy.must("find", "/srv/top0", "-printf", "%u\n")
    finally:
        copy.must("sh", "-c", "rm -rf /srv/aim /srv/top*")


@contextmanager
def planting(copy: BareMachine, folder: str, public: str) -> Iterator[None]:
    """The attacker exchanges all that appears in a folder of his for what lets his key in."""
    become = ["setpriv", f"--reuid={ATTACKER}", f"--regid={ATTACKER}", "--init-groups"]
    command = (*become, "/usr/bin/python3", "-IS", "-c", PLANTS, folder, public)
    with copy.start(*command) as attacker:
        assert attacker.stdout and attacker.stdout.readline() == b"ready\n"
        try:
            yield
        finally:
            copy.run("pkill", "-KILL", "-u", ATTACKER)


@pytest.mark.parametrize("inner", ["", "/user"], ids=["his own", "root's in his own"])
@pytest.mark.parametrize(
    "starts", [1, pytest.param(20, marks=[pytest.mark.slow, pytest.mark.timeout(600)])]
)
def test_the_owner_of_a_kept_runtime_directory_does_not_get_in(
    copy: BareMachine, inner: str, starts: int
) -> None:
    """``su`` keeps XDG_RUNTIME_DIR: root works below a folder that another account may change."""
    place = f"/home/{ATTACKER}/run"
    copy.must("sh", "-c", f"mkdir -p {place}{inner}; chmod 700 {place}{inner}")
    copy.must("chown", f"{ATTACKER}:", place)
    for name in ("owner", "attacker"):
        copy.must("sh", "-c", f"rm -f /run/{name}*; ssh-keygen -q -t ed25519 -N '' -f /run/{name}")
    publics = {
        name: copy.path(f"/run/{name}.pub").read_text().strip() for name in ("owner", "attacker")
    }
    try:
        with planting(copy, place, publics["attacker"]):
            for _ in range(starts):
                connecting = copy.connecting("--public-key", publics["owner"])
                environment = {"XDG_RUNTIME_DIR": f"{place}{inner}"}
                done = copy.run(*connecting, environment=environment)
                assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
                ssh = json.loads(done.stdout)["ssh"]
                assert enters(copy, ssh, "owner") == "cwguest\n"
                for user in ("cwguest", "root"):
                    assert enters(copy, ssh, "attacker", user) == ""
                ended = copy.run(*copy.colabwidget("disconnect"), environment=environment)
                assert ended.returncode == 0, ended.stderr
        # Nothing of root's was ever made there: that would have been exchanged, and kept.
        assert copy.must("find", place, "-mindepth", "1", "-uid", "0", *AS_BEFORE) == ""
    finally:
        copy.run(*copy.colabwidget("disconnect"))
        copy.must("rm", "-rf", place)


def enters(copy: BareMachine, ssh: dict[str, object], key: str, user: str = "cwguest") -> str:
    """What a client prints that signs in by a key; nothing where it is refused."""
    options = [
        *("-F", "none", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no"),
        *("-o", "UserKnownHostsFile=/dev/null", "-o", "IdentitiesOnly=yes"),
    ]
    place = ("-i", f"/run/{key}", "-p", str(ssh["port"]), f"{user}@{ssh['host']}")
    return copy.run("ssh", *options, *place, "whoami").stdout
