"""Shuts the door when the backend dies without doing it: it was killed, or has failed.

The guard is the backend's parent, so that what a dead backend leaves behind becomes its own
(PR_SET_CHILD_SUBREAPER of prctl(2)). It waits, then takes the account's sudo and password, ends the
session's processes, and has the rest closed by a program of the backend's. It holds the lock
meanwhile, so that the next backend waits for it.

It also is a script, started with ``python -I -S``: it needs few modules and little memory, and
those that it needs are loaded while they are there.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import sys
import time

_FOLDER = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120  pathlib is slow
if __name__ == "__main__":
    # Behind Python's own: what is beside the package may have names of these.
    sys.path.append(os.path.dirname(os.path.dirname(_FOLDER)))  # noqa: PTH120

from colabwidget.core.plain_environment import PLAIN  # noqa: E402
from colabwidget.system import made_accounts, subreaper  # noqa: E402

_PR_SET_NAME = 15
_NAME = b"cw-guard"
_SCORE = "/proc/self/oom_score_adj"
_SPARED = -500  # as the backend's; see `runtime.oom`
_KILLING_MAX = 3.0  # seconds
_HELD_MAX = 0.5
_LOCKING_MAX = 6.0
_CLOSING_MAX = 12.0
# Ends by itself, and a machine on which it was broken off has to be repaired.
_LEFT_ALONE = ("dpkg",)

# Closes what the guard itself does not.
_CLOSES_THE_REST = "colabwidget.backend.close_left_open"

_own: set[int] = set()  # children of the guard's own


def become_guarded(directory: str) -> None:
    """Fork: the child returns and is the backend, the parent is its guard and never returns.

    Parameters
    ----------
    directory
        The runtime directory, with the lock and the session's files.
    """
    subreaper.become_subreaper()
    guard = os.getpid()
    pid = os.fork()
    if pid == 0:
        os.setsid()
        # A guard that is killed ends the session: none is open without one.
        subreaper.end_with_parent(signal.SIGTERM)
        if os.getppid() != guard:
            os._exit(1)
        return
    try:
        nowhere = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(nowhere, descriptor)
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        path = os.path.join(_FOLDER, "guard.py")  # noqa: PTH118
        os.execv(sys.executable, [sys.executable, "-I", "-S", path, str(pid), directory])
    finally:
        os.kill(pid, signal.SIGKILL)
        os._exit(1)


def main(arguments: list[str]) -> int:
    """Wait for the backend's end, and close what it has left open.

    Parameters
    ----------
    arguments
        The process id of the backend, our child; its runtime directory.
    """
    backend, directory = int(arguments[0]), arguments[1]
    waited = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD}
    signal.pthread_sigmask(signal.SIG_BLOCK, waited)
    subreaper.become_subreaper()
    ctypes.CDLL(None).prctl(_PR_SET_NAME, _NAME, 0, 0, 0)
    try:
        with open(_SCORE, "w") as score:  # noqa: PTH123
            score.write(str(_SPARED))
    except OSError:
        pass  # not allowed without root
    while (status := _ended(backend)) is None:
        if signal.sigwait(waited) in (signal.SIGTERM, signal.SIGINT):
            os.kill(backend, signal.SIGTERM)
    if status == 0:
        return 0
    lock = _lock(directory)
    if lock is None:
        _end_descendants()  # another backend serves, and has closed the door
        return 0
    name = _account(directory)
    locking = _begin_to_lock(name)
    _end_processes(name)
    if locking:
        _wait(locking, _LOCKING_MAX)
        _end_processes(name)
    _close_rest(directory)
    return 0


def _ended(pid: int) -> int | None:
    """Return the status of a child that has ended; ``None`` while it runs."""
    try:
        found, status = os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return 1
    return status if found else None


def _lock(directory: str) -> int | None:
    """Hold the backend's lock; ``None`` where another backend does."""
    try:
        flags = os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK
        lock = os.open(os.path.join(directory, "lock"), flags)  # noqa: PTH118
    except OSError:
        return None
    deadline = time.monotonic() + _HELD_MAX
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if time.monotonic() > deadline:
                return None
            _end_descendants()  # a program that the backend was starting holds it still
            time.sleep(0.02)
        else:
            return lock


def _account(directory: str) -> str:
    """Return the session's account, as the backend has recorded it."""
    try:
        with open(os.path.join(directory, "session", "account")) as file:  # noqa: PTH118, PTH123
            return file.read()
    except OSError:
        return ""


def _begin_to_lock(name: str) -> int:
    """Take sudo from an account that colabwidget has made, and begin to lock it."""
    if os.geteuid() != 0 or made_accounts.entry(name) is None:
        return 0
    try:
        os.unlink(made_accounts.sudo_rule(name))  # noqa: PTH108
    except OSError:
        pass  # it had none
    # Another program may be changing accounts: try again as long as there is time.
    script = 'for n in 1 2 3 4 5 6; do "$@" && exit; sleep 0.8; done'
    command = ["sh", "-c", script, "sh", *made_accounts.LOCK, name]
    pid = os.posix_spawnp("sh", command, PLAIN, setsigmask=[])
    _own.add(pid)
    return pid


def _end_processes(name: str) -> None:
    """End what the account runs, and what came of the backend."""
    found = made_accounts.entry(name) if os.geteuid() == 0 else None
    if found:
        try:
            made_accounts.end_processes(found.pw_uid, os.getpid())
        except OSError:
            pass
    _end_descendants()


def _end_descendants() -> None:
    deadline = time.monotonic() + _KILLING_MAX
    while time.monotonic() < deadline:
        below = subreaper.descendants(os.getpid())
        kept = {pid for pid in below if _is_left_alone(pid)}
        for pid in kept.copy():
            kept |= subreaper.descendants(pid)
        if not (below := below - kept):
            return
        for pid in below:
            try:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, os.WNOHANG)
            except OSError:
                continue  # it has ended, is no child of ours yet, or is root's while we are not
        time.sleep(0.02)


def _is_left_alone(pid: int) -> bool:
    """Tell whether a process is root's package manager, or what locks the account."""
    try:
        with open(f"/proc/{pid}/comm") as comm:  # noqa: PTH123
            known = comm.read().strip() in _LEFT_ALONE or pid in _own
        return known and os.stat(f"/proc/{pid}").st_uid == os.geteuid()  # noqa: PTH116
    except OSError:
        return False


def _wait(pid: int, seconds: float) -> None:
    """Wait for a child of our own, and kill it once its time is up."""
    deadline = time.monotonic() + seconds
    while _ended(pid) is None:
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            break
        time.sleep(0.02)
    _own.discard(pid)


def _close_rest(directory: str) -> None:
    command = [sys.executable, "-m", _CLOSES_THE_REST, directory]
    try:
        pid = os.posix_spawn(sys.executable, command, os.environ, setsigmask=[])
    except OSError:
        return
    _own.add(pid)
    _wait(pid, _CLOSING_MAX)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
