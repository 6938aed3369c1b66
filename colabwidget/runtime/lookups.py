"""Accounts and groups of the machine's directory service, asked for beside the event loop.

A service that is gone (LDAP, SSSD, winbind) keeps each look-up waiting for minutes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from colabwidget.core.errors import ColabWidgetError
from colabwidget.runtime.threads import run_in_thread
from colabwidget.system import accounts

LIMIT = 15.0  # seconds


async def learn(*accounts_asked: str | int, limit: float = LIMIT) -> None:
    """Hear what the system knows of accounts, so that `accounts.find` answers at once.

    Parameters
    ----------
    accounts_asked
        Names or user ids.
    limit
        Seconds for each.

    Raises
    ------
    ColabWidgetError
        ``accounts_silent`` where no answer comes.
    """
    for each in accounts_asked:
        if not accounts.find_local(each):
            await _ask(partial(accounts.ask, each), f"account {each}", limit)


async def learn_groups(*names: str, limit: float = LIMIT) -> None:
    """Hear what the system knows of groups, so that `accounts.find_group` answers at once.

    Parameters
    ----------
    names
        Their names.
    limit
        Seconds for each.

    Raises
    ------
    ColabWidgetError
        ``accounts_silent`` where no answer comes.
    """
    for name in names:
        if not accounts.find_local_group(name):
            await _ask(partial(accounts.ask_group, name), f"group {name}", limit)


async def _ask(work: Callable[[], object], what: str, limit: float) -> None:
    def run() -> None:
        work()

    try:
        await asyncio.wait_for(run_in_thread(run), limit)
    except asyncio.TimeoutError as error:
        raise ColabWidgetError("accounts_silent", what=what, seconds=round(limit)) from error
