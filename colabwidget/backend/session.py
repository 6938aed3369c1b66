"""One run from Connect to Disconnect: its steps, its phases, and its end."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from colabwidget.access.account import Account
from colabwidget.backend import access_kind
from colabwidget.backend.access_kind import Access
from colabwidget.backend.preflight import check_desktop
from colabwidget.core.details import DesktopFacts, Details, desktop_details
from colabwidget.core.errors import ColabWidgetError, ErrorInfo, explain
from colabwidget.core.options import DESKTOP_OPTIONS, TUNNEL_OPTIONS, Options
from colabwidget.core.secrets import Secret
from colabwidget.core.snapshot import (
    TRANSITIONS,
    Event,
    Phase,
    Snapshot,
    is_going_on,
    is_resting,
)
from colabwidget.desktops.desktop import Desktop
from colabwidget.runtime.journal import Journal
from colabwidget.runtime.steps import Steps
from colabwidget.runtime.supervisor import Supervisor
from colabwidget.tunnels import registry


class Session:
    """What the backend does for its user; there is one at a time.

    Parameters
    ----------
    directory
        Private directory for the children's files.
    journal
        The event log.
    on_change
        Called after every change of what clients see.
    """

    def __init__(self, directory: Path, journal: Journal, on_change: Callable[[], None]) -> None:
        self._directory = directory
        self._journal = journal
        self._on_change = on_change
        self._steps = Steps(on_change)
        self._desktop = Desktop(directory, journal, self._steps, self._desktop_changed)
        self._task: asyncio.Task[None] | None = None
        self._tearing = asyncio.Lock()
        self._closing: asyncio.Future[None] | None = None
        self._opened = False  # clients could get in, so that there may be something to keep
        self._started = 0.0
        self._ended = 0.0
        self._access: Access | None = None
        self.phase: Phase = "idle"
        self.error: ErrorInfo | None = None
        self.options: Options | None = None
        self.details: Details | None = None
        self.details_revision = 0

    # What clients ask for

    def check_connect(self, options: Options) -> None:
        """See whether a session with these options can be started, or is there already.

        Parameters
        ----------
        options
            Checked options.

        Raises
        ------
        ColabWidgetError
            ``session_running`` where a session with other options is there, or is being closed.
        """
        if self.phase == "closing":
            raise ColabWidgetError("session_running", differences="it is just being closed")
        if is_going_on(self.phase):
            assert self.options
            if differences := self.options.differences(options):
                raise ColabWidgetError("session_running", differences=differences)

    def connect(self, options: Options, token: Secret, environment: dict[str, str]) -> None:
        """Start connecting.

        Parameters
        ----------
        options
            Checked options.
        token
            For the tunnel.
        environment
            Variables for SSH sessions.

        Raises
        ------
        ColabWidgetError
            ``session_running`` where one with other options is there. The same options again
            are no error: the session is there already.
        """
        self.check_connect(options)
        if is_going_on(self.phase):
            if options.desktop:
                self.add_desktop(options)
            return
        self._journal.redactor.add([token])
        goes_on = self._opened and self._same_door(options)
        self.options = self._with_desktop(options) if goes_on else options
        self._started, self._ended = time.monotonic(), 0.0
        self.error = None
        self._steps.plan(access_kind.plan(options), keep_desktop=goes_on)
        self._go("connect")
        work = (
            partial(self._open_again, token) if goes_on else partial(self._open, token, environment)
        )
        self._task = asyncio.create_task(self._run(work), name="session")

    def add_desktop(self, options: Options) -> None:
        """Add a desktop to the session; one that is there stays.

        Parameters
        ----------
        options
            Checked options, of which only those of the desktop count.

        Raises
        ------
        ColabWidgetError
            ``not_connected``, or ``session_running`` where one of another kind is there, or what
            stands in its way on this machine.
        """
        if not is_going_on(self.phase) or not self.options:
            raise ColabWidgetError("not_connected")
        wanted = {name: getattr(options, name) for name in DESKTOP_OPTIONS}
        asked = replace(self.options, desktop=True, **wanted)
        if self._desktop.phase == "closing":
            raise ColabWidgetError("session_running", differences="its desktop is being closed")
        if not is_resting(self._desktop.phase):
            if differences := self.options.differences(asked):
                raise ColabWidgetError("session_running", differences=differences)
            return
        check_desktop(asked)
        self.options = asked
        self._begin_desktop()

    async def remove_desktop(self) -> None:
        """Take the desktop away, and leave SSH as it is."""
        if self.options:
            self.options = replace(self.options, desktop=False)
        await self._desktop.remove()

    async def cancel(self) -> None:
        """Stop connecting and take back what was done; what an earlier Connect has made stays."""
        if self.phase != "working":
            return
        self._journal.add("Cancelled.")
        if self._opened:
            await asyncio.shield(self._give_up())
        else:
            await self._closed()

    async def disconnect(self, *, force: bool) -> None:
        """End the session.

        Parameters
        ----------
        force
            Do so even if somebody is signed in.

        Raises
        ------
        ColabWidgetError
            ``clients_connected``, ``not_connected``.
        """
        if self.phase == "closing":
            await self._closed()
        if self.phase == "idle":
            if not force:
                raise ColabWidgetError("not_connected")
            return
        clients = self._access.clients() if self._access else 0
        if clients and not force:
            people = "Somebody is" if clients == 1 else f"{clients} connections are"
            raise ColabWidgetError("clients_connected", clients=people)
        self._journal.add("Disconnecting.")
        await self._closed()

    def fill(self, snapshot: Snapshot) -> None:
        """Write into a snapshot what clients may know."""
        snapshot.phase = self.phase
        snapshot.steps = self._steps.as_list()
        snapshot.error = self.error
        snapshot.options = self.options.as_dict() if self.options else None
        if snapshot.options:
            # What was pasted is the page's own; nobody else needs it.
            del snapshot.options["public_key"]
        snapshot.endpoint = self.details.endpoint.as_dict() if self.details else None
        snapshot.details_revision = self.details_revision if self.details else 0
        snapshot.elapsed = self.elapsed()
        snapshot.desktop = {"phase": self._desktop.phase, "error": self._desktop.error}
        snapshot.kept = self.phase == "failed" and self._opened

    def elapsed(self) -> float:
        """Return the seconds since Connect; they stand still when connecting has ended."""
        if not self._started:
            return 0.0
        return round((self._ended or time.monotonic()) - self._started, 2)

    @property
    def account(self) -> Account | None:
        """Whose the session is, once that is there and while clients may use it."""
        found = self._access.account if self._access else None
        usable = found and found.done() and not found.cancelled() and self.phase != "closing"
        return found.result() if found and usable else None

    @property
    def desktop_facts(self) -> DesktopFacts | None:
        """What the desktop tells of itself; ``None`` where there is none."""
        return self._desktop.facts

    # What happens then

    def _go(self, event: Event) -> None:
        self.phase = TRANSITIONS[self.phase, event]
        if self.details:
            self.details = self.details.with_phase(self.phase)
        self._on_change()

    async def _run(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
            self._opened = True
            self._show()
            self._ended = time.monotonic()
            self._journal.add(f"Connected after {self.elapsed():.1f} s.")
            self._go("done")
            await self._keep()
        except Exception as error:
            await self._fail(explain(error, self._journal.redactor.redact, self._journal.add))

    async def _open(self, token: Secret, environment: dict[str, str]) -> None:
        if self._opened:
            await self._tear_down()  # kept for others than these options
        assert self.options
        self._access = access = access_kind.create(
            self.options, token, environment, self._directory, self._journal, self._steps
        )
        async with self._steps.running("check"):
            await access.check()
        # It may have been added since Connect.
        self._begin_desktop_if_wanted()
        await access.open()

    async def _open_again(self, token: Secret) -> None:
        assert self.options and self._access
        self._begin_desktop_if_wanted()
        await self._access.open_again(token, self.options)

    def _same_door(self, options: Options) -> bool:
        """Tell whether these options fit what is kept; the way to it may be another."""
        assert self.options
        tunnel = {name: getattr(self.options, name) for name in (*TUNNEL_OPTIONS, *DESKTOP_OPTIONS)}
        return not self.options.differences(replace(options, **tunnel))

    def _with_desktop(self, options: Options) -> Options:
        """Return these options with the desktop that is kept, if there is one."""
        if not self.options or is_resting(self._desktop.phase):
            return options
        kept = {name: getattr(self.options, name) for name in DESKTOP_OPTIONS}
        return replace(options, desktop=True, **kept)

    def _begin_desktop_if_wanted(self) -> None:
        if self.options and self.options.desktop and is_resting(self._desktop.phase):
            self._begin_desktop()

    def _begin_desktop(self) -> None:
        if self._access is None:
            return  # connecting has only just begun, and looks by itself whether one is wanted
        assert self.options
        self._desktop.add(
            self.options,
            self._access.environment,
            self._access.packages_done,
            self._access.account,
        )

    def _show(self) -> None:
        assert self._access
        details = self._access.details()
        if details and (self.details is None or self.details.endpoint != details.endpoint):
            self.details_revision += 1
            self.details = details
            self._desktop_changed()

    def _desktop_changed(self) -> None:
        """Let the details have what the desktop tells of itself, and clients hear of it."""
        if self.details and self.details.ssh:
            facts = self._desktop.facts
            desktop = desktop_details(self.details.ssh, facts) if facts else None
            if desktop != self.details.desktop:
                self.details_revision += 1
                self.details = replace(self.details, desktop=desktop)
        self._on_change()

    # Keeping it alive

    async def _keep(self) -> None:
        """Wait until something breaks, and mend it, for as long as another try may work."""
        assert self._access
        supervisor = Supervisor(self._access.parts)
        while True:
            reason = await supervisor.trouble()
            self._journal.add(f"Reconnecting: {reason}.")
            self._steps.begin("verify", reason)
            self._go("trouble")

            def still(error: ColabWidgetError, reason: str = reason) -> None:
                self._journal.add(str(error))
                self._steps.tell("verify", reason)

            await supervisor.bring_back(self._mend, reason, still, self._access.retry_now)
            self._steps.finish("verify", "done")
            self._journal.add("Connected again.")
            self._go("done")

    async def _mend(self) -> None:
        assert self._access
        await self._access.mend()
        self._show()

    # The end of it

    async def _fail(self, error: ColabWidgetError) -> None:
        self._ended = time.monotonic()
        self._journal.add(str(error))
        self._steps.interrupt("cancelled")
        # A Cancel that comes now must not leave the machine half taken down.
        await asyncio.shield(self._close_tunnel() if self._opened else self._tear_down())
        self.error = error.info
        if self.options and error.text.offers_tunnels:
            self.error = {**error.info, "offers": registry.offers(self.options.tunnel)}
        self._go("fail")

    async def _give_up(self) -> None:
        """Stop connecting again; what was there before stays."""
        assert self._task
        self._task.cancel()
        await asyncio.wait({self._task})
        if self.phase == "working":
            await self._fail(ColabWidgetError("cancelled"))

    async def _close_tunnel(self) -> None:
        """Close the way in, and keep what runs inside for the next Connect."""
        async with self._tearing:
            self.details = None
            if self._access:
                await self._access.close_tunnel()
                self._journal.add("The SSH server and what runs on this machine are kept.")

    async def _closed(self) -> None:
        """Close, even if the client that asked for it does not wait for the end."""
        if self._closing is None:
            self._closing = asyncio.ensure_future(self._close())
            self._closing.add_done_callback(self._has_closed)
        await asyncio.shield(self._closing)

    def _has_closed(self, closing: asyncio.Future[None]) -> None:
        self._closing = None

    async def _close(self) -> None:
        if self._task and not self._task.done():
            self._go("close")
            self._task.cancel()
            await asyncio.wait({self._task})
        elif self.phase == "failed":
            self._go("close")
        await self._tear_down()
        self.error = None
        self.options = None
        self._started = 0.0
        self._steps.clear()
        self._go("closed")
        self._journal.add("Disconnected.")

    async def _tear_down(self) -> None:
        """Take back what was done, in reverse order; each part whatever became of the others."""
        async with self._tearing:
            self.details, self._opened = None, False
            await self._desktop.remove()
            access, self._access = self._access, None
            if access:
                await access.close()
            for file in self._directory.iterdir():
                with contextlib.suppress(OSError):
                    file.unlink()
