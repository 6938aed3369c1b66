"""What a desktop needs, installed: an environment, a VNC server, VirtualGL where a GPU is."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path

from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.options import ANY_VNC_SERVER
from colabwidget.desktops import opengl, servers, x11
from colabwidget.desktops.base import DesktopEnvironment, VncServer
from colabwidget.runtime import apt, unfinished
from colabwidget.runtime.journal import Journal
from colabwidget.runtime.releases.debs import Release, for_architecture
from colabwidget.runtime.releases.fetch import fetch
from colabwidget.system.machine import architecture
from colabwidget.system.rights import is_root

_Fetch = asyncio.Future[Path]


def missing(environment: DesktopEnvironment, vnc: str) -> list[str]:
    """Return the packages of the system that a desktop lacks here.

    Parameters
    ----------
    environment
        The desktop environment.
    vnc
        As in the options. Without root nothing is downloaded, so that where no server is there,
        the first that comes from the system's packages counts as missing.
    """
    needs = _needs(environment)
    if not is_root() and _installed(vnc) is None:
        possible = [*servers.candidates(vnc), *servers.candidates(ANY_VNC_SERVER)]
        needs += next((server.needs for server in possible if server.needs), ())
    return apt.missing(needs)


class DesktopPackages:
    """Installs what a desktop needs.

    Parameters
    ----------
    environment
        The desktop environment.
    vnc
        Which server, as in the options.
    gpu
        Whether VirtualGL is wanted.
    directory
        Private directory for downloads.
    journal
        Gets a line for each thing that is done.
    progress
        Gets what is going on, and how far it is (0 to 1).
    """

    def __init__(
        self,
        environment: DesktopEnvironment,
        vnc: str,
        gpu: bool,
        directory: Path,
        journal: Journal,
        progress: Callable[[str, float | None], None],
    ) -> None:
        self._environment = environment
        self._vnc = vnc
        self._gpu = gpu
        self._directory = directory
        self._journal = journal
        self._progress = progress
        self._apt_works = False
        self._broken: set[str] = set()

    async def ensure(self, may_install: asyncio.Future[None]) -> VncServer:
        """Have everything that a desktop needs, and return the VNC server to use.

        Parameters
        ----------
        may_install
            Done once the rest of the session has no more use for apt; downloads do not wait
            for it.

        Raises
        ------
        ColabWidgetError
            ``download_failed`` or ``vnc_broken`` for a server that the user insists on, or those
            of apt.
        """
        await unfinished.wait(lambda text: self._progress(text, None))
        server = await self._installed()
        best, download = self._candidates()[0], None
        if server is None and best.releases:
            download = self._begin(best.releases)
            if download is None:
                server = self._instead_of(best, _no_release(best))
        virtualgl = None
        if self._gpu and not apt.program(opengl.VIRTUALGL):
            virtualgl = self._begin(opengl.RELEASES)
        if not may_install.done():
            self._progress("waiting for the packages of SSH", None)
        try:
            await asyncio.shield(may_install)
            if download:
                server = await self._install_released(best, download)
            else:
                server = server or best
                await self._install(server)
            if virtualgl:
                await self._install_virtualgl(virtualgl)
            return server
        finally:
            for each in filter(None, (download, virtualgl)):
                each.cancel()
                with contextlib.suppress(asyncio.CancelledError, ColabWidgetError):
                    if (file := await each) not in unfinished.files():
                        file.unlink(missing_ok=True)

    async def _install_released(self, server: VncServer, download: _Fetch) -> VncServer:
        """Install a server that is downloaded, or another; return which it is."""
        if download.done() and isinstance(error := download.exception(), ColabWidgetError):
            # Without a network it fails at once: one run of apt then does for everything.
            return await self.instead_of(server, error)
        await self._install(server)
        try:
            await self._apt([str(await asyncio.shield(download))])
            await server.asked_version()
        except ColabWidgetError as error:
            return await self.instead_of(server, error)
        return server

    async def instead_of(self, server: VncServer, error: ColabWidgetError) -> VncServer:
        """Have what another server needs, and return that one.

        Parameters
        ----------
        server
            The one that does not serve, for as long as this object is used.
        error
            Why; raised where the user insists on that server, or no other is left.
        """
        instead = self._instead_of(server, error)
        await self._install(instead)
        return instead

    async def _install(self, server: VncServer) -> None:
        """Install the system's packages of the desktop, those of a server among them."""
        await self._apt(apt.missing([*_needs(self._environment), *server.needs]))

    async def _install_virtualgl(self, download: _Fetch) -> None:
        try:
            await self._apt([str(await asyncio.shield(download))])
        except ColabWidgetError as error:
            self._journal.add(f"{error.info['title']} {error.info['cause']}")

    def _instead_of(self, server: VncServer, error: ColabWidgetError) -> VncServer:
        """Return what is used where a server cannot be had, unless the user insists on it."""
        self._broken.add(server.name)
        others = self._candidates()
        instead = next((each for each in others if each.needs or each.is_installed()), None)
        if instead is None:
            raise error
        self._journal.add(f"{error.info['title']} {error.info['cause']} Using {instead.title}.")
        return instead

    def _candidates(self) -> list[VncServer]:
        """Return the servers that the user allows, without those that do not serve."""
        allowed = servers.candidates(self._vnc)
        return [each for each in allowed if each.name not in self._broken]

    async def _installed(self) -> VncServer | None:
        """Return a server that is installed and starts; the better one first."""
        for each in self._candidates():
            if not each.is_installed():
                continue
            try:
                await each.asked_version()
            except ColabWidgetError as error:
                self._instead_of(each, error)
            else:
                return each
        return None

    async def _apt(self, names: list[str]) -> None:
        if names and not is_root():
            raise ColabWidgetError("no_root_no_desktop", packages=", ".join(names))
        self._apt_works = True
        try:
            await apt.ensure_installed(names, self._journal, self._progress)
        finally:
            self._apt_works = False

    def _begin(self, releases: Sequence[Release]) -> _Fetch | None:
        """Begin to download a release; ``None`` where there is none for this machine."""
        found = for_architecture(releases, architecture())
        if found is None or not is_root():
            return None

        def progress(text: str, share: float | None) -> None:
            if not self._apt_works:  # apt's progress is shown then
                self._progress(text, share)

        return asyncio.ensure_future(fetch(found, self._directory, progress, self._journal))


def _needs(environment: DesktopEnvironment) -> list[apt.Need]:
    """Return what every desktop with that environment needs, whichever its VNC server."""
    return [*environment.needs, *x11.NEEDS, *opengl.NEEDS]


def _installed(vnc: str) -> VncServer | None:
    """Return a server that is installed and that the option allows; the better one first."""
    return next((each for each in servers.candidates(vnc) if each.is_installed()), None)


def _no_release(server: VncServer) -> ColabWidgetError:
    reason = f"There is no release that can be installed here ({architecture()})."
    return ColabWidgetError("download_failed", name=server.title, reason=reason)
