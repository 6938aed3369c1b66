"""The backend's children: the ones that code here waits for, and orphans that it has taken in.

The backend is a subreaper (`colabwidget.system.subreaper`): a process whose parent has ended
becomes its child. Registered children have an owner that waits for them; the rest are orphans.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from pathlib import Path

from colabwidget.system import subreaper

_registered: set[int] = set()
# Of these, the ones that belong to no session and are left alone at its end.
_outliving: set[int] = set()


def register(pid: int, *, outlives_session: bool = False) -> None:
    """Register a child that has an owner: it is then not taken for an orphan.

    Parameters
    ----------
    pid
        Process id.
    outlives_session
        Whether `stop_descendants` leaves it and its descendants alone.
    """
    _registered.add(pid)
    if outlives_session:
        _outliving.add(pid)


def unregister(pid: int) -> None:
    """Forget a child once its owner has its exit status."""
    _registered.discard(pid)
    _outliving.discard(pid)


def descendants(root: int | None = None) -> set[int]:
    """Return the process ids of all descendants, adopted orphans included.

    Parameters
    ----------
    root
        Process id; this process's own unless given.
    """
    return subreaper.descendants(root or os.getpid())


async def stop_descendants(kept: set[int], grace: float = 1.0) -> None:
    """Stop every descendant of this process but some, with theirs.

    Parameters
    ----------
    kept
        Process ids to leave alone, as are those that outlive a session.
    grace
        Seconds between SIGTERM and SIGKILL.
    """
    left_alone = kept | _outliving
    for pid in kept | _outliving:
        left_alone |= descendants(pid)
    deadline = asyncio.get_running_loop().time() + grace
    number = signal.SIGTERM
    while remaining := {pid for pid in descendants() - left_alone if not _reaped(pid)}:
        for pid in remaining:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)
        if asyncio.get_running_loop().time() > deadline:
            if number == signal.SIGKILL:
                return
            number, deadline = signal.SIGKILL, deadline + 2.0
        await asyncio.sleep(0.02)


async def stop_orphans(grace: float = 1.0) -> None:
    """Stop every descendant but those that have an owner, with theirs.

    Parameters
    ----------
    grace
        As in `stop_descendants`.
    """
    await stop_descendants(set(_registered), grace)


def has_orphans() -> bool:
    """Tell whether something runs that no code here waits for: what a session has left behind."""
    return bool(subreaper.children(os.getpid()) - _registered)


def reap_orphans() -> None:
    """Collect the exit status of every orphan that has ended."""
    while True:
        try:
            ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return
        if ended is None or ended.si_pid in _registered:
            return
        _reaped(ended.si_pid)


def _reaped(pid: int) -> bool:
    """Collect the exit status of an orphan, and tell whether it has ended."""
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        return not Path(f"/proc/{pid}").exists()
