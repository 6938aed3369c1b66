"""Installations that go on by themselves, after the session that has begun them has ended.

dpkg is not broken off: a machine on which it was has to be repaired. A session's end does not wait
long for it either. What is installed next does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine
from pathlib import Path
from typing import Any

from colabwidget.runtime.journal import Journal

_PATIENCE = 5.0  # seconds that a cancel waits: most of what dpkg has begun is done by then
_WAITING = "waiting for packages to be set up, which an earlier session has begun"

#: What goes on, each with the package files that it still reads.
_going_on: dict[asyncio.Task[None], frozenset[Path]] = {}


async def run(work: Coroutine[Any, Any, None], files: Collection[Path], journal: Journal) -> None:
    """Do a piece of work; one that a cancel does not end soon goes on by itself.

    Parameters
    ----------
    work
        Installs packages; breaks off where it is cancelled, if that does no harm.
    files
        Package files that it reads; where it goes on by itself, it removes them afterwards.
    journal
        Gets a line where it does.
    """
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        task.cancel()
        try:
            await asyncio.wait({task}, timeout=_PATIENCE)
        finally:
            if not task.done():
                _going_on[task] = frozenset(files)
                task.add_done_callback(_end)
                journal.add(
                    "Packages are still being set up, which ends by itself; Connect waits for it."
                )
        raise


def _end(task: asyncio.Task[None]) -> None:
    for file in _going_on.pop(task):
        file.unlink(missing_ok=True)
    if not task.cancelled():
        task.exception()  # its session is gone


def is_going_on() -> bool:
    """Tell whether something is still being installed for a session that has ended."""
    return bool(_going_on)


def files() -> set[Path]:
    """Return the package files that it still reads."""
    return {file for files in _going_on.values() for file in files}


async def wait(progress: Callable[[str], None] = lambda text: None, limit: float = 600.0) -> None:
    """Wait until nothing is.

    Parameters
    ----------
    progress
        Told what is waited for.
    limit
        Seconds; apt-get itself waits for what takes longer.
    """
    if _going_on:
        progress(_WAITING)
        await asyncio.wait({*_going_on}, timeout=limit)
