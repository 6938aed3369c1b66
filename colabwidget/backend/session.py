"""One run from Connect to Disconnect: its steps, its phases, and its end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from colabwidget import hosts
from colabwidget.access.account import Account
from colabwidget.backend import access_kind, open_work
from colabwidget.backend.access_kind import Access
from colabwidget.backend.door import Door
from colabwidget.backend.invitations import Invitations
from colabwidget.backend.keeping import Keeping, NoViews, Views
from colabwidget.backend.kept_token import KeptToken
from colabwidget.backend.preflight import check_desktop
from colabwidget.backend.session_state import SessionState
from colabwidget.core.errors import ColabWidgetError, explain
from colabwidget.core.options import DESKTOP_OPTIONS, Options
from colabwidget.core.phase import is_going_on, is_resting
from colabwidget.core.secrets import Secret
from colabwidget.core.snapshot import Snapshot
from colabwidget.desktops.desktop import Desktop
from colabwidget.runtime import unfinished
from colabwidget.runtime.closing import close_part
from colabwidget.runtime.journal import Journal
from colabwidget.runtime.steps import Steps
from colabwidget.tunnels import registry

_CANCEL_MAX = 2.0  # seconds that what goes on has to stop before the door is shut all the same
_SHUT_MAX = 30.0  # seconds that it has once the door is shut; then it is left to itself
_DESKTOP_MAX = 60.0  # seconds


class Session:
    """What the backend does for its user; there is one session at a time.

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
        self.journal = journal
        self.on_change = on_change
        self.state = SessionState(on_change)
        #: The token of the try that goes on, or has failed.
        self.kept_token = KeptToken(on_change)
        self._steps = Steps(on_change)
        #: Its desktop, if it has one.
        self.desktop = Desktop(directory, journal, self._steps, self._desktop_changed)
        self._task: asyncio.Task[None] | None = None
        self._tearing = asyncio.Lock()
        self._closing: asyncio.Future[None] | None = None
        self._opened = False  # clients could get in, so that there may be something to keep
        #: Colleagues who may see something of it.
        self.invitations = Invitations(directory, journal, self._desktop_changed)
        #: What lets clients in; ``None`` before and after a session.
        self.access: Access | None = None
        #: When it closes by itself, while it is open.
        self.door: Door | None = None
        #: What is in without SSH.
        self.views: Views = NoViews()
        self._sessions = 0
        self._log_begin = 0
        self._environment: dict[str, str] = {}  # the notebook's, of the latest request

    # Requests of clients

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
            ``session_running`` where a session with other options is there. The same options
            are no error: the session is there already.
        """
        self.state.check_connect(options)
        if is_going_on(self.state.phase):
            if options.desktop:
                self.add_desktop(options)
            return
        self.journal.redactor.add([token])
        self._environment = environment
        goes_on = self._opened and self.state.fits_what_is_kept(options)
        if not goes_on:
            # What the backend has said before its first session belongs to that.
            self._log_begin = self.journal.end if self._sessions else 0
            self._sessions += 1
        self.state.begin(self._with_desktop(options) if goes_on else options)
        self._steps.plan(access_kind.plan(options), keep_desktop=goes_on)
        self.state.go("connect")
        anew = partial(self._open, token, environment)
        work = partial(self._open_again, token) if goes_on else anew
        self._task = asyncio.create_task(self._run(work), name="session")

    def add_desktop(self, options: Options) -> None:
        """Add a desktop to the session; a desktop that is there stays.

        Parameters
        ----------
        options
            Checked options, of which only those of the desktop count.

        Raises
        ------
        ColabWidgetError
            ``not_connected``, ``session_running`` where a desktop with other options is there,
            ``session_closing``, or what stands in its way on this machine.
        """
        if not is_going_on(self.state.phase) or not self.state.options:
            raise ColabWidgetError("not_connected")
        wanted = {name: getattr(options, name) for name in DESKTOP_OPTIONS}
        asked = replace(self.state.options, desktop=True, **wanted)
        if self.desktop.phase == "closing":
            raise ColabWidgetError("session_closing", what="The desktop")
        if not is_resting(self.desktop.phase):
            if differences := self.state.options.differences(asked):
                raise ColabWidgetError("session_running", reason=differences)
            return
        check_desktop(asked)
        self.state.options = asked
        self._begin_desktop()

    async def remove_desktop(self, *, force: bool) -> None:
        """Take the desktop away, and leave SSH as it is; see `open_work.ask` for ``force``."""
        if not force:
            await open_work.ask(self.desktop)
        if self.state.options:
            self.state.options = replace(self.state.options, desktop=False)
        await self.desktop.remove()

    async def cancel(self) -> None:
        """Stop connecting and undo what was done; what was kept of an earlier session stays."""
        if self.state.phase != "working":
            return
        self.kept_token.forget()
        self.journal.add("Cancelled.")
        if self._opened:
            await asyncio.shield(self._give_up())
        else:
            await self._closed()

    async def disconnect(self, *, force: bool) -> None:
        """End the session.

        Parameters
        ----------
        force
            End it even if clients are signed in, or windows are open on its desktop.

        Raises
        ------
        ColabWidgetError
            ``clients_connected``, ``windows_open``, ``not_connected``.
        """
        if self.state.phase == "closing":
            await self._closed()
        if self.state.phase == "idle":
            if not force:
                raise ColabWidgetError("not_connected")
            return
        if not force:
            await open_work.ask(self.desktop, self.access.clients() if self.access else 0)
        self.journal.add("Disconnecting.")
        await self._closed()

    def fill(self, snapshot: Snapshot) -> None:
        """Write into a snapshot what clients may know."""
        self.state.fill(snapshot)
        snapshot.steps = self._steps.as_list()
        snapshot.desktop = {"phase": self.desktop.phase, "error": self.desktop.error}
        snapshot.kept = self.keeps
        snapshot.log_begin = self._log_begin
        snapshot.token_kept = self.kept_token.tunnel if self.state.phase == "failed" else ""
        snapshot.use = self.access.use() if self.access else None
        clients = self.access.present() if self.access and self._opened else []
        snapshot.present = [*clients, *self.views.present()]
        snapshot.invitations = self.invitations.as_list()
        snapshot.closing = self.door.closing() if self.door else None

    def user_looks(self) -> None:
        """Note that a user looks at the session."""
        if self.access and self.access.user_looks():
            self.passwords_changed()

    def passwords_changed(self) -> None:
        """Show clients the details with the passwords that are valid now."""
        details = self.access.details() if self.access else None
        if details and self.state.details:
            self.state.show_details(replace(details, phase=self.state.details.phase))
            self._desktop_changed()

    @property
    def keeps(self) -> bool:
        """Whether only the tunnel is closed, and the rest is kept for the next Connect."""
        return self.state.phase == "failed" and self._opened

    @property
    def account(self) -> Account | None:
        """The session's account, while that can be used."""
        found = self.access.account if self.access else None
        usable = found and found.done() and not found.cancelled() and self.state.phase != "closing"
        return found.result() if found and usable else None

    # Connecting

    async def _run(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
            self.kept_token.forget()
            self._opened = True
            self._show()
            self.state.stop_clock()
            self.journal.add(f"Connected after {self.state.elapsed():.1f} s.")
            self.state.go("done")
            await self._keep()
        except Exception as error:
            if self._task is not asyncio.current_task():
                return  # it was left to itself, and another session may be there
            await self._fail(explain(error, self.journal.redactor.redact, self.journal.add))

    async def _open(self, token: Secret, environment: dict[str, str]) -> None:
        if self._opened:
            await self._tear_down()  # it was kept for other options
        assert self.state.options
        self.access = access = await access_kind.create(
            self.state.options, token, environment, self._directory, self.journal, self._steps
        )
        async with self._steps.running("check"):
            # What is half installed looks like what is there.
            await unfinished.wait(lambda text: self._steps.update("check", text))
            await access.check()
        # A desktop may have been added meanwhile.
        self._begin_desktop_if_wanted()
        await access.open()

    async def _open_again(self, token: Secret) -> None:
        assert self.state.options and self.access
        self._begin_desktop_if_wanted()
        await self.access.open_again(token, self.state.options)

    def _with_desktop(self, options: Options) -> Options:
        """Return these options with the desktop that is kept, if there is one."""
        if not self.state.options or is_resting(self.desktop.phase):
            return options
        kept = {name: getattr(self.state.options, name) for name in DESKTOP_OPTIONS}
        return replace(options, desktop=True, **kept)

    def _begin_desktop_if_wanted(self) -> None:
        if self.state.options and self.state.options.desktop and is_resting(self.desktop.phase):
            self._begin_desktop()

    def _begin_desktop(self) -> None:
        if self.access is None:
            return  # connecting has only just begun, and begins the desktop itself
        assert self.state.options
        self.desktop.add(
            self.state.options,
            self.access.environment,
            self.access.packages_done,
            self.access.account,
            is_forwarded=self.access.has_sign_in,
        )

    def _show(self) -> None:
        assert self.access
        details = self.access.details()
        if details and self.state.has_moved(details):
            self.state.show_details(details)
            self._desktop_changed()

    def _desktop_changed(self) -> None:
        """Show clients what the desktop tells of itself, and what guests need."""
        self.state.show_desktop(self.desktop.facts)
        if self.state.details:
            self.state.show_invitations(self.invitations.details(self.state.details.endpoint))
        self.on_change()

    async def _keep(self) -> None:
        assert self.access and self.state.options
        self.door = Door(self.state.options)
        keeping = Keeping(
            self.access,
            self.door,
            self.state,
            self._steps,
            self.journal,
            self.on_change,
            self._show,
            self.views,
        )
        try:
            await keeping.run()
        finally:
            self.door = None

    # Ending

    async def _fail(self, error: ColabWidgetError) -> None:
        self.state.stop_clock()
        if error.text.field == "token":
            self.kept_token.forget()
        self.journal.add(str(error))
        self._steps.interrupt("cancelled")
        # A Cancel that comes now must not leave the machine half taken down.
        keeps = self._opened and not error.text.ends_session
        await asyncio.shield(self._close_tunnel() if keeps else self._tear_down())
        info = error.info
        if remedy := hosts.remedy(error.code, self._environment):
            info = {**info, "remedy": remedy}
        if self.state.options and error.text.offers_tunnels:
            info |= {"offers": registry.offers(self.state.options.tunnel, self._environment)}
        if error.text.offers_notebook:
            info = {**info, "offers": [*info["offers"], registry.NOTEBOOK_OFFER]}
        self.state.error = info
        self.state.go("fail")

    async def _give_up(self) -> None:
        """Stop connecting again; what was there before stays."""
        assert self._task
        self._task.cancel()
        await asyncio.wait({self._task})
        if self.state.phase == "working":
            await self._fail(ColabWidgetError("cancelled"))

    async def _close_tunnel(self) -> None:
        """Close the tunnel, and keep what runs on the machine for the next request to connect."""
        async with self._tearing:
            self.state.details = None
            if self.access:
                await asyncio.gather(self.access.close_tunnel(), self.invitations.close())
                self.journal.add("The SSH server and what runs on this machine are kept.")

    async def _closed(self) -> None:
        """Close, even if the client that asked for it does not wait for the end."""
        if self._closing is None:
            self._closing = asyncio.ensure_future(self._close())
            self._closing.add_done_callback(self._has_closed)
        await asyncio.shield(self._closing)

    def _has_closed(self, closing: asyncio.Future[None]) -> None:
        self._closing = None

    async def _close(self) -> None:
        self.kept_token.forget()
        if self._task and not self._task.done():
            self.state.go("close")
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=_CANCEL_MAX)
            if not self._task.done():
                if self.access:
                    await self.access.shut()
                await asyncio.wait({self._task}, timeout=_SHUT_MAX)
            if not self._task.done():
                self.journal.add("What was going on does not end, and is left to itself.")
                self._task = None
        elif self.state.phase == "failed":
            self.state.go("close")
        await self._tear_down()
        self.state.clear()
        self._steps.clear()
        self.state.go("closed")
        self.journal.add("Disconnected.")

    async def _tear_down(self) -> None:
        """Shut the door, then undo what was done; each part stands alone."""
        async with self._tearing:
            self.state.details, self._opened = None, False
            access, self.access = self.access, None
            if access:
                await asyncio.gather(access.shut(), self.invitations.close())
            await close_part("the desktop", self.desktop.remove(), self.journal, _DESKTOP_MAX)
            if access:
                await access.close()
                await self.invitations.close()  # another program may have been in the way
            kept = unfinished.files() | self.invitations.files()
            for file in {*self._directory.iterdir()} - kept:
                with contextlib.suppress(OSError):
                    file.unlink()
