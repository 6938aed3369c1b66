"""Accounts that colabwidget has made: what shuts them, and the end of all of their processes.

It is used by the backend and by its guard, and has no other modules of ours. It also is a script,
started with ``python -I -S`` and the number of an account: `end_processes` in a process of its own.
"""

from __future__ import annotations

import os
import pwd
import signal
import sys
import time

#: Comment field (GECOS) of these accounts: only they get a password, and only they are locked.
MARK = "colabwidget"
#: Where an account's right to use sudo stands, as long as the session lasts.
SUDOERS = "/etc/sudoers.d"
#: The command that locks an account, whose name follows.
LOCK = ("usermod", "--password", "!", "--expiredate", "1")

# Ids that no process has, the first that a machine maps and has no account for.
_UNUSED = (4_294_967_293, 65_533, 65_532, 65_531, 60_999)
_ROUNDS = 40
_PAUSE = 0.02  # seconds


def entry(name: str) -> pwd.struct_passwd | None:
    """Return the entry of an account that colabwidget has made; ``None`` for every other.

    The account itself may add to its comment field, behind a comma (chfn(1)).
    """
    try:
        found = pwd.getpwnam(name)
    except KeyError:
        return None
    return found if is_made(found) else None


def is_made(found: pwd.struct_passwd) -> bool:
    """Tell whether an entry is that of an account that colabwidget has made."""
    return found.pw_uid > 0 and is_marked(found)


def is_marked(found: pwd.struct_passwd) -> bool:
    """Tell whether an entry has the mark of the accounts that colabwidget has made."""
    return found.pw_gecos.split(",")[0] == MARK


def sudo_rule(name: str) -> str:
    """Return the path of the file with an account's right to use sudo."""
    return f"{SUDOERS}/colabwidget-{name}"


def end_processes(uid: int) -> bool:
    """Kill every process of an account at once; tell whether none is left.

    One kill(2) reaches all of them, so that none escapes by forking. It comes from a process that
    has the account's effective id only: the account can neither signal nor trace that.

    Parameters
    ----------
    uid
        The account's number; this process is root's.
    """
    unused = _unused_id()
    for _ in range(_ROUNDS):
        child = os.fork()
        if child == 0:
            _kill_all(uid, unused)
        os.waitpid(child, 0)
        if not processes_of(uid):
            return True
        time.sleep(_PAUSE)
    return False


def _kill_all(uid: int, unused: int) -> None:
    """Kill all that the account runs, and end this process."""
    try:
        os.setgroups([])
        os.setresuid(unused, uid, unused)
        os.kill(-1, signal.SIGKILL)
    except OSError:
        pass  # there is none
    finally:
        os._exit(0)


def processes_of(uid: int) -> set[int]:
    """Return the ids of the processes that an account runs; one that has ended is none."""
    found = set()
    for name in os.listdir("/proc"):  # noqa: PTH208  pathlib would double our start
        if name.isdigit():
            try:
                # The owner of its folder says less: a program may hide (PR_SET_DUMPABLE).
                with open(f"/proc/{name}/status", errors="replace") as status:  # noqa: PTH123
                    rows = dict(line.split(":", 1) for line in status if ":" in line)
                if str(uid) in rows["Uid"].split() and rows["State"].split()[0] not in "ZX":
                    found.add(int(name))
            except (OSError, LookupError):
                continue  # it has ended
    return found


def _unused_id() -> int:
    """Return a number that neither an account nor a process has."""
    for number in _UNUSED:
        try:
            pwd.getpwuid(number)
        except KeyError:
            if _is_mapped(number) and not processes_of(number):
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
    sys.exit(0 if end_processes(int(sys.argv[1])) else 1)
