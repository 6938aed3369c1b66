"""A client that tries wrong passwords over many connections, with asyncssh."""

from __future__ import annotations

import asyncio
import collections
import contextlib
import functools
import itertools
from typing import Any

import asyncssh

AT_ONCE = 8


class Guesser(asyncssh.SSHClient):
    """Offers wrong passwords on one connection until it has tried enough or is sent away.

    Parameters
    ----------
    times
        How many passwords it offers.
    seen
        Counts what was asked for: ``"tried"``.
    """

    def __init__(self, times: int, seen: collections.Counter[str]) -> None:
        self._left = times
        self._seen = seen

    def password_auth_requested(self) -> str | None:
        """Offer the next one; each call after the first says that the last was refused."""
        if not self._left:
            return None
        self._left -= 1
        self._seen["tried"] += 1
        return f"guess-{self._seen['tried']}"


async def guess(place: dict[str, Any], times: int) -> collections.Counter[str]:
    """Try so many wrong passwords.

    Parameters
    ----------
    place
        Host, port and user, as in a session's details.
    times
        How many passwords are tried at least.

    Returns
    -------
    collections.Counter
        How many were ``tried``, and over how many ``connections``; how many of these got ``in``.
    """
    seen: collections.Counter[str] = collections.Counter()
    # One password a connection, as many as sshd allows and more, and some between.
    lengths = itertools.cycle([1, 30, 3, 7, 20])

    async def worker() -> None:
        while seen["tried"] < times:
            length = min(next(lengths), times - seen["tried"])
            seen["connections"] += 1
            with contextlib.suppress(asyncssh.Error, OSError):
                async with asyncssh.connect(
                    place["host"],
                    place["port"],
                    username=place["user"],
                    known_hosts=None,
                    client_keys=None,
                    client_factory=functools.partial(Guesser, length, seen),
                ):
                    seen["in"] += 1

    await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
    return seen
