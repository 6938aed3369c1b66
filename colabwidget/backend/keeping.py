"""A session while it is open: what breaks is mended, who is in is shown, and it closes in time."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Protocol

from colabwidget.backend.access_kind import Access
from colabwidget.backend.door import Door
from colabwidget.backend.session_state import SessionState
from colabwidget.backend.streams.shell import Shell
from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.presence import Presence
from colabwidget.core.snapshot import TunnelUse
from colabwidget.runtime.journal import Journal
from colabwidget.runtime.steps import Steps
from colabwidget.runtime.supervisor import Supervisor
from colabwidget.runtime.tasks import run_together

_LOOK_EVERY = 0.5  # seconds between two looks at who is in, while a client is
_LOOK_RARELY = 5.0  # seconds, while none is: a sign-in is told at once
_SHOW_IDLE_EVERY = 30.0  # seconds; a page counts on by itself
_SHOW_USE_EVERY = 10.0  # seconds
_SHOW_BYTES_AFTER = 6  # times of those


class Views(Protocol):
    """Shells and views of the desktop inside a notebook."""

    def present(self) -> list[Presence]:
        """Return all of them."""

    def watching(self) -> int:
        """Return how many of them a page shows: only these keep a session open."""

    async def end(self, name: str) -> bool:
        """End one; tell whether there was one of that name."""

    def shell(self) -> Shell | None:
        """Return the shell in which the user is; ``None`` where there is none."""


class NoViews:
    """Stands for the views of a backend that serves none."""

    def present(self) -> list[Presence]:
        """Return nothing."""
        return []

    def watching(self) -> int:
        """Return nought."""
        return 0

    async def end(self, name: str) -> bool:
        """Return false."""
        return False

    def shell(self) -> None:
        """Return nothing."""


class Keeping:
    """Keeps a session open.

    Parameters
    ----------
    access
        What is kept.
    door
        When it closes by itself.
    state, steps, journal
        Of the session.
    on_change
        Called when clients must be shown something else.
    show
        Shows the details, if they have changed.
    views
        What is in without SSH.
    """

    def __init__(
        self,
        access: Access,
        door: Door,
        state: SessionState,
        steps: Steps,
        journal: Journal,
        on_change: Callable[[], None],
        show: Callable[[], None],
        views: Views,
    ) -> None:
        self._access = access
        self._door = door
        self._state = state
        self._steps = steps
        self._journal = journal
        self._on_change = on_change
        self._show = show
        self._views = views

    async def run(self) -> None:
        """Keep it open until it closes by itself, or something breaks for good.

        Raises
        ------
        ColabWidgetError
            With the cause.
        """
        await run_together(self._mend_what_breaks(), self._show_use(), self._watch_the_door())

    async def _mend_what_breaks(self) -> None:
        """Wait until something breaks, and mend it, for as long as another try may work."""
        supervisor = Supervisor(self._access.parts)
        while True:
            reason = await supervisor.trouble()
            self._journal.add(f"Reconnecting: {reason}.")
            self._steps.begin("verify", reason)
            self._state.go("trouble")

            def still(error: ColabWidgetError, reason: str = reason) -> None:
                self._journal.add(str(error))
                self._steps.update("verify", reason)

            await supervisor.bring_back(self._mend, reason, still, self._access.retry_now)
            self._steps.finish("verify", "done")
            self._journal.add("Connected again.")
            self._state.go("done")

    async def _mend(self) -> None:
        await self._access.mend()
        self._show()

    async def _show_use(self) -> None:
        """Show clients what has come through the tunnel: connections soon, bytes at times."""
        shown: TunnelUse | None = None
        rounds = 0
        while True:
            use, rounds = self._access.use(), rounds + 1
            more = use and (not shown or use["connections"] != shown["connections"])
            if more or (use != shown and rounds >= _SHOW_BYTES_AFTER):
                shown, rounds = use, 0
                self._on_change()
            await asyncio.sleep(_SHOW_USE_EVERY)

    async def _watch_the_door(self) -> None:
        """Show who is in as that changes, and close the session in time."""
        shown: list[str] | None = None  # what closes the session is shown at once
        shown_at = 0.0
        loop = asyncio.get_running_loop()
        while True:
            clients = self._access.present()
            names = [each["name"] for each in (*clients, *self._views.present())]
            owners = sum(not each["guest"] for each in clients)  # guests keep no door open
            changed = self._door.see(owners + self._views.watching())
            if changed or names != shown or (names and loop.time() - shown_at > _SHOW_IDLE_EVERY):
                shown, shown_at = names, loop.time()
                self._on_change()
            self._door.check()
            with contextlib.suppress(asyncio.TimeoutError):
                pause = _LOOK_EVERY if names else _LOOK_RARELY
                if closing := self._door.closing():
                    pause = min(pause, closing["seconds"])
                await asyncio.wait_for(self._access.news.wait(), max(pause, 0.05))
                self._show()  # who has come in may have paired by what is shown
            self._access.news.clear()
