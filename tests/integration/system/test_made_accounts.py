"""What an account runs ends at once, however it defends itself; its mark it cannot remove."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from colabwidget.system import made_accounts
from colabwidget.system.subreaper import descendants
from tests.kit.waiting import eventually

PYTHON = "/usr/bin/python3"  # ours may lie in a home that other accounts cannot enter
pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or not Path(PYTHON).exists(), reason="needs root, and a Python for all"
)
# Numbers that no account of this machine has, and no worker beside this one: each test ends all
# that runs by its number.
WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
ATTACKER, BYSTANDER = 54_900 + 2 * WORKER, 54_901 + 2 * WORKER

# It says so: a list of processes may miss one that forks on for as long as it looks.
BEGINS = 'import os; os.write(1, b".")'
FORKS_ON = """
import os, time
os.setsid()
while True:
    if os.fork():
        os._exit(0)
    time.sleep(0.0005)
"""
# It kills and stops all that it may, which is what its account runs.
KILLS_BACK = """
import os, signal
while True:
    for number in (signal.SIGSTOP, signal.SIGKILL):
        try:
            os.kill(-1, number)
        except OSError:
            pass
"""
HIDES = """
import ctypes, time
ctypes.CDLL(None).prctl(4, 0)  # PR_SET_DUMPABLE: its files in /proc are root's now
time.sleep(300)
"""
DEAF = """
import signal, time
for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
    signal.signal(number, signal.SIG_IGN)
time.sleep(300)
"""


@contextmanager
def running(uid: int, *scripts: str) -> Iterator[None]:
    become = ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups"]
    started = [
        subprocess.Popen(
            [*become, PYTHON, "-I", "-S", "-c", BEGINS + script], cwd="/", stdout=subprocess.PIPE
        )
        for script in scripts
    ]
    try:
        for process in started:
            assert process.stdout and process.stdout.read(1) == b"."
        time.sleep(0.3)
        yield
    finally:
        end(uid)
        for process in started:
            process.wait(20)
            if process.stdout:
                process.stdout.close()


def end(uid: int) -> bool:
    """End them in a process of its own, as the backend does: forking takes one without threads."""
    script = [sys.executable, "-I", "-S", made_accounts.__file__, str(uid), str(os.getpid())]
    return subprocess.run(script, timeout=30, check=False).returncode == 0


@pytest.mark.parametrize("script", [FORKS_ON, KILLS_BACK, HIDES, DEAF])
def test_every_process_ends(script: str) -> None:
    with running(BYSTANDER, DEAF), running(ATTACKER, script, script, script):
        before = made_accounts.processes_of(ATTACKER)

        assert end(ATTACKER)

        assert before or script == FORKS_ON  # which a list may miss
        time.sleep(0.1)
        assert not made_accounts.processes_of(ATTACKER)
        assert made_accounts.processes_of(BYSTANDER)


@pytest.mark.parametrize("script", [FORKS_ON, HIDES])
def test_a_container_s_programs_with_the_same_number_are_left_alone(script: str) -> None:
    """Containers have accounts of their own; one that the account itself made is ended."""
    contained = ["unshare", "--pid", "--fork", "--kill-child", "setpriv", f"--reuid={ATTACKER}"]
    sleeps = [*contained, "--clear-groups", "sleep", "300"]
    # Its parent ends, so that it is no descendant of the backend's.
    leaves = 'setsid sh -c \'echo $$; exec "$@"\' sh "$@" > "$0" &'
    with tempfile.NamedTemporaryFile("r") as told, running(ATTACKER, script, script):
        subprocess.run(["sh", "-c", leaves, told.name, *sleeps], check=True)
        container = int(eventually(lambda: Path(told.name).read_text()))
        try:
            inner = eventually(lambda: descendants(container) & of_attacker())
            with subprocess.Popen(sleeps) as own:
                eventually(lambda: descendants(own.pid) & of_attacker())
                assert end(ATTACKER)
                assert own.wait(20) != 0
            assert of_attacker() == inner
        finally:
            for pid in descendants(container):
                os.kill(pid, signal.SIGKILL)


def of_attacker() -> set[int]:
    return made_accounts.processes_of(ATTACKER)


def test_an_account_without_processes() -> None:
    assert end(ATTACKER)


@pytest.mark.parametrize(
    ("comment", "is_made"),
    [("colabwidget", True), ("colabwidget,room 1,,", True), ("colabwidget 2", False), ("", False)],
)
def test_what_an_account_adds_to_its_comment_changes_nothing(comment: str, is_made: bool) -> None:
    """chfn(1) lets it have a room and telephones, behind the name that is the mark."""
    entry = pwd.struct_passwd(("x", "x", 1234, 1234, comment, "/", "/bin/sh"))
    assert made_accounts.is_marked(entry) is is_made


def test_root_is_never_one_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = pwd.struct_passwd(("root", "x", 0, 0, "colabwidget", "/root", "/bin/sh"))
    monkeypatch.setattr(pwd, "getpwnam", lambda name: entry)
    assert made_accounts.entry("root") is None
