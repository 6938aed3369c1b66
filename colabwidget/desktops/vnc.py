"""The VNC server of a session: its passwords, its display, and where it listens for viewers."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
from collections.abc import AsyncIterator
from pathlib import Path

from colabwidget.access.account import Account, as_account, writes_at_home
from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.secrets import Secret, new_password
from colabwidget.desktops import windows, x11
from colabwidget.desktops.base import VncDisplay, VncServer
from colabwidget.desktops.damage import Screen
from colabwidget.desktops.rfb import server as rfb
from colabwidget.desktops.rfb.handshake import Passwords
from colabwidget.desktops.rfb.pointer_owner import PointerOwner
from colabwidget.runtime import process
from colabwidget.runtime.apt import program
from colabwidget.runtime.closing import close_in_thread
from colabwidget.runtime.journal import Journal
from colabwidget.runtime.service import Service
from colabwidget.system.accounts import entry
from colabwidget.system.files import write_private

PASSWORD_LENGTH = 8  # all that the protocol looks at
RECORD = "display"  # file with the display that is open, for the backend after a killed one
_FIRST_PORT = 5900
_DISPLAY_TRIES = 3
_START_TIMEOUT = 10.0  # seconds
_PASSWORDS = "passwd"  # file in the desktop's directory
_SOCKET = "vnc.sock"  # the same
# Writes a file whole or not at all.
_REPLACE = 'umask 077 && cat > "$1.new" && mv -f -- "$1.new" "$1"'


class VncService(Service):
    """An X server that viewers look at.

    Parameters
    ----------
    server
        The kind of VNC server.
    account
        The account that it runs as.
    geometry, depth
        As in the options.
    directory
        Private directory for its files; the account's own from `start` on.
    record
        File that gets the number of the display, for `remove_leftovers`.
    journal
        Gets its lines.
    """

    def __init__(
        self,
        server: VncServer,
        account: Account,
        geometry: str,
        depth: int,
        directory: Path,
        record: Path,
        journal: Journal,
    ) -> None:
        super().__init__("the VNC server", "vnc", "desktop_gone", journal)
        self._server = server
        self._account = account
        self._geometry = geometry
        self._depth = depth
        self._directory = directory
        self._record = record
        self._number = 0
        self._key = ""
        self._socket: Path | None = None
        self._pointer_owner: PointerOwner | None = None
        self.password = new_password(PASSWORD_LENGTH)
        self.view_only_password = new_password(PASSWORD_LENGTH)

    @property
    def display(self) -> str:
        """X display: ``":1"``."""
        return f":{self._number}"

    @property
    def port(self) -> int:
        """TCP port on 127.0.0.1 that belongs to the display."""
        return _FIRST_PORT + self._number

    @property
    def has_socket(self) -> bool:
        """Whether it listens on a Unix socket, and leaves that port to others."""
        return self._socket is not None

    @property
    def passwords(self) -> Passwords:
        """Those of viewers that come now."""
        return Passwords(self.password, self.view_only_password)

    @property
    def _address(self) -> rfb.Address:
        if self._socket:
            return rfb.UnixAddress(self._socket, entry(self._account.name).pw_uid)
        return rfb.TcpAddress(self.port)

    @contextlib.asynccontextmanager
    async def connect(self, view_only: bool = False) -> AsyncIterator[rfb.Connection]:
        """Connect to it as a viewer; see `rfb.server.connection`.

        Parameters
        ----------
        view_only
            Whether to have no more rights than the view-only password gives.

        Raises
        ------
        ColabWidgetError
            ``vnc_failed``.
        """
        try:
            async with self._connection(view_only) as made:
                yield made
        finally:
            if self._pointer_owner:
                self._pointer_owner.own()

    def _connection(
        self, view_only: bool = False
    ) -> contextlib.AbstractAsyncContextManager[rfb.Connection]:
        return rfb.connection(self._address, self.passwords, view_only=view_only)

    @property
    def screen(self) -> Screen:
        """Its display, for programs that look at it."""
        return Screen(self._number, self._key, self.authority, self._account)

    async def pointer(self) -> tuple[int, int] | None:
        """Return where the pointer is, in pixels; ``None`` where X does not tell."""
        return await x11.pointer(self._number, self._key)

    async def windows(self) -> list[str]:
        """Return the titles of the windows that are open on it."""
        return await windows.titles(self._number, self._key)

    async def close_windows(self, seconds: float) -> None:
        """Ask programs to close their windows, and wait for that."""
        await windows.close_all(self._number, self._key, seconds)

    @property
    def authority(self) -> Path:
        """File with the key to the display."""
        return self._directory / "Xauthority"

    async def prepare(self) -> None:
        """See where it can listen, and write its passwords into a file, in the form that it reads.

        Raises
        ------
        ColabWidgetError
            ``vnc_failed``.
        """
        place = self._directory / _SOCKET
        takes_socket, passwords = await asyncio.gather(
            self._server.takes_socket(), self._passwords()
        )
        self._socket = place if takes_socket and rfb.fits(place) else None
        if not self._socket:
            self._journal.add(f"{self._server.title} listens on a TCP port, with a password.")
        write_private(self._directory / _PASSWORDS, passwords)

    async def change_passwords(self) -> tuple[Secret, Secret]:
        """Have new passwords, for viewers that come from now on; return them, view-only last.

        Raises
        ------
        ColabWidgetError
            ``vnc_failed``; the passwords are those of before then.
        """
        before = self.password, self.view_only_password
        self.password, self.view_only_password = (new_password(PASSWORD_LENGTH) for _ in before)
        try:
            # The folder is the account's own by now.
            file = str(self._directory / _PASSWORDS)
            write = as_account(self._account, ["sh", "-c", _REPLACE, "sh", file])
            await _piped(write, await self._passwords(), "Its passwords could not be replaced.")
        except ColabWidgetError:
            self.password, self.view_only_password = before
            raise
        return self.password, self.view_only_password

    async def _passwords(self) -> bytes:
        """Return its passwords in the form that it reads: eight bytes each."""
        self._journal.redactor.add([self.password, self.view_only_password])
        asked = f"{self.password.reveal()}\n{self.view_only_password.reveal()}\n"
        failed = "Its passwords could not be written."
        make = [program(self._server.vncpasswd) or "", "-f"]
        written = await _piped(make, asked.encode(), failed)
        if len(written) != 2 * PASSWORD_LENGTH:
            raise ColabWidgetError("vnc_failed", reason=failed)
        return written

    async def start(self) -> None:
        """Start it, on the display that it had before if that is free, and wait for its greeting.

        Raises
        ------
        ColabWidgetError
            ``vnc_broken``: its program has ended, or does not greet. ``vnc_failed``: no display is
            free, or its key cannot be written.
        """
        x11.ensure_socket_directories()
        tried: set[int] = set()
        for attempt in range(_DISPLAY_TRIES):
            # Where it listens on a socket, the port may be in use by what leads there.
            if not (self._number and _is_free(self._number, with_port=not self.has_socket)):
                self._number = _free_display(tried)
            tried.add(self._number)
            await self._write_key()
            child = await self.launch(
                as_account(self._account, self._command()), oom_protected=True
            )
            write_private(self._record, f"{self._number} {child.pid}")
            if await self._greets(child):
                if self._server.needs_pointer_owner:
                    self._pointer_owner = PointerOwner(self._connection, self.pointer)
                return
            await self.close()
            taken = any("already" in line for line in self._said)
            if not taken or attempt == _DISPLAY_TRIES - 1:
                reason = self.last_words(f"No greeting after {_START_TIMEOUT:.0f} s.")
                raise self._server.no_start(reason)
            self._number = 0

    def is_worth_logging(self, line: str) -> bool:
        """Tell whether a line belongs into the journal: statistics do not."""
        return super().is_worth_logging(line) and not re.search(self._server.statistics, line)

    async def close(self) -> None:
        """Stop it, and remove everything that it has left in the file system."""
        if owner := self._pointer_owner:
            self._pointer_owner = None
            await owner.close()
        await self.stop(2.0)
        record = self._record
        await close_in_thread("the display", lambda: remove_leftovers(record), self._journal, 5)

    async def check(self) -> str:
        """Return what is wrong with it: whether it still accepts a client of X.

        It has one thread for X and for viewers, and logs nothing of clients of X.
        """
        return "" if await x11.accepts_client(self._number, self._key) else "does not answer"

    async def version(self) -> str:
        """Return name and version for people: ``"TigerVNC 1.12.0"``."""
        with contextlib.suppress(ColabWidgetError):
            return f"{self._server.title} {await self._server.asked_version()}"
        return self._server.title

    def _command(self) -> list[str]:
        passwords = self._directory / _PASSWORDS
        display = VncDisplay(
            self.display,
            self.port,
            self._geometry,
            self._depth,
            passwords,
            self.authority,
            self._socket,
        )
        return self._server.command(display)

    async def _write_key(self) -> None:
        """Write a fresh key to the display, for the server and for the account's programs."""
        self._key = x11.new_key(self._journal)
        files = [self.authority]
        if writes_at_home(self._account):  # else xauth would wait for 20 s
            files.append(Path(self._account.home, ".Xauthority"))
        for file in files:
            written = await x11.write_key(
                self._key, self.display, file, self._account, self._journal
            )
            if not written and file is self.authority:
                raise ColabWidgetError("vnc_failed", reason="The display's key was not written.")

    async def _greets(self, child: process.Child) -> bool:
        """Wait until it greets as a VNC server does (RFC 6143, 7.1.1), or has ended."""
        deadline = asyncio.get_running_loop().time() + _START_TIMEOUT
        while child.returncode is None and asyncio.get_running_loop().time() < deadline:
            if await rfb.greets(self._address):
                return child.returncode is None
            await asyncio.sleep(0.02)
        return False


