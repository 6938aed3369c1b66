"""XFCE: what it needs, what it is started with, and the session that is kept alive."""

from __future__ import annotations

import asyncio
import contextlib
import pwd
from collections.abc import Mapping
from pathlib import Path

from colabwidget.access.account import Account, as_account
from colabwidget.core.errors import ColabWidgetError
from colabwidget.desktops.vnc import ICE_SOCKETS
from colabwidget.runtime import process
from colabwidget.runtime.apt import Need
from colabwidget.runtime.journal import Journal
from colabwidget.runtime.service import Service
from colabwidget.system import subreaper

# The smallest set that a person would call complete; measured in docs/performance.md.
NEEDS = (
    Need("xfwm4", "xfwm4"),
    Need("xfce4-panel", "xfce4-panel"),
    Need("xfdesktop", "xfdesktop4"),
    Need("xfce4-session", "xfce4-session"),
    Need("xfsettingsd", "xfce4-settings"),
    Need("xfce4-terminal", "xfce4-terminal"),
    Need("thunar", "thunar"),
    Need("xfce4-appfinder", "xfce4-appfinder"),
    Need("dbus-launch", "dbus-x11"),
    Need("dbus-run-session", "dbus"),
    Need("xauth", "xauth"),
    Need("/usr/share/icons/Adwaita/index.theme", "adwaita-icon-theme"),
    Need("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", "fonts-dejavu-core"),
)
# What is drawn once the session is up.
_PARTS = frozenset({"xfwm4", "xfce4-panel", "xfdesktop"})
_START_TIMEOUT = 30.0  # seconds
DEFAULTS = Path(__file__).parent / "environments/xfce/xdg"  # the first of XDG_CONFIG_DIRS


def session_variables(
    account: Account, environment: Mapping[str, str], directory: Path, display: str, authority: Path
) -> dict[str, str]:
    """Return the environment of programs on the desktop: the notebook's, and where they draw.

    Parameters
    ----------
    account
        Whose they are.
    environment
        What SSH sessions see of the notebook's.
    directory
        The account's private directory.
    display, authority
        The X display, and the file with its key.
    """
    entry = pwd.getpwnam(account.name)
    return {
        **environment,
        # Programs of ours speak plain English; people's speak what the notebook does.
        "LC_ALL": environment.get("LC_ALL", ""),
        "HOME": account.home,
        "USER": account.name,
        "LOGNAME": account.name,
        "SHELL": environment.get("SHELL") or entry.pw_shell or "/bin/sh",
        "DISPLAY": display,
        "XAUTHORITY": str(authority),
        "XDG_RUNTIME_DIR": str(directory),
        "XDG_CONFIG_DIRS": f"{directory / 'xdg'}:/etc/xdg",
        "XDG_CURRENT_DESKTOP": "XFCE",
        "XDG_SESSION_TYPE": "x11",
        "DESKTOP_SESSION": "xfce",
        "NO_AT_BRIDGE": "1",
    }


class XfceService(Service):
    """The desktop's session: panel, window manager and what people start in it.

    Parameters
    ----------
    account
        Whose it is.
    variables
        Its environment; see `session_variables`.
    journal
        Where its lines go.
    """

    def __init__(self, account: Account, variables: Mapping[str, str], journal: Journal) -> None:
        super().__init__("its session", "desktop", "desktop_gone", journal)
        self._account = account
        self._variables = variables
        self._before: set[Path] = set()

    async def start(self) -> None:
        """Start it, and wait until its parts are there.

        Raises
        ------
        ColabWidgetError
            ``desktop_failed``.
        """
        self._before = traces(self._account.name)
        folder = self._account.folder or self._account.home
        session = ["env", f"--chdir={folder}", "dbus-run-session", "--"]
        command = as_account(self._account, [*session, "xfce4-session"])
        child = await self.launch(process.with_subreaper(command), environment=self._variables)
        deadline = asyncio.get_running_loop().time() + _START_TIMEOUT
        while child.returncode is None and not _names_below(child.pid) >= _PARTS:
            if asyncio.get_running_loop().time() > deadline:
                break
            await asyncio.sleep(0.05)
        else:
            if child.returncode is None:
                return
        await self.close()
        raise ColabWidgetError("desktop_failed", reason=self.last_words("It said nothing."))

    async def wait_failed(self) -> str:
        """Return, once it has ended, what happened."""
        reason = await super().wait_failed()
        assert self._process
        return reason if self._process.returncode else "somebody logged out"

    async def close(self) -> None:
        """Stop it, with everything that was started in it, and remove its files."""
        await self.stop(5.0)
        if self._process:
            for trace in traces(self._account.name) - self._before:
                trace.unlink(missing_ok=True)


def traces(name: str) -> set[Path]:
    """Return an account's files in /tmp of the kinds that sessions leave there."""
    places = [*Path("/tmp").glob(".xfsm-ICE-*"), *Path("/tmp").glob("dbus-*")]  # noqa: S108
    with contextlib.suppress(OSError):
        places += ICE_SOCKETS.iterdir()
    owner = pwd.getpwnam(name).pw_uid
    found = set()
    for place in places:
        with contextlib.suppress(OSError):
            if place.lstat().st_uid == owner:
                found.add(place)
    return found


def _names_below(pid: int) -> set[str]:
    """Return the names of all programs below a process."""
    names = set()
    for below in subreaper.descendants(pid):
        try:
            names.add(Path(f"/proc/{below}/comm").read_text().strip())
        except OSError:
            continue  # ended meanwhile
    return names
