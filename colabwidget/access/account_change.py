"""Runs the programs that change accounts (useradd, usermod, chpasswd), one at a time."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from colabwidget.core.errors import NO_ROOM, ColabWidgetError, no_room
from colabwidget.runtime import process
from colabwidget.runtime.journal import Journal
from colabwidget.system.procfs import program_name, started_at

#: How often a program is run while another one has the lock, in all some 8 s, and some 30 s.
_SOON, _PATIENT = 8, 15
_PAUSE = 0.3  # seconds, longer each time
_SURELY = 2.0  # seconds by which a process is younger than a lock that it cannot have made
#: Names of programs that change accounts: one of these has its lock, whatever the clock says.
_CHANGE = re.compile("user|group|grp|passwd|pw|shadow|chage|chfn|chsh")
_HELD = re.compile(r"lock (/etc/\w+\.lock) already used by PID (\d+)")


async def change_or_fail(arguments: list[str], name: str, journal: Journal, text: str = "") -> None:
    """Run a program that changes an account, as `change` does, but wait for longer.

    Raises
    ------
    ColabWidgetError
        ``account_failed``.
    """
    status, said = await change(arguments, journal, text, tries=_PATIENT)
    if status != 0:
        said = [line for line in said if not re.search(r"^\s*$", line)]
        if full := re.search(NO_ROOM, "\n".join(said)):
            raise no_room(full.group(0), "/etc")
        reason = said[-1][:200] if said else f"{arguments[0]} ended with status {status}."
        raise ColabWidgetError("account_failed", user=name, reason=reason)


async def change(
    arguments: list[str], journal: Journal, text: str = "", *, tries: int = _SOON
) -> tuple[int, list[str]]:
    """Run a program that changes accounts; wait while another program does.

    Parameters
    ----------
    arguments
        The program, and its arguments.
    journal
        Hears what it says.
    text
        Its standard input.
    tries
        How often it is run at most; the pause before each is longer than the one before.

    Returns
    -------
    tuple of int and list of str
        Its exit status, and its lines; the last one names a program that has the lock.
    """
    attempt = 0
    while True:
        said: list[str] = []
        status = await process.run(arguments, journal, text=text, on_line=said.append)
        attempt += 1
        busy = status != 0 and any("cannot lock" in line for line in said)
        if not busy:
            return status, said
        held = _HELD.search("\n".join(said))
        if held and _remove_leftover(Path(held[1]), int(held[2]), journal):
            continue
        if attempt >= tries:
            if held:
                said.append(_holder(held[1], int(held[2])))
            return status, said
        await asyncio.sleep(_PAUSE * attempt)


def _remove_leftover(lock: Path, pid: int, journal: Journal) -> bool:
    """Remove a lock that cannot be that of the process whose number is in it.

    The programs themselves remove one whose process is gone. Where numbers begin anew, as in each
    container of an image, another process soon has the number, and they would wait for ever.
    """
    started = started_at(pid)
    try:
        if started is None or lock.lstat().st_mtime + _SURELY > started:
            return False
        if _CHANGE.search(program_name(pid)):
            return False
        lock.unlink()
    except OSError:
        return False
    journal.add(f"{lock} was left by a program that has ended; it is removed.")
    return True


def _holder(lock: str, pid: int) -> str:
    """Return what is in the way of a change of accounts."""
    name = program_name(pid)
    return f"Another program changes accounts: {name or 'it'} (process {pid}) holds {lock}."