async def _piped(arguments: list[str], given: bytes, failed: str) -> bytes:
    """Give a program bytes and return those that it prints; raise where it fails."""
    child = await process.pipe(arguments)
    try:
        written, _ = await asyncio.wait_for(child.communicate(given), _START_TIMEOUT)
    except asyncio.TimeoutError:
        written = b""
    finally:
        await process.close_piped(child)
    if child.returncode != 0:
        raise ColabWidgetError("vnc_failed", reason=failed)
    return written


def remove_leftovers(record: Path) -> None:
    """Remove what an X server that was killed has left, as its record names it."""
    try:
        number, pid = map(int, record.read_text().split())
    except (OSError, ValueError):
        return
    x11.remove_leftovers(number, pid)
    record.unlink(missing_ok=True)


def _free_display(tried: set[int]) -> int:
    for number in x11.DISPLAYS:
        if number not in tried and _is_free(number):
            return number
    raise ColabWidgetError("vnc_failed", reason="No display is free.")


def _is_free(number: int, *, with_port: bool = True) -> bool:
    """Tell whether a display is free, and the port that belongs to it."""
    if not x11.is_free(number):
        return False
    if not with_port:
        return True
    # Also as "localhost" may lead to: another account could wait there for the password.
    return all(_is_free_at(host, _FIRST_PORT + number) for host in ("127.0.0.1", "::1"))


def _is_free_at(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            return x11.can_bind(probe, (host, port))
    except OSError:
        if family == socket.AF_INET:
            raise
        return True  # a machine without IPv6
