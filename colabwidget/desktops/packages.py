"""What a desktop needs, installed: XFCE, a VNC server, and VirtualGL where there is a GPU."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable
from pathlib import Path

from colabwidget.core.errors import ColabWidgetError
from colabwidget.desktops import opengl, session
from colabwidget.desktops.vnc import TIGERVNC, TURBOVNC, Server
from colabwidget.runtime import apt
from colabwidget.runtime.journal import Journal
from colabwidget.runtime.releases import architecture, fetch, release

_Fetch = asyncio.Future[Path]


def missing(vnc: str) -> list[str]:
    """Return the packages of the system that a desktop lacks here.

    Parameters
    ----------
    vnc
        As in the options. Without root nothing is downloaded, so that TigerVNC counts as missing
        where no server is there.
    """
    needs = [*session.NEEDS, *opengl.NEEDS]
    if os.geteuid() != 0 and _there(vnc) is None:
        needs += TIGERVNC.needs
    return apt.missing(needs)


class DesktopPackages:
    """Installs what a desktop needs.

    Parameters
    ----------
    vnc
        Which server, as in the options.
    gpu
        Whether VirtualGL is wanted.
    directory
        Private directory for downloads.
    journal
        Where it is said what is done.
    progress
        Gets what is going on, and how far it is (0 to 1).
    """

    def __init__(
        self,
        vnc: str,
        gpu: bool,
        directory: Path,
        journal: Journal,
        progress: Callable[[str, float | None], None],
    ) -> None:
        self._vnc = vnc
        self._gpu = gpu
        self._directory = directory
        self._journal = journal
        self._progress = progress
        self._apt_works = False

    async def ensure(self, may_install: asyncio.Future[None]) -> Server:
        """Have everything that a desktop needs, and return the VNC server to use.

        Parameters
        ----------
        may_install
            Done once nobody else of us uses apt; downloads do not wait for it.

        Raises
        ------
        ColabWidgetError
            ``download_failed`` for a server that the user insists on, or those of apt.
        """
        server = _there(self._vnc)
        turbovnc = None
        if server is None and self._vnc != "tigervnc":
            turbovnc = self._begin("turbovnc")
            if turbovnc is None:
                server = self._instead(_no_release())
        virtualgl = None
        if self._gpu and not apt.program(opengl.VIRTUALGL):
            virtualgl = self._begin("virtualgl")
        if not may_install.done():
            self._progress("waiting for the packages of SSH", None)
        try:
            await asyncio.shield(may_install)
            server = await self._install(server, turbovnc)
            if virtualgl:
                await self._install_virtualgl(virtualgl)
            return server
        finally:
            for download in filter(None, (turbovnc, virtualgl)):
                download.cancel()
                with contextlib.suppress(asyncio.CancelledError, ColabWidgetError):
                    (await download).unlink(missing_ok=True)

    async def _install(self, server: Server | None, turbovnc: _Fetch | None) -> Server:
        if turbovnc is None:
            server = server or TIGERVNC
        elif turbovnc.done() and isinstance(error := turbovnc.exception(), ColabWidgetError):
            # Without a network it fails at once: one run of apt then does for everything.
            server = self._instead(error)
        needs = [*session.NEEDS, *opengl.NEEDS, *(server.needs if server else ())]
        await self._apt(apt.missing(needs))
        if server:
            return server
        assert turbovnc
        try:
            await self._apt([str(await asyncio.shield(turbovnc))])
        except ColabWidgetError as error:
            server = self._instead(error)
            await self._apt(apt.missing(server.needs))
            return server
        return TURBOVNC

    async def _install_virtualgl(self, download: _Fetch) -> None:
        try:
            await self._apt([str(await asyncio.shield(download))])
        except ColabWidgetError as error:
            self._journal.add(f"{error.info['title']} {error.info['cause']}")

    def _instead(self, error: ColabWidgetError) -> Server:
        """Return what is used where TurboVNC cannot be had, unless the user insists on it."""
        if self._vnc == "turbovnc":
            raise error
        self._journal.add(f"{error.info['title']} {error.info['cause']} Using TigerVNC.")
        return TIGERVNC

    async def _apt(self, names: list[str]) -> None:
        if names and os.geteuid() != 0:
            raise ColabWidgetError("no_root_no_desktop", packages=", ".join(names))
        self._apt_works = True
        try:
            await apt.ensure_installed(names, self._journal, self._progress)
        finally:
            self._apt_works = False

    def _begin(self, name: str) -> _Fetch | None:
        """Begin to download a release; ``None`` where there is none for this machine."""
        found = release(name, architecture())
        if found is None or os.geteuid() != 0:
            return None

        def progress(text: str, share: float | None) -> None:
            if not self._apt_works:  # one at a time is told
                self._progress(text, share)

        return asyncio.ensure_future(fetch(found, self._directory, progress, self._journal))


def _there(vnc: str) -> Server | None:
    """Return a server that is installed and will do; the better one first."""
    for server in (TURBOVNC, TIGERVNC):
        if vnc in ("auto", server.name) and server.installed():
            return server
    return None


def _no_release() -> ColabWidgetError:
    reason = f"There is no release that can be installed here ({architecture()})."
    return ColabWidgetError("download_failed", name=TURBOVNC.title, reason=reason)
