"""The desktop of a session: it comes and goes while SSH stays as it is."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path

from colabwidget.access.account import Account, give
from colabwidget.core.details import DesktopFacts
from colabwidget.core.errors import ColabWidgetError, ErrorInfo, explain
from colabwidget.core.options import Options
from colabwidget.core.phase import TRANSITIONS, Event, Phase
from colabwidget.desktops import directory, environments, fonts, launching, vnc
from colabwidget.desktops.base import DesktopEnvironment, VncServer
from colabwidget.desktops.damage import Screen
from colabwidget.desktops.opengl import SYSTEM_FOLDER, OpenGl, find_gpu
from colabwidget.desktops.packages import DesktopPackages
from colabwidget.desktops.rfb.relay import Relay
from colabwidget.desktops.rfb.server import Connection
from colabwidget.desktops.session import (
    DEFAULTS,
    SessionService,
    session_variables,
    user_variables,
)
from colabwidget.desktops.sound.server import address
from colabwidget.desktops.sound.sound import Sound
from colabwidget.runtime.closing import close_part
from colabwidget.runtime.journal import Journal
from colabwidget.runtime.steps import Steps
from colabwidget.runtime.supervisor import Supervisor
from colabwidget.system import accounts
from colabwidget.system.rights import is_root

DENSITY_MAX = 400  # per cent
_WINDOWS_MAX = 2.0  # seconds that programs have to close their windows


class Desktop:
    """A desktop environment on a VNC server, for the account of the session.

    Parameters
    ----------
    files
        Private directory of the session.
    journal
        The event log.
    steps
        Shows its steps.
    on_change
        Called after every change of what clients see.
    environment
        The desktop environment; the default one unless given.
    """

    def __init__(
        self,
        files: Path,
        journal: Journal,
        steps: Steps,
        on_change: Callable[[], None],
        environment: DesktopEnvironment | None = None,
    ) -> None:
        self._environment = environment or environments.default()
        self._files = files
        self._journal = journal
        self._steps = steps
        self._on_change = on_change
        self._task: asyncio.Task[None] | None = None
        self._directory: Path | None = None
        self._vnc: vnc.VncService | None = None
        self._relay: Relay | None = None
        self._session: SessionService | None = None
        self._opengl: OpenGl | None = None
        self._sound: Sound | None = None
        self._density = 100  # per cent
        self._supervisor = Supervisor(lambda: [part for part in (self._vnc, self._session) if part])
        self._stopping = asyncio.Lock()
        self._removing: asyncio.Future[None] | None = None
        self.phase: Phase = "idle"
        self.error: ErrorInfo | None = None
        self.facts: DesktopFacts | None = None

    def add(
        self,
        options: Options,
        environment: Mapping[str, str],
        may_install: asyncio.Future[None],
        account: asyncio.Future[Account],
        *,
        is_forwarded: bool = True,
    ) -> None:
        """Begin to start it.

        Parameters
        ----------
        options
            Checked options.
        environment
            What its programs see of the notebook's variables.
        may_install
            Done once the rest of the session has no more use for apt.
        account
            The account that it runs as, once that can be used.
        is_forwarded
            Whether viewers are to come over SSH; else only views inside a notebook do.
        """
        self._steps.add_desktop()
        self.error = None
        self._go("connect")
        self._task = asyncio.create_task(
            self._run(options, environment, may_install, account, is_forwarded), name="desktop"
        )

    @property
    def pids(self) -> set[int]:
        """Its own processes, while they run."""
        return {pid for part in (self._session, self._vnc) if part for pid in part.pids}

    def connect(self, view_only: bool = False) -> AbstractAsyncContextManager[Connection]:
        """Connect to its VNC server as a viewer, while there are `facts`; see `VncService.connect`.

        Parameters
        ----------
        view_only
            Whether to have no more rights than the view-only password gives.

        Raises
        ------
        ColabWidgetError
            ``no_desktop``, ``vnc_failed``.
        """
        if not (self.facts and self._vnc):
            raise ColabWidgetError("no_desktop")
        return self._vnc.connect(view_only)

    def sound(self) -> Sound:
        """Return its sound, while there are `facts`.

        Raises
        ------
        ColabWidgetError
            ``no_desktop``.
        """
        if not (self.facts and self._sound):
            raise ColabWidgetError("no_desktop")
        return self._sound

    def screen(self) -> Screen:
        """Return its display, while there are `facts`.

        Raises
        ------
        ColabWidgetError
            ``no_desktop``.
        """
        if not (self.facts and self._vnc):
            raise ColabWidgetError("no_desktop")
        return self._vnc.screen

    async def set_density(self, percent: int) -> None:
        """Have it drawn for a screen of that density, while there are `facts`.

        Parameters
        ----------
        percent
            Pixels of the screen, of those of a usual one; at most `DENSITY_MAX`.
        """
        percent = min(max(percent, 100), DENSITY_MAX)
        if self.facts and self._session and percent != self._density:
            self._density = percent
            await self._session.run(self._environment.density(percent))

    async def windows(self) -> list[str]:
        """Return the titles of the windows that are open on it."""
        return await self._vnc.windows() if self.facts and self._vnc else []

    async def change_passwords(self) -> bool:
        """Have new passwords; tell whether there is a desktop that has some.

        Raises
        ------
        ColabWidgetError
            ``vnc_failed``.
        """
        if not (self.facts and self._vnc):
            return False
        password, view_only = await self._vnc.change_passwords()
        self.facts = replace(self.facts, password=password, view_only_password=view_only)
        return True

    async def remove(self) -> None:
        """End it, however far it is, with everything that was started on it.

        It is carried out even if the client that asked for it does not wait for the end.
        """
        if self.phase == "idle":
            return
        if self._removing is None or self._removing.done():
            self._removing = asyncio.ensure_future(self._remove())
        await asyncio.shield(self._removing)

    async def _remove(self) -> None:
        self._journal.add("Closing the desktop.")
        self._go("close")
        if self._task:
            self._task.cancel()
            await asyncio.wait({self._task})
        # What it was told is kept in the account's home, and the next screen may be another.
        await close_part("its density", self.set_density(100), self._journal, 2)
        if self.facts and self._vnc:
            # Programs may have something to keep: the window manager asks them first.
            closing = self._vnc.close_windows(_WINDOWS_MAX)
            await close_part("its windows", closing, self._journal, 2 * _WINDOWS_MAX)
        await self._close()
        self.error = None
        self._steps.drop_desktop()
        self._go("closed")

    def _go(self, event: Event) -> None:
        self.phase = TRANSITIONS[self.phase, event]
        self._on_change()

    async def _run(
        self,
        options: Options,
        environment: Mapping[str, str],
        may_install: asyncio.Future[None],
        account: asyncio.Future[Account],
        is_forwarded: bool,
    ) -> None:
        try:
            gpu = find_gpu(self._journal)
            async with self._steps.running("desktop_packages"):
                packages = DesktopPackages(
                    self._environment,
                    options.vnc,
                    bool(gpu),
                    self._files,
                    self._journal,
                    lambda text, share: self._steps.update("desktop_packages", text, share),
                )
                server = await packages.ensure(may_install)
            owner = await asyncio.shield(account)
            while True:
                try:
                    async with self._steps.running("desktop", "starting the VNC server"):
                        await self._start(server, options, owner, environment, gpu, is_forwarded)
                    break
                except ColabWidgetError as error:
                    if error.code != "vnc_broken":
                        raise
                    async with self._steps.running("desktop_packages"):
                        server = await packages.instead_of(server, error)
                    await self._close()
            self._go("done")
            while True:
                await self._keep()
        except Exception as error:
            await self._fail(explain(error, self._journal.redactor.redact, self._journal.add))

    async def _start(
        self,
        server: VncServer,
        options: Options,
        account: Account,
        environment: Mapping[str, str],
        gpu: str,
        is_forwarded: bool,
    ) -> None:
        self._directory = await directory.new(account, self._journal)
        self._vnc = vnc.VncService(
            server,
            account,
            options.geometry,
            options.depth,
            self._directory,
            self._files / vnc.RECORD,
            self._journal,
        )
        programs = SYSTEM_FOLDER if is_root() else self._directory / "bin"
        self._opengl = OpenGl(bool(gpu), programs, self._journal)
        self._opengl.prepare(environment)
        await self._vnc.prepare()
        if self._environment.defaults:
            launching.copy_defaults(self._environment.defaults, self._directory / DEFAULTS)
        path = f"{account.environment.get('PATH', os.defpath)}:{programs}:/usr/bin:/bin"
        browsers = {}
        if accounts.entry(account.name).pw_uid == 0:
            browsers = launching.without_sandbox(self._directory)
            path = launching.with_browsers(path, self._directory)
        sound = {"PULSE_SERVER": address(self._directory)}
        users = user_variables(account, {**account.environment, "PATH": path, **sound})
        users |= await fonts.spoken(users, self._journal)
        launching.write(self._directory, users, self._environment.own, browsers)
        give(self._directory, account)  # from here on only the account writes there
        await self._vnc.start()
        port = await self._listen(self._vnc, account, is_forwarded)
        self._steps.update("desktop", f"starting {self._environment.title}")
        variables = session_variables(
            self._environment,
            account,
            launching.of_parts(users, self._directory, programs),
            self._directory,
            self._vnc.display,
            self._vnc.authority,
        )
        self._sound = Sound(account, self._directory, self._journal)
        self._session = SessionService(self._environment, account, variables, self._journal)
        # The renderer is asked for while the session starts: neither needs the other.
        _, version, renderer = await asyncio.gather(
            self._session.start(),
            self._vnc.version(),
            self._opengl.renderer(account, variables, users),
        )
        self.facts = DesktopFacts(
            display=self._vnc.display,
            port=port,
            password=self._vnc.password,
            view_only_password=self._vnc.view_only_password,
            server=version if self._vnc.has_socket else f"{version} on a TCP port",
            renderer=renderer,
            unused_gpu=self._opengl.unused_gpu(gpu, renderer),
        )
        self._journal.add(f"Desktop on {self._vnc.display}: {version}, OpenGL by {renderer}.")

    async def _listen(self, server: vnc.VncService, account: Account, is_forwarded: bool) -> int:
        """Listen for viewers that come over SSH; return the port, 0 where none can come."""
        if not server.has_socket:
            return server.port
        if not is_forwarded:
            return 0
        user = accounts.entry(account.name).pw_uid
        self._relay = Relay(server.connect, lambda: server.passwords, user, self._journal)
        await self._relay.open(server.port)
        return self._relay.port

    async def _keep(self) -> None:
        """Wait until a part of it ends, and start that part again, with what depends on it."""
        reason = await self._supervisor.trouble()
        self._journal.add(f"Starting the desktop again: {reason}.")
        async with self._steps.running("desktop", reason):
            self._go("trouble")
            await self._supervisor.bring_back(self._mend, reason)
        self._go("done")

    async def _mend(self) -> None:
        assert self._vnc and self._session
        await self._session.close()
        if not self._vnc.running():
            await self._vnc.close()
            await self._vnc.start()
            assert self.facts
            if self._vnc.display != self.facts.display:
                raise ColabWidgetError("vnc_failed", reason="Its display was taken meanwhile.")
        await self._session.start()

    async def _fail(self, error: ColabWidgetError) -> None:
        self._journal.add(str(error))
        # A removal that comes now must not leave it half taken down.
        await asyncio.shield(self._close())
        self.error = error.info
        self._go("fail")

    async def _close(self) -> None:
        """Close its parts, the last first; each whatever became of the others."""
        async with self._stopping:
            self.facts = None
            if self._relay:
                await close_part("the desktop's port", self._relay.close(), self._journal, 5)
            if self._sound:
                await close_part("its sound", self._sound.close(), self._journal, 10)
            for part in (self._session, self._vnc):
                if part:
                    await close_part(part.title, part.close(), self._journal, 15)
            if self._opengl:
                self._opengl.remove()
            if self._directory:
                files = directory.remove(self._directory, self._journal)
                await close_part("the desktop's folder", files, self._journal, 10)
            self._session = self._vnc = self._opengl = self._directory = self._relay = None
            self._sound, self._density = None, 100
