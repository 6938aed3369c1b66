"""Accounts that colabwidget has made: what shuts them, and the end of all of their processes.

It is used by the backend and by its guard, and has no other modules of ours. It also is a script,
started with ``python -I -S`` and two numbers: `end_processes` in a process of its own.

These accounts are in /etc/passwd, and only there they are looked for: a directory service that is
gone would keep the door open for minutes.
"""

from __future__ import annotations

import os
import pwd
import signal
import sys
import time
from collections.abc import Iterator
from typing import NamedTuple

#: Comment field (GECOS) of these accounts: only they get a password, and only they are locked.
MARK = "colabwidget"
#: The same of accounts that were made for an invitation, and go with it.
GUEST_MARK = "colabwidget guest"
#: Where an account's right to use sudo stands, as long as the session lasts.
SUDOERS = "/etc/sudoers.d"
#: The command that locks an account, whose name follows.
LOCK = ("usermod", "--password", "!", "--expiredate", "1")

# Ids that no process has, the first that a machine maps and has no account for.
_UNUSED = (4_294_967_293, 65_533, 65_532, 65_531, 60_999)
_ROUNDS = 40
_QUIET_ROUNDS = 2
_AHEAD = 3_000  # numbers of processes
_PAUSE = 0.02  # seconds


def entry(name: str) -> pwd.struct_passwd | None:
    """Return the entry of an account that colabwidget has made; ``None`` for every other.

    The account itself may add to its comment field, behind a comma (chfn(1)).
    """
    found = next((each for each in _entries() if each.pw_name == name), None)
    return found if found and is_made(found) else None


def _entries() -> Iterator[pwd.struct_passwd]:
    """Yield what /etc/passwd has."""
    try:
        with open("/etc/passwd", errors="surrogateescape") as file:  # noqa: PTH123
            lines = file.read().split("\n")
    except OSError:
        return
    for line in lines:
        name, *rest = line.split(":")
        if len(rest) == 6 and rest[1].isdecimal() and rest[2].isdecimal():
            word, number, group, *others = rest
            yield pwd.struct_passwd((name, word, int(number), int(group), *others))


def is_made(found: pwd.struct_passwd) -> bool:
    """Tell whether an entry is that of an account that colabwidget has made."""
    return found.pw_uid > 0 and is_marked(found)


def is_marked(found: pwd.struct_passwd) -> bool:
    """Tell whether an entry has the mark of the accounts that colabwidget has made."""
    return found.pw_gecos.split(",")[0] == MARK


def is_guest(found: pwd.struct_passwd) -> bool:
    """Tell whether an entry is that of an account that was made for an invitation."""
    return found.pw_uid > 0 and found.pw_gecos == GUEST_MARK


def sudo_rule(name: str) -> str:
    """Return the path of the file with an account's right to use sudo."""
    return f"{SUDOERS}/colabwidget-{name}"


def end_processes(uid: int, root: int) -> bool:
    """Kill every process of an account at once; tell whether none is left.

    One kill(2) reaches all of them, so that none escapes by forking. It comes from a process that
    has the account's effective id only: the account can neither signal nor trace that. Where a
    container of this machine, which has accounts of its own, runs programs with the same number,
    they are killed one by one, and those of the container are left alone.

    Parameters
    ----------
    uid
        The account's number; this process is root's.
    root
        Process whose descendants are the account's in any case, in containers of its own as well.
    """
    unused = _unused_id()
    quiet = 0
    for _ in range(_ROUNDS):
        every = _processes()
        foreign = _foreign(every, uid, root)
        child = os.fork()
        if child == 0:
            _end(uid, unused, every, foreign)
        _, killed = os.waitpid(child, 0)
        if not foreign and not processes_of(uid):
            return True
        quiet = 0 if killed or not foreign else quiet + 1
        if quiet == _QUIET_ROUNDS:
            return True
        time.sleep(_PAUSE)
    return False


def _end(uid: int, unused: int, every: dict[int, Process], foreign: set[int]) -> None:
    """Kill what the account runs, and end this process with 1 where there was something."""
    status = 0
    try:
        os.setgroups([])
        os.setresuid(unused, uid, unused)
        if not foreign:
            os.kill(-1, signal.SIGKILL)
            status = 1
        else:
            listed = {pid for pid, process in every.items() if uid in process.uids}
            # What forks on and on is in no list, but has the numbers that come next.
            newest = os.getpid()
            for pid in (*(listed - foreign), *range(newest + 1, newest + _AHEAD)):
                status |= _killed(pid, unless_inside=pid not in listed)
    except OSError:
        pass  # there is none
    finally:
        os._exit(status)


def _killed(pid: int, *, unless_inside: bool) -> bool:
    """Kill a process, if it is the account's; tell whether it was."""
    try:
        os.kill(pid, 0)
        if unless_inside:
            found = _process(pid)
            if found is None or found.is_inside:
                return False
        os.kill(pid, signal.SIGKILL)
    except OSError:
        return False  # there is none, or it is another account's
    return True


def _foreign(every: dict[int, Process], uid: int, root: int) -> set[int]:
    """Return the processes with an account's number that run in a container that is not its own."""
    below = {root}
    while more := {pid for pid, process in every.items() if process.parent in below} - below:
        below |= more
    return {
        pid
        for pid, process in every.items()
        if process.is_inside and uid in process.uids and pid not in below
    }


def processes_of(uid: int) -> set[int]:
    """Return the ids of the processes that an account runs; one that has ended is none."""
    return {pid for pid, process in _processes().items() if uid in process.uids}


class Process(NamedTuple):
    """What the system tells of a process."""

    uids: set[int]
    parent: int
    is_inside: bool  # of a PID namespace below ours (pid_namespaces(7)), as containers have them


def _processes() -> dict[int, Process]:
    """Return all processes that have not ended."""
    numbers = [int(name) for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208
    return {pid: found for pid in numbers if (found := _process(pid))}


def _process(pid: int) -> Process | None:
    """Return what the system tells of a process; ``None`` where it has ended."""
    try:
        # The owner of its folder says less: a program may hide (PR_SET_DUMPABLE).
        with open(f"/proc/{pid}/status", errors="replace") as status:  # noqa: PTH123
            rows = dict(line.split(":", 1) for line in status if ":" in line)
        if rows["State"].split()[0] in "ZX":
            return None
        uids = {int(word) for word in rows["Uid"].split()}
        return Process(uids, int(rows["PPid"]), len(rows.get("NSpid", "").split()) > 1)
    except (OSError, LookupError, ValueError):
        return None


def _unused_id() -> int:
    """Return a number that neither an account of this machine nor a process has."""
    known = {each.pw_uid for each in _entries()}
    for number in _UNUSED:
        if number not in known and _is_mapped(number) and not processes_of(number):
            return number
    raise OSError("No number is free.")


def _is_mapped(number: int) -> bool:
    """Tell whether our user namespace has a number."""
    try:
        with open("/proc/self/uid_map") as file:  # noqa: PTH123
            rows = [[int(word) for word in line.split()] for line in file]
    except (OSError, ValueError):
        return True
    return any(first <= number < first + count for first, _, count in rows)


if __name__ == "__main__":
    sys.exit(0 if end_processes(int(sys.argv[1]), int(sys.argv[2])) else 1)
