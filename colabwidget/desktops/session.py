"""The session on a desktop: what it is started with, kept alive with, and leaves behind."""

from __future__ import annotations

import asyncio
import contextlib
import re
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path

from colabwidget.access.account import Account, as_account, writes_at_home
from colabwidget.core.errors import ColabWidgetError
from colabwidget.desktops import environments, x11
from colabwidget.desktops.base import DesktopEnvironment
from colabwidget.runtime import process
from colabwidget.runtime.as_owner import remove_files
from colabwidget.runtime.journal import Journal
from colabwidget.runtime.service import Service
from colabwidget.system import accounts, procfs, subreaper
from colabwidget.system.foreign_files import read_file

DEFAULTS = "xdg"  # folder with the environment's defaults, in the desktop's own
# Folders of the home, which lie in the desktop's own where the home cannot be written.
_KEPT_IN_HOME = ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")
_ENTER = """\
cd -- "$1" 2> /dev/null || cd -- "$2" 2> /dev/null || cd /
shift 2
exec "$@"
"""
_START_TIMEOUT = 30.0  # seconds
_BUS = b"DBUS_SESSION_BUS_ADDRESS"
_ICE_SOCKET = re.compile(rb"/tmp/\.ICE-unix/\d+")
_TMP = Path("/tmp")  # noqa: S108  where programs leave their sockets


def user_variables(account: Account, environment: Mapping[str, str]) -> dict[str, str]:
    """Return what the user's programs on a desktop have of the notebook's variables.

    Parameters
    ----------
    account
        Runs the programs.
    environment
        What SSH sessions see of the notebook's variables.
    """
    shell = environment.get("SHELL") or accounts.entry(account.name).pw_shell or "/bin/sh"
    # The backend's programs speak plain English; the user's speak what the notebook does.
    return {**environment, "LC_ALL": environment.get("LC_ALL", ""), "SHELL": shell}


def session_variables(
    desktop: DesktopEnvironment,
    account: Account,
    environment: Mapping[str, str],
    directory: Path,
    display: str,
    authority: Path,
) -> dict[str, str]:
    """Return the variables of the desktop's own parts: the system's, and where they draw.

    Parameters
    ----------
    desktop
        The desktop environment.
    account
        Runs the programs.
    environment
        What they have of the notebook's variables; see `launching.of_parts`.
    directory
        The account's private directory.
    display, authority
        The X display, and the file with its key.
    """
    closed = not writes_at_home(account)
    defaults = [str(directory / DEFAULTS)] if desktop.defaults else []
    return {
        **environment,
        "HOME": account.home,
        "USER": account.name,
        "LOGNAME": account.name,
        "DISPLAY": display,
        "XAUTHORITY": str(authority),
        "ICEAUTHORITY": str(directory / "ICEauthority"),  # the home may be read-only
        "XDG_RUNTIME_DIR": str(directory),
        "XDG_CONFIG_DIRS": ":".join([*defaults, "/etc/xdg"]),
        "XDG_SESSION_TYPE": "x11",
        "NO_AT_BRIDGE": "1",
        **({name: str(directory / "home") for name in _KEPT_IN_HOME} if closed else {}),
        **desktop.variables,
    }


