"""In how many places a card is open: clients of the kernel that answer at the same time.

Each message of a page names the client that has sent it. A page that is loaded again is another
client, and the one before it never says that it is gone. So two count as two only once each has
seen something that was sent after both were known.
"""

from __future__ import annotations

import time
from collections.abc import Callable

FORGET = 10.0  # seconds after which a client that is behind another one is gone
_CLIENTS_MAX = 50  # that are remembered


class _Client:
    def __init__(self, first: int) -> None:
        self.first = first  # number of the last message before it was known
        self.seen = -1  # number of the last message that it has seen
        self.behind_since: float | None = None  # another client


class Places:
    """Counts the clients of one widget.

    Parameters
    ----------
    clock
        Returns seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._clients: dict[str, _Client] = {}

    def note(self, name: str, sent: int, seen: int) -> None:
        """Note that a client has spoken.

        Parameters
        ----------
        name
            The client; empty where the kernel does not tell.
        sent
            Number of the last message that was sent to all.
        seen
            Number of the last message that this client has seen.
        """
        if not name:
            return
        client = self._clients.pop(name, None) or _Client(sent)
        self._clients[name] = client
        if len(self._clients) > _CLIENTS_MAX:
            del self._clients[next(iter(self._clients))]
        if client.seen < seen <= sent:
            client.seen, client.behind_since = seen, None
        now = self._clock()
        for other in self._clients.values():
            if other.seen < client.seen and other.behind_since is None:
                other.behind_since = now

    def count(self) -> int:
        """Return how many clients are there; one at least."""
        now = self._clock()
        for name, client in [*self._clients.items()]:
            if client.behind_since is not None and now - client.behind_since > FORGET:
                del self._clients[name]
        together = [one for one in self._clients.values() if self._has_company(one)]
        newest = max((one.first for one in together), default=0)
        return max(sum(one.seen > newest for one in together), 1)

    def _has_company(self, one: _Client) -> bool:
        return any(
            min(one.seen, other.seen) > max(one.first, other.first)
            for other in self._clients.values()
            if other is not one
        )
