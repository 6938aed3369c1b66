"""When a look through a metered tunnel is worth the connection that it costs."""

from __future__ import annotations

import time
from collections.abc import Callable

_SELDOM = 12 * 3600.0  # seconds since anything came through
_RECENT = 600.0  # seconds for which what came through is news enough to a user
_A_DAY = 8.0  # looks; more may be saved up, no more than for one day


class ProbeSchedule:
    """Says when to look through a tunnel whose provider counts connections.

    A look is due once the machine has slept or its network has changed; and, where nothing has
    come through for a while, when a user looks at the session. Without an occasion it is due
    seldom. Eight a day are granted, and eight may be saved up: 248 in 30 days, repeats among them.

    Parameters
    ----------
    clock
        Returns seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._saved = _A_DAY
        self._saved_at = self._well_at = clock()
        self._occasion = ""
        self._again = False
        self._in_doubt = False  # nothing came through at the last look

    def changed(self, what: str) -> None:
        """Note that what came through before tells nothing any more.

        Parameters
        ----------
        what
            What has changed, for the log.
        """
        self._occasion = what

    def user_looks(self) -> None:
        """Note that a user looks at the session, and would see it if nothing came through."""
        if not self._occasion and self._clock() - self._well_at >= _RECENT:
            self._occasion = "a user looks at the session"

    def came_through(self) -> None:
        """Note that a client came in, or that a look found the tunnel well."""
        self._well_at = self._clock()
        self._occasion, self._again, self._in_doubt = "", False, False

    def due(self) -> str:
        """Return why a look is due now; empty where none is."""
        if self._again:
            return "the last look met nothing"
        if not self._occasion and self._clock() - self._well_at >= _SELDOM:
            self._occasion = "nothing came through for hours"
        return self._occasion if self._occasion and self.may_look() else ""

    def worth_a_look(self) -> bool:
        """Tell whether to look through a tunnel that was away and takes itself for well again."""
        return self._in_doubt or self.may_look()

    def may_look(self) -> bool:
        """Tell whether a look is left of those of the day."""
        now = self._clock()
        self._saved = min(_A_DAY, self._saved + (now - self._saved_at) * _A_DAY / 86_400)
        self._saved_at = now
        return self._saved >= 1.0

    def looked(self, *, well: bool) -> None:
        """Note that a connection was spent on a look.

        Parameters
        ----------
        well
            Whether it came through. One that did not is repeated once, as it may be chance.
        """
        self.may_look()
        self._saved = max(-_A_DAY, self._saved - 1.0)  # a repeat is paid for by later ones
        if well:
            self.came_through()
        else:
            self._again, self._in_doubt = not self._again, True
            self._occasion = ""
