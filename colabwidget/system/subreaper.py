"""Runs a program, and ends all of its descendants after it.

A desktop leaves processes behind when it ends or is killed (dbus-daemon, xfconfd, agents): they
have left its process group, and their parents have ended. This small process stands between the
backend and such a program. It adopts the orphans (PR_SET_CHILD_SUBREAPER of prctl(2)), and ends
them all once the program has ended, or a signal asks for it, or the backend has died. What a shell
of a terminal has started to outlive it (``nohup``, ``setsid``, ``tmux``) it leaves to the backend,
if that lives.

It also is a script, started with ``python -I -S``: it needs few modules and little memory.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time

_PR_SET_PDEATHSIG = 1  # prctl(2)
_PR_SET_CHILD_SUBREAPER = 36
_GRACE = 1.0  # seconds between SIGTERM and SIGKILL

#: Variable of what was started in a terminal.
TERMINAL = "COLABWIDGET_TERMINAL"
_MARK = f"{TERMINAL}=".encode()
_HANGUP_IGNORED = 1  # the bit of SIGHUP in SigIgn of proc(5)'s status

LIBRARIES = "LD_LIBRARY_PATH"
_PROGRAM_S_LIBRARIES = "LIBRARIES_OF_THE_PROGRAM"
#: Shell script that starts this one where Python needs its first argument to find its libraries;
#: the program below has what the environment says.
WITH_LIBRARIES = f"""\
{_PROGRAM_S_LIBRARIES}=${{{LIBRARIES}-}} {LIBRARIES}=$0
export {_PROGRAM_S_LIBRARIES} {LIBRARIES}
exec "$@"
"""


def descendants(root: int) -> set[int]:
    """Return the process ids of all descendants of a process, adopted orphans included."""
    parents = _of_all(1)
    found = {root}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {root}


def children(parent: int) -> set[int]:
    """Return the process ids of the children of a process."""
    return {pid for pid, above in _of_all(1).items() if above == parent}


def session(leader: int) -> set[int]:
    """Return the process ids of the session (setsid(2)) that a process leads, or has led."""
    return {pid for pid, first in _of_all(3).items() if first == leader}


def _of_all(place: int) -> dict[int, int]:
    """Return a field of proc(5)'s stat of every process by id; the field of the state is 0."""
    found: dict[int, int] = {}
    for name in os.listdir("/proc"):  # noqa: PTH208  pathlib would double our start
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", errors="replace") as stat:  # noqa: PTH123
                    # The name in parentheses may hold anything; the fields after it are fixed.
                    found[int(name)] = int(stat.read().rpartition(")")[2].split()[place])
            except (OSError, ValueError, IndexError):
                continue  # it has ended
    return found


def become_subreaper() -> None:
    """Adopt the orphans among our descendants, so that each of them is found."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_with_parent(number: int) -> None:
    """Get a signal when the parent ends; a change of account clears that (prctl(2))."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)


def main(arguments: list[str]) -> int:
    """Run a program and return its exit status, 128 and the signal's number for one killed.

    Parameters
    ----------
    arguments
        The process id of our parent, then the program's command line.
    """
    parent, *command = arguments
    waited = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD}
    signal.pthread_sigmask(signal.SIG_BLOCK, waited)
    become_subreaper()
    end_with_parent(signal.SIGTERM)
    if os.getppid() != int(parent):
        return 1  # the parent has died before it could be watched
    if (libraries := os.environ.pop(_PROGRAM_S_LIBRARIES, None)) is not None:
        os.environ[LIBRARIES] = libraries
        if not libraries:
            del os.environ[LIBRARIES]
    # Python ignores SIGPIPE and SIGXFSZ, which the program shall not.
    program = os.posix_spawnp(
        command[0],
        command,
        os.environ,
        setsigmask=[],
        setsigdef=[signal.SIGPIPE, signal.SIGXFSZ],
    )
    status = None
    while status is None and signal.sigwait(waited) == signal.SIGCHLD:
        status = _reaped().get(program)
    _end_all(int(parent))
    return 128 + signal.SIGTERM if status is None else status


def _reaped() -> dict[int, int]:
    """Collect every child that has ended, and return their exit statuses."""
    ended: dict[int, int] = {}
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return ended
        if pid == 0:
            return ended
        code = os.waitstatus_to_exitcode(status)
        ended[pid] = code if code >= 0 else 128 - code


def _outliving() -> set[int]:
    """Return the ids of what a hang-up of its terminal leaves alone, and of what is below that."""
    found: set[int] = set()
    terminals = _of_all(4)
    for pid in descendants(os.getpid()):
        stays = not terminals.get(pid) or _ignores_hangup(pid)
        if stays and pid not in found and _is_from_terminal(pid):
            found |= {pid} | descendants(pid)
    return found


def _is_from_terminal(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/environ", "rb") as environment:  # noqa: PTH123
            return any(each.startswith(_MARK) for each in environment.read().split(b"\0"))
    except OSError:
        return False  # it has ended, or runs as root while we do not


def _ignores_hangup(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/status", errors="replace") as status:  # noqa: PTH123
            ignored = next((line for line in status if line.startswith("SigIgn:")), "SigIgn: 0")
    except OSError:
        return False
    return bool(int(ignored.split()[1], 16) & _HANGUP_IGNORED)


def _end_all(parent: int) -> None:
    began = time.monotonic()
    number = signal.SIGTERM
    while below := descendants(os.getpid()) - (_outliving() if os.getppid() == parent else set()):
        if time.monotonic() - began > _GRACE:
            number = signal.SIGKILL
        for pid in below:
            try:
                os.kill(pid, number)
            except (ProcessLookupError, PermissionError):
                continue  # it has ended, or runs as root while we do not
        time.sleep(0.02)
        _reaped()
        if time.monotonic() - began > 3 * _GRACE:
            return


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
