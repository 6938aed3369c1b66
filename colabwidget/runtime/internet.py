"""Whether this machine has a way to the internet at all."""

from __future__ import annotations

import asyncio
import contextlib

from colabwidget.core import settings
from colabwidget.runtime import work_environment

_TIMEOUT = 3.0  # seconds


async def answers() -> bool:
    """Tell whether a server takes a connection that a notebook's machine uses anyway.

    ``COLABWIDGET_INTERNET`` names them.
    """
    servers = [
        each.rpartition(":") for each in settings.INTERNET.value(work_environment.current()).split()
    ]
    tries = [asyncio.ensure_future(_answers(host, int(port))) for host, _, port in servers]
    try:
        for each in asyncio.as_completed(tries):
            if await each:
                return True
        return False
    finally:
        for task in tries:
            task.cancel()


async def _answers(host: str, port: int) -> bool:
    with contextlib.suppress(OSError, asyncio.TimeoutError):
        _, writer = await asyncio.wait_for(asyncio.open_connection(host, port), _TIMEOUT)
        writer.close()
        return True
    return False
