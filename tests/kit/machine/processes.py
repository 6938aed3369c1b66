"""Processes of this machine: what they run, and how to hold them."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.kit.waiting import eventually

_PIDFD_GETFD = 438  # number of the system call, the same on every architecture
# PTRACE_SEIZE and PTRACE_INTERRUPT of ptrace(2); it ends when what it holds was killed.
HOLD = """
import ctypes, os, sys
pid, call = int(sys.argv[1]), ctypes.CDLL(None).ptrace
call.argtypes = [ctypes.c_long] * 4
assert call(0x4206, pid, 0, 0) == 0 and call(0x4207, pid, 0, 0) == 0
while not os.WIFSIGNALED(os.waitpid(pid, 0x40000000)[1]):
    pass
"""


def hold(pid: int) -> None:
    """Hold a process as a debugger does, until it is killed: no signal makes it go on."""
    subprocess.Popen([sys.executable, "-IS", "-c", HOLD, str(pid)], start_new_session=True)
    eventually(lambda: Path(f"/proc/{pid}/stat").read_text().split()[2] == "t")


def descriptor_of(pid: int, number: int) -> int:
    """A descriptor of another process, as this one's own; a socket's too (pidfd_getfd(2))."""
    process = os.pidfd_open(pid)
    try:
        found = ctypes.CDLL(None, use_errno=True).syscall(_PIDFD_GETFD, process, number, 0)
    finally:
        os.close(process)
    assert found >= 0, os.strerror(ctypes.get_errno())
    return int(found)


def command_line(pid: int) -> str:
    """What a process was started with; empty for one that has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def open_files(pid: int) -> set[str]:
    """What a process has open, as ``/proc`` names it; empty for one that has ended.

    What it closes while it is looked at is left out.
    """
    found = set()
    with contextlib.suppress(OSError):
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                found.add(str(entry.readlink()))
    return found


def guard_of(backend: int) -> int:
    """The process that shuts the door when a backend dies: its parent."""
    return int(Path(f"/proc/{backend}/stat").read_text().rpartition(")")[2].split()[1])


def kill_with_guard(backend: int) -> None:
    """Kill a backend, and its guard before that can do anything."""
    os.kill(backend, signal.SIGSTOP)  # it would end in order when its guard has died
    os.kill(guard_of(backend), signal.SIGKILL)
    os.kill(backend, signal.SIGKILL)
    eventually(lambda: not Path(f"/proc/{backend}").exists())


def count_of_files(pid: int) -> int:
    """How many files a process has open."""
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
