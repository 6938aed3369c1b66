"""VNC servers: which one, its command line, its passwords; one display, on 127.0.0.1 only."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import re
import secrets
import socket
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path

from colabwidget.access.account import Account, as_account
from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.secrets import new_password
from colabwidget.runtime import process
from colabwidget.runtime.apt import Need, program
from colabwidget.runtime.journal import Journal
from colabwidget.runtime.service import Service
from colabwidget.system.files import write_private

PASSWORD_LENGTH = 8  # all that the protocol looks at
RECORD = "display"  # file with the display that is open, for the backend after a killed one
_FIRST_PORT = 5900
_DISPLAYS = range(1, 100)
_DISPLAY_TRIES = 3
_START_TIMEOUT = 10.0  # seconds
_CHECK_TIMEOUT = 10.0  # seconds
_KEY_KIND = "MIT-MAGIC-COOKIE-1"
_WELCOME = b"\1"  # first byte of X's answer to a client that it takes
_SOCKETS = Path("/tmp/.X11-unix")  # noqa: S108  where every X server has them
ICE_SOCKETS = Path("/tmp/.ICE-unix")  # noqa: S108  of session managers
# All viewers come from 127.0.0.1: a few wrong passwords must not lock out their owner. Guessing
# is hopeless all the same, with passwords of 46 bits.
_FAILURES = "1000000"


@dataclass(frozen=True)
class Server:
    """A kind of VNC server.

    Parameters
    ----------
    name, title
        As in the options, and for people.
    xvnc, vncpasswd
        Its programs.
    needs
        What brings it; empty where it is a released package of its own.
    """

    name: str
    title: str
    xvnc: str
    vncpasswd: str
    needs: tuple[Need, ...] = ()

    def installed(self) -> bool:
        """Tell whether it is there."""
        return bool(program(self.xvnc) and program(self.vncpasswd))


TURBOVNC = Server("turbovnc", "TurboVNC", "/opt/TurboVNC/bin/Xvnc", "/opt/TurboVNC/bin/vncpasswd")
TIGERVNC = Server(
    "tigervnc",
    "TigerVNC",
    "Xtigervnc",
    "tigervncpasswd",
    (
        Need("Xtigervnc", "tigervnc-standalone-server"),
        Need("tigervncpasswd", "tigervnc-tools"),
    ),
)


class VncService(Service):
    """An X server that viewers look at.

    Parameters
    ----------
    server
        Which one.
    account
        As whom it runs.
    geometry, depth
        As in the options.
    directory
        Private directory for its files; the account's own from `start` on.
    record
        Where it is written which display is open.
    journal
        Where its lines go.
    """

    def __init__(
        self,
        server: Server,
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
        self._cookie = b""
        self.password = new_password(PASSWORD_LENGTH)
        self.view_only_password = new_password(PASSWORD_LENGTH)

    @property
    def display(self) -> str:
        """X display: ``":1"``."""
        return f":{self._number}"

    @property
    def port(self) -> int:
        """TCP port on 127.0.0.1."""
        return _FIRST_PORT + self._number

    @property
    def authority(self) -> Path:
        """File with the key to the display."""
        return self._directory / "Xauthority"

    def prepare(self) -> None:
        """Write down its passwords, in the form that it reads.

        Raises
        ------
        ColabWidgetError
            ``vnc_failed``.
        """
        self._journal.redactor.add([self.password, self.view_only_password])
        asked = f"{self.password.reveal()}\n{self.view_only_password.reveal()}\n"
        # It writes bytes, not lines, and needs no time to speak of.
        done = subprocess.run(
            [program(self._server.vncpasswd) or "", "-f"],
            input=asked.encode(),
            capture_output=True,
            check=False,
            timeout=_START_TIMEOUT,
        )
        # Eight bytes each, one behind the other.
        if done.returncode != 0 or len(done.stdout) != 2 * PASSWORD_LENGTH:
            raise ColabWidgetError("vnc_failed", reason="Its passwords could not be written.")
        write_private(self._directory / "passwd", done.stdout)

    async def start(self) -> None:
        """Start it, on the display that it had before if that is free, and wait for its greeting.

        Raises
        ------
        ColabWidgetError
            ``vnc_failed``.
        """
        for directory in (_SOCKETS, ICE_SOCKETS):
            _ensure_socket_directory(directory)
        tried: set[int] = set()
        for attempt in range(_DISPLAY_TRIES):
            if not (self._number and _is_free(self._number)):
                self._number = _free_display(tried)
            tried.add(self._number)
            await self._write_key()
            child = await self.launch(
                as_account(self._account, self._command()), oom_protected=True
            )
            write_private(self._record, f"{self._number} {child.pid}")
            if await self._greets(child):
                return
            await self.close()
            taken = any("already" in line for line in self._said)
            if not taken or attempt == _DISPLAY_TRIES - 1:
                reason = self.last_words(f"No greeting after {_START_TIMEOUT:.0f} s.")
                raise ColabWidgetError("vnc_failed", reason=reason)
            self._number = 0

    async def close(self) -> None:
        """Stop it, and remove everything that it has left in the file system."""
        await self.stop(2.0)
        remove_traces(self._record)

    async def check(self) -> str:
        """Return what is wrong with it: whether it still takes a client of X.

        It has one thread for X and for viewers, and says nothing of clients of X.
        """
        place = f"{_SOCKETS}/X{self._number}"
        # The first has no file that a clean-up of /tmp could remove.
        for address in (f"\0{place}", place):
            with contextlib.suppress(OSError, asyncio.TimeoutError):
                reader, writer = await asyncio.open_unix_connection(address)
                try:
                    writer.write(_hello(self._cookie))
                    if await asyncio.wait_for(reader.read(1), _CHECK_TIMEOUT) == _WELCOME:
                        return ""
                finally:
                    writer.close()
        return "does not answer"

    async def version(self) -> str:
        """Return name and version for people: ``"TigerVNC 1.12.0"``."""
        _, said = await process.output([self._server.xvnc, "-version"])
        match = re.search(r"(?:TigerVNC|Xvnc).*?\bv?(\d+(?:\.\d+)+)", said)
        return f"{self._server.title} {match.group(1)}" if match else self._server.title

    def _command(self) -> list[str]:
        common = [
            self.display,
            *("-desktop", "colabwidget"),
            *("-geometry", self._geometry, "-depth", str(self._depth)),
            *("-rfbport", str(self.port), "-rfbauth", str(self._directory / "passwd")),
            *("-auth", str(self.authority), "-nolisten", "tcp"),
            *("-s", "0", "-dpms"),  # no screen saver
        ]
        if self._server is TURBOVNC:
            options = ["-localhost", "-securitytypes", "vnc", "-alwaysshared", "-noreverse"]
            options += ["-deferupdate", "1", "-maxauthfails", _FAILURES, *_turbovnc_paths()]
        else:
            options = ["-localhost=1", "-SecurityTypes=VncAuth", "-AlwaysShared=1"]
            options += [f"-BlacklistThreshold={_FAILURES}"]
        return [program(self._server.xvnc) or "", *common, *options]

    async def _write_key(self) -> None:
        """Write a fresh key to the display, for the server and for the account's programs."""
        cookie = secrets.token_hex(16)
        self._cookie = bytes.fromhex(cookie)
        entry = f"add {self.display} {_KEY_KIND} {cookie}\n"
        self._journal.redactor.add([cookie])
        for file in (self.authority, Path(self._account.home, ".Xauthority")):
            xauth = as_account(self._account, ["xauth", "-q", "-f", str(file), "source", "-"])
            if await process.run(xauth, self._journal, text=entry) != 0 and file is self.authority:
                raise ColabWidgetError("vnc_failed", reason="The display's key was not written.")

    async def _greets(self, child: process.Child) -> bool:
        """Wait until it greets as a VNC server does (RFC 6143, 7.1.1), or has ended."""
        deadline = asyncio.get_running_loop().time() + _START_TIMEOUT
        while child.returncode is None and asyncio.get_running_loop().time() < deadline:
            with contextlib.suppress(OSError, asyncio.TimeoutError):
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
                try:
                    greeting = await asyncio.wait_for(reader.read(12), 2.0)
                finally:
                    writer.close()
                if greeting.startswith(b"RFB "):
                    return child.returncode is None
            await asyncio.sleep(0.02)
        return False


