"""What a desktop is made of: a VNC server that draws it, and a desktop environment on that."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.options import VNC_SERVERS
from colabwidget.runtime import process
from colabwidget.runtime.apt import Need, program
from colabwidget.runtime.releases.debs import Release

_SOCKET_OPTION = "rfbunixpath"
_File = tuple[str, int, int]
#: What programs have told of themselves.
_VERSIONS: dict[_File, str] = {}


def _file(path: str) -> _File:
    """Return what tells a program from another version of it."""
    with contextlib.suppress(OSError):
        found = Path(path).stat()
        return path, found.st_ino, found.st_mtime_ns
    return path, 0, 0


@dataclass(frozen=True)
class DesktopEnvironment:
    """A desktop environment; each is a folder of `colabwidget.desktops.environments`.

    Parameters
    ----------
    name, title
        The folder's name, and the name for people.
    needs
        The programs and files that it takes, with the packages that bring them.
    command
        Starts its session, which lasts until the user logs out.
    parts
        Names of the processes (``comm`` of proc(5), at most 15 characters) that run once the
        session is drawn.
    variables
        Variables that tell programs of it, such as ``XDG_CURRENT_DESKTOP``.
    defaults
        Folder that is copied for each session and is the first of its ``XDG_CONFIG_DIRS``;
        ``None`` for none. ``@UNIQUE@`` in its files is a word that no other session has.
    leftovers
        Patterns of files in ``/tmp`` that its programs leave behind.
    density
        Returns the command lines that have it drawn for a screen with so many per cent of a usual
        one's pixels; 100 puts back what they have changed. Empty where it cannot be told.
    own
        Patterns of names of its own programs: they have the system's environment also where they
        are started from a menu.
    """

    name: str
    title: str
    needs: tuple[Need, ...]
    command: tuple[str, ...]
    parts: frozenset[str]
    variables: Mapping[str, str] = field(default_factory=dict)
    defaults: Path | None = None
    leftovers: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    density: Callable[[int], Sequence[Sequence[str]]] = lambda percent: ()


@dataclass(frozen=True)
class VncDisplay:
    """The display that a VNC server is to serve.

    Parameters
    ----------
    name
        X display: ``":1"``.
    port
        TCP port for viewers, on 127.0.0.1 only, where there is no socket.
    geometry, depth
        Size in pixels, ``"WIDTHxHEIGHT"``, and bits per pixel.
    passwords, authority
        Files with the passwords of viewers, and with the key of X clients.
    socket
        Unix socket for viewers, in a private folder of the account; ``None`` for a TCP port.
    """

    name: str
    port: int
    geometry: str
    depth: int
    passwords: Path
    authority: Path
    socket: Path | None = None


@dataclass(frozen=True)
class VncServer:
    """A VNC server of the Xvnc family; each is a file of `colabwidget.desktops.servers`.

    Parameters
    ----------
    name
        As in `colabwidget.core.options.VNC_SERVERS`, which has its title.
    xvnc, vncpasswd
        Its programs. The second gets the passwords, a line each, and prints them as the first
        reads them, eight bytes each.
    options
        Returns the options that only this server has. Those have to let viewers share the display,
        and lock out no address after wrong passwords: all viewers come from the same one.
    port_options
        Further options on a TCP port: they keep viewers to 127.0.0.1, and ask for a VNC password.
    socket_options
        Further options on a Unix socket: no TCP port for viewers, mode 0600, and the security types
        *None* and *VNC authentication* (RFC 6143), of which a viewer chooses. Empty for a server
        that cannot listen on one; of any other, each version is asked.
    version
        Pattern whose first group is the version, in what ``xvnc -version`` prints.
    needs
        What brings it from the system's packages; empty where it comes as a released package.
    releases
        Its released packages, one for each architecture.
    statistics
        Pattern of the lines with which it counts what viewers have seen; they are no news.
    needs_pointer_owner
        Whether it answers each request of a picture at once while no viewer owns the pointer; see
        `colabwidget.desktops.rfb.pointer_owner`.
    """

    name: str
    xvnc: str
    vncpasswd: str
    options: Callable[[], Sequence[str]]
    version: str
    port_options: tuple[str, ...] = ()
    socket_options: tuple[str, ...] = ()
    needs: tuple[Need, ...] = ()
    releases: tuple[Release, ...] = ()
    statistics: str = r"(?!)"
    needs_pointer_owner: bool = False

    @property
    def title(self) -> str:
        """Name for people."""
        return VNC_SERVERS[self.name]

    def is_installed(self) -> bool:
        """Tell whether its programs are there."""
        return bool(program(self.xvnc) and program(self.vncpasswd))

    async def asked_version(self) -> str:
        """Start the program and have it tell its version, such as ``"1.12.0"``.

        The same file is asked once: it has told that it starts.

        Raises
        ------
        ColabWidgetError
            ``vnc_broken``: a library is missing, or older than what it needs.
        """
        path = program(self.xvnc) or self.xvnc
        file = _file(path)
        if file in _VERSIONS:
            return _VERSIONS[file]
        status, said = await process.output([path, "-version"])
        if found := re.search(self.version, said):
            version = _VERSIONS[file] = found.group(1)
            return version
        lines = [line.strip() for line in said.splitlines() if line.strip()]
        last = lines[-1].removeprefix(f"{self.xvnc}: ") if lines else f"It ended with {status}"
        raise self.no_start(f"{last.rstrip('.')}.")

    def no_start(self, reason: str) -> ColabWidgetError:
        """Return what is said where it is installed and does not start."""
        return ColabWidgetError("vnc_broken", name=self.title, reason=reason)

    async def takes_socket(self) -> bool:
        """Ask the program whether it can listen on a Unix socket."""
        if not self.socket_options:
            return False
        _, said = await process.output([program(self.xvnc) or self.xvnc, "-help"])
        return _SOCKET_OPTION in said

    def command(self, display: VncDisplay) -> list[str]:
        """Return the command line that serves a display."""
        if display.socket:
            listens = [f"-{_SOCKET_OPTION}", str(display.socket), *self.socket_options]
        else:
            listens = ["-rfbport", str(display.port), *self.port_options]
        return [
            program(self.xvnc) or self.xvnc,
            display.name,
            *("-desktop", "colabwidget"),
            *("-geometry", display.geometry, "-depth", str(display.depth)),
            *(*listens, "-rfbauth", str(display.passwords)),
            *("-auth", str(display.authority), "-nolisten", "tcp"),
            *("-s", "0", "-dpms"),  # no screen saver
            *self.options(),
        ]


#: Bytes of a text that a viewer may put on the desktop's clipboard, as the page says it.
TEXT_MAX = 4 * 1024 * 1024
#: Wrong passwords after which a server may lock out an address. Passwords of 46 bits cannot be
#: guessed all the same.
FAILURES_MAX = "1000000"
