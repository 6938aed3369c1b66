"""Runs the programs that change accounts (useradd, usermod, chpasswd), one at a time."""

from __future__ import annotations

import asyncio
import re

from colabwidget.core.errors import NO_ROOM, ColabWidgetError, no_room
from colabwidget.runtime import process
from colabwidget.runtime.journal import Journal

_LOCK_TRIES = 8
_LOCK_PAUSE = 0.3  # seconds, longer each time


async def change_or_fail(arguments: list[str], name: str, journal: Journal, text: str = "") -> None:
    """Run a program that changes an account, as `change` does.

    Raises
    ------
    ColabWidgetError
        ``account_failed``.
    """
    status, said = await change(arguments, journal, text)
    if status != 0:
        said = [line for line in said if not re.search(r"^\s*$", line)]
        if full := re.search(NO_ROOM, "\n".join(said)):
            raise no_room(full.group(0), "/etc")
        reason = said[-1][:200] if said else f"{arguments[0]} ended with status {status}."
        raise ColabWidgetError("account_failed", user=name, reason=reason)


async def change(arguments: list[str], journal: Journal, text: str = "") -> tuple[int, list[str]]:
    """Run a program that changes accounts; wait while another program does."""
    attempt = 0
    while True:
        said: list[str] = []
        status = await process.run(arguments, journal, text=text, on_line=said.append)
        attempt += 1
        busy = status != 0 and any("cannot lock" in line for line in said)
        if not busy or attempt == _LOCK_TRIES:
            return status, said
        await asyncio.sleep(_LOCK_PAUSE * attempt)