def _hello(cookie: bytes) -> bytes:
    """Return how a client of X begins (X Window System Protocol, chapter 8)."""
    kind = _KEY_KIND.encode()
    padded = kind + bytes(-len(kind) % 4)
    return struct.pack("<BxHHHHxx", ord("l"), 11, 0, len(kind), len(cookie)) + padded + cookie


def remove_traces(record: Path) -> None:
    """Remove what an X server that was killed has left, as its record names it."""
    try:
        number, pid = record.read_text().split()
    except (OSError, ValueError):
        return
    lock = Path(f"/tmp/.X{number}-lock")  # noqa: S108
    with contextlib.suppress(OSError):
        if lock.read_text().strip() == pid:
            lock.unlink()
            (_SOCKETS / f"X{number}").unlink(missing_ok=True)
    record.unlink(missing_ok=True)


def _turbovnc_paths() -> list[str]:
    """Return where its own start script would look for the system's parts of X."""
    options = []
    drivers = [Path("/usr/lib64/dri"), *Path("/usr/lib").glob("*-linux-gnu/dri")]
    registries = [Path("/usr/lib/xorg"), Path("/usr/lib64/xorg")]
    for option, mark, folders in (
        ("-dridir", "swrast_dri.so", drivers),
        ("-registrydir", "protocol.txt", registries),
    ):
        found = next((folder for folder in folders if (folder / mark).exists()), None)
        options += [option, str(found)] if found else []
    return options


def _free_display(tried: set[int]) -> int:
    for number in _DISPLAYS:
        if number not in tried and _is_free(number):
            return number
    raise ColabWidgetError("vnc_failed", reason="No display is free.")


def _is_free(number: int) -> bool:
    """Tell whether nobody has the display, nor the port that belongs to it."""
    if Path(f"/tmp/.X{number}-lock").exists() or (_SOCKETS / f"X{number}").exists():  # noqa: S108
        return False
    with socket.socket(socket.AF_UNIX) as abstract, socket.socket() as port:
        port.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            abstract.bind(f"\0{_SOCKETS}/X{number}")
            port.bind(("127.0.0.1", _FIRST_PORT + number))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            return False
    return True


def _ensure_socket_directory(directory: Path) -> None:
    """Have a directory of X's sockets, as the system makes it at boot."""
    with contextlib.suppress(OSError):  # not ours: the server says what it thinks of it
        if not directory.exists():
            directory.mkdir()
            directory.chmod(0o1777)
