"""The desktop of a machine: made, its processes, and that nothing of it is left."""

from __future__ import annotations

import contextlib
import pwd
import subprocess
from pathlib import Path
from typing import Any

from colabwidget.system.subreaper import descendants
from tests.kit.machine.machine import Machine
from tests.kit.machine.ports import is_open
from tests.kit.machine.processes import command_line
from tests.kit.waiting import eventually


def below(machine: Machine) -> dict[int, str]:
    backend = machine.backend_pid()
    return {pid: command_line(pid) for pid in descendants(backend)} if backend else {}


def programs(machine: Machine) -> dict[str, int]:
    """The processes that the backend has, by the names of their programs."""
    found = {}
    for pid in below(machine):
        with contextlib.suppress(OSError):
            found[Path(f"/proc/{pid}/comm").read_text().strip()] = pid
    return found


def process_of(machine: Machine, program: str) -> int:
    """The process whose program has that name, of the backend's."""
    return int(eventually(lambda: programs(machine).get(program)))


def nothing_is_left(machine: Machine, display: str) -> None:
    """No process, socket, lock or file of the desktop."""
    assert not below(machine)
    user = subprocess.run(["ps", "-u", machine.user, "-o", "comm="], capture_output=True, text=True)
    assert user.stdout == ""
    assert not Path(f"/tmp/.X{display[1:]}-lock").exists()
    assert not Path(f"/tmp/.X11-unix/X{display[1:]}").exists()
    assert not Path(f"/run/colabwidget-{machine.user}").exists()
    assert not Path("/usr/local/bin/vglrun").exists()
    assert not is_open(5900 + int(display[1:]))
    owner = pwd.getpwnam(machine.user).pw_uid
    since = machine.ngrok.stat().st_mtime  # an earlier account may have had the same number
    for path in (*Path("/tmp").iterdir(), *Path("/tmp/.ICE-unix").iterdir()):
        if path.is_socket() or path.is_file():
            found = path.lstat()
            assert found.st_uid != owner or found.st_mtime < since, path


def connected(machine: Machine) -> dict[str, Any]:
    return machine.connect("--desktop", "--vnc", "tigervnc", tunnel="direct")
