"""What an account does to keep the door open, run by it over SSH."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.kit.machine.machine import Machine
from tests.kit.machine.ports import is_open
from tests.kit.machine.ssh_client import ssh

# Until the end, each display's lock is a pipe, which blocks when it is opened.
_PIPES = """
import glob, os
while True:
    for lock in glob.glob("/tmp/.X*-lock"):
        try:
            os.unlink(lock)
            os.mkfifo(lock)
        except OSError:
            continue
"""
# As deep as no recursive program goes, and with names as what a desktop leaves behind.
_FOLDERS = """
import os
user = os.environ["LOGNAME"]
for name in ("/tmp/dbus-" + user, "/tmp/.xfsm-ICE-" + user):
    os.makedirs(name, exist_ok=True)
try:
    os.chdir("/run/colabwidget-" + user)
except OSError:
    os.chdir(os.path.expanduser("~"))
for _ in range(1500):
    os.mkdir("d")
    os.chdir("d")
"""
# Children of children, each of which has left its parent.
_FORKS = """
import os, time
while True:
    if os.fork():
        os._exit(0)
    time.sleep(0.01)
"""
_STAYS = "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(1000)"

#: Exchanges each folder that it can reach for a link to another, again and again.
SWAPS = """
import os, sys
top, aim = sys.argv[1:]
names = ("one", "two", "three")
print("ready", flush=True)
while True:
    for name in names:
        try:
            os.rename(f"{top}/{name}", f"{top}/.{name}")
            os.symlink(aim, f"{top}/{name}")
        except OSError:
            continue
"""
#: Exchanges all that appears in its folder for another with a key of its own, and back.
PLANTS = """
import os, sys, time
folder, public = sys.argv[1:]
mine, before = f"{folder}/.mine", f"{folder}/.before"
for place in ("", "session", "colabwidget", "colabwidget/session"):
    os.makedirs(f"{mine}/{place}", mode=0o700, exist_ok=True)
    with open(f"{mine}/{place}/authorized_keys", "w") as file:
        file.write(public + os.linesep)
print("ready", flush=True)
while True:
    for name in os.listdir(folder):
        if name.startswith("."):
            continue
        place = f"{folder}/{name}"
        for source, aim in ((place, before), (mine, place), (place, mine), (before, place)):
            try:
                os.rename(source, aim)
            except OSError:
                pass
            time.sleep(0.0005)
"""


def stay(details: dict[str, Any], folder: Path) -> int:
    """Let the account do all of that at once; how many attacks were begun."""
    scripts = (_FOLDERS, _PIPES, _FORKS, _STAYS)
    for number, script in enumerate(scripts):
        wait = "" if script is _FOLDERS else "setsid -f "
        command = f"cat > a{number}.py; {wait}/usr/bin/python3 a{number}.py < /dev/null > /dev/null"
        done = ssh(details, f"{command} 2> ~/a{number}.err", folder=folder, text=script)
        assert done.returncode == 0, done.stderr
    said = ssh(
        details, "sleep 0.3; cat ~/a*.err; ps -u $LOGNAME -o args= | sort -u", folder=folder
    ).stdout
    assert "Error" not in said, said
    # A list of processes may miss those that fork on and on, as whatever kills from a list would.
    assert "a1.py" in said and "a3.py" in said, said
    return len(scripts)


def is_shut(machine: Machine, details: dict[str, Any]) -> bool:
    """Whether no client gets in any more: no port, no password, no sudo."""
    return (
        not is_open(details["ssh"]["port"])
        and f"\n{machine.user}:!:" in Path("/etc/shadow").read_text()
        and not Path(f"/etc/sudoers.d/colabwidget-{machine.user}").exists()
    )


def seconds_until(check: Callable[[], bool], patience: float) -> float:
    """How long it takes until something is true."""
    began = time.monotonic()
    while not check():
        assert time.monotonic() - began < patience, check
        time.sleep(0.02)
    return time.monotonic() - began


def clean_up(user: str) -> None:
    """Remove what the attacks have left, which is the account's own."""
    for name in (f"/tmp/dbus-{user}", f"/tmp/.xfsm-ICE-{user}"):
        Path(name).rmdir()