class SessionService(Service):
    """The session of a desktop environment, and all programs that are started in it.

    Parameters
    ----------
    desktop
        The desktop environment.
    account
        Runs the session.
    variables
        Its environment; see `session_variables`.
    journal
        Gets its lines.
    """

    def __init__(
        self,
        desktop: DesktopEnvironment,
        account: Account,
        variables: Mapping[str, str],
        journal: Journal,
    ) -> None:
        super().__init__("its session", "desktop", "desktop_gone", journal)
        self._desktop = desktop
        self._account = account
        self._variables = variables
        self._before: set[Path] = set()

    async def start(self) -> None:
        """Start it, and wait until its parts run.

        Raises
        ------
        ColabWidgetError
            ``desktop_failed``.
        """
        self._before = leftovers(self._desktop, self._account.name)
        home = self._account.home if writes_at_home(self._account) else ""
        folder = self._account.folder
        wanted = (folder if folder != self._account.home else "") or home or "/"
        # The account enters its folders itself: root looks at no path that it could bend.
        enter = ["/bin/sh", "-c", _ENTER, "sh", wanted, home or "/"]
        command = as_account(self._account, [*enter, *self._desktop.command])
        child = await self.launch(process.with_subreaper(command), environment=self._variables)
        deadline = asyncio.get_running_loop().time() + _START_TIMEOUT
        lacking = self._desktop.parts
        while child.returncode is None:
            lacking = self._desktop.parts - _names_below(child.pid)
            if not lacking:
                return
            if asyncio.get_running_loop().time() > deadline:
                break
            await asyncio.sleep(0.05)
        # What its parts say of their end is no reason.
        said = self.last_words("It said nothing.")
        await self.close()
        names = ", ".join(sorted(lacking))
        reason = f"Not started: {names}. Last words: {said}"
        raise ColabWidgetError("desktop_failed", reason=reason)

    async def run(self, commands: Sequence[Sequence[str]]) -> None:
        """Run programs of the account in it, one after the other, however they end."""
        variables = {**self._variables, **self._bus()}
        for command in commands:
            await process.output(as_account(self._account, command), environment=variables)

    def _bus(self) -> dict[str, str]:
        """Return the variable by which programs of it find its message bus."""
        for pid in subreaper.descendants(self._process.pid) if self._process else ():
            if procfs.program_name(pid) not in self._desktop.parts:
                continue
            with contextlib.suppress(OSError):  # it has ended
                for entry in read_file(Path(f"/proc/{pid}/environ")).split(b"\0"):
                    name, _, value = entry.partition(b"=")
                    if name == _BUS:
                        return {name.decode(): value.decode("utf-8", "surrogateescape")}
        return {}

    async def wait_failed(self) -> str:
        """Return, once it has ended, what happened."""
        reason = await super().wait_failed()
        assert self._process
        return reason if self._process.returncode else "the desktop's own menu logged out"

    async def close(self) -> None:
        """Stop it, with everything that was started in it, and remove its files."""
        await self.stop(5.0)
        if self._process:
            await remove_files(leftovers(self._desktop, self._account.name) - self._before)


def leftovers(desktop: DesktopEnvironment, account: str) -> set[Path]:
    """Return the account's files of the kinds that a desktop environment leaves behind.

    A socket that a program listens on is none, nor is a file with the key to one: they belong to
    another session of the account.
    """
    live = procfs.bound_paths()
    places = [place for pattern in desktop.leftovers for place in _TMP.glob(pattern)]
    with contextlib.suppress(OSError):
        if stat.S_ISDIR(x11.ICE_SOCKETS.lstat().st_mode):
            places += x11.ICE_SOCKETS.iterdir()
    owner = accounts.entry(account).pw_uid
    found = set()
    for place in places:
        with contextlib.suppress(OSError):
            looked = place.lstat()
            if looked.st_uid != owner or stat.S_ISDIR(looked.st_mode):
                continue
            if not (_named_in(place) if stat.S_ISREG(looked.st_mode) else {str(place)}) & live:
                found.add(place)
    return found


def _named_in(file: Path) -> set[str]:
    """Return the sockets of session managers that a file has keys to, as iceauth(1) writes them."""
    return {found.decode() for found in _ICE_SOCKET.findall(read_file(file))}


async def remove_leftovers(account: str) -> None:
    """Remove the account's files of all kinds that known desktop environments leave behind.

    The killed backend may have been another version, with another default environment.
    """
    for desktop in environments.known():
        await remove_files(leftovers(desktop, account))


def _names_below(pid: int) -> set[str]:
    """Return the names of all programs below a process."""
    names = set()
    for below in subreaper.descendants(pid):
        names.add(procfs.program_name(below))
    return names - {""}
