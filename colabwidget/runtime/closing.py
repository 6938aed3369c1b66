"""Parts of a session's end, each of which stands alone: in its own time, whatever became of others.

An account may make one of them fail or wait; the rest is done all the same.
"""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Awaitable, Callable

from colabwidget.runtime.journal import Journal
from colabwidget.runtime.threads import run_in_thread


async def close_part(title: str, part: Awaitable[object], journal: Journal, seconds: float) -> None:
    """Do one part; log what it fails with, and leave it behind once its time is up.

    Parameters
    ----------
    title
        For people: ``"the tunnel"``.
    part
        Does it.
    journal
        Gets a line where it fails, or takes too long.
    seconds
        Its time.
    """
    task = asyncio.ensure_future(part)
    try:
        done, _ = await asyncio.wait({task}, timeout=seconds)
    except asyncio.CancelledError:
        task.cancel()
        raise
    said = f"{title[:1].upper()}{title[1:]}"
    if not done:
        task.cancel()  # it may not hear of it: it is not waited for
        task.add_done_callback(_forget)
        journal.add(f"{said} was not closed within {seconds:.0f} s, and is left as it is.")
    elif not task.cancelled() and (error := task.exception()):
        lines = traceback.format_exception(type(error), error, error.__traceback__)
        journal.add("".join(lines))


async def close_in_thread(
    title: str, work: Callable[[], object], journal: Journal, seconds: float
) -> None:
    """Do one part that waits for the disk, as `close_part`.

    Parameters
    ----------
    title, journal, seconds
        As in `close_part`.
    work
        Does it; in a thread of its own, since it may never return.
    """

    def run() -> None:
        work()

    await close_part(title, run_in_thread(run), journal, seconds)


def _forget(task: asyncio.Future[object]) -> None:
    if not task.cancelled():
        task.exception()
