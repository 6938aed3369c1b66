"""Facts of processes from proc(5)."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path


def resume_if_stopped(pid: int) -> bool:
    """Resume a process that a signal has stopped (proc(5), state T).

    Returns
    -------
    bool
        Whether it was stopped.
    """
    try:
        if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "T":
            return False
        os.kill(pid, signal.SIGCONT)
    except (OSError, IndexError):
        return False  # it has ended, or belongs to another account
    return True


def bound_paths() -> set[str]:
    """Return the paths to which sockets of running programs are bound."""
    try:
        lines = Path("/proc/net/unix").read_text("utf-8", "surrogateescape").splitlines()[1:]
    except OSError:
        return set()
    rows = (line.split(None, 7) for line in lines)
    return {row[7] for row in rows if len(row) == 8}


def program_name(pid: int) -> str:
    """Return the name of a process's program; empty for one that has ended."""
    try:
        return Path(f"/proc/{pid}/comm").read_text(errors="replace").strip()
    except OSError:
        return ""


def started_at(pid: int) -> float | None:
    """Return when a process began, in seconds of the system's clock; ``None`` if it has ended."""
    try:
        ticks = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    except (OSError, IndexError, ValueError):
        return None
    since_boot = ticks / os.sysconf("SC_CLK_TCK")
    return time.time() - time.clock_gettime(time.CLOCK_BOOTTIME) + since_boot
