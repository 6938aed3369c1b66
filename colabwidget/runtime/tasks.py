"""Work that runs at the same time in one event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable


async def run_together(*works: Awaitable[None]) -> None:
    """Run several pieces of work at once; where one fails or we are cancelled, cancel the others.

    Parameters
    ----------
    works
        What to run.

    Raises
    ------
    BaseException
        The error of the first in the list that has failed.
    """
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
    failures = [result for result in results if isinstance(result, BaseException)]
    for failure in failures:
        if not isinstance(failure, asyncio.CancelledError):
            raise failure
    if failures:
        raise failures[0]
