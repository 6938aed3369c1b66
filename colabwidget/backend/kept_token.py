"""The token of a try that failed: kept in memory, so that the next try needs no other.

Most failures are none of the token's. A page forgets a token as soon as it has sent it, and nothing
writes one to a disk, so that without this each try would begin with pasting it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from colabwidget.core.secrets import Secret

KEPT_FOR = 600.0  # seconds


class KeptToken:
    """Holds one token for one tunnel, for ten minutes at most.

    Parameters
    ----------
    on_expired
        Called once a token is forgotten because its time is over.
    """

    def __init__(self, on_expired: Callable[[], None]) -> None:
        self._on_expired = on_expired
        self._token = Secret("")
        self._tunnel = ""
        self._timer: asyncio.TimerHandle | None = None

    @property
    def tunnel(self) -> str:
        """The tunnel whose token is kept; empty where none is."""
        return self._tunnel

    def keep(self, token: Secret, tunnel: str) -> None:
        """Keep a token, in place of any other, and start its time anew."""
        self.forget()
        self._token, self._tunnel = token, tunnel
        self._timer = asyncio.get_running_loop().call_later(KEPT_FOR, self._expire)

    def find(self, tunnel: str) -> Secret:
        """Return the token that is kept for a tunnel; empty where none is."""
        return self._token if tunnel == self._tunnel else Secret("")

    def forget(self) -> None:
        """Keep no token."""
        self._token, self._tunnel = Secret(""), ""
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _expire(self) -> None:
        self.forget()
        self._on_expired()
