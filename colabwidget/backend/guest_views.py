"""What guests see: one terminal of the notebook, or the desktop; each for one guest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from colabwidget.access.guest import SECRET, SOCKET, Guest
from colabwidget.backend.streams.shell import Shell
from colabwidget.backend.streams.watching import Watching
from colabwidget.core.invitation import Sight
from colabwidget.core.secrets import Secret, new_password
from colabwidget.desktops.desktop import Desktop
from colabwidget.desktops.rfb.handshake import Passwords
from colabwidget.desktops.rfb.relay import Relay
from colabwidget.runtime.journal import Journal
from colabwidget.system.rights import user_id

_VIEWS_MAX = 4
_VNC_PASSWORD = 8  # characters: VNC looks at no more


class GuestView(Protocol):
    """What a guest sees."""

    sees: Sight
    #: Whether the guest may type there.
    typing: bool
    #: Of a viewer of the desktop.
    password: Secret | None

    async def open(self, guest: Guest) -> int:
        """Serve it to a guest; return the port of 127.0.0.1, or 0 where it is no port."""

    def why_gone(self) -> str:
        """Say what has become of it, as part of a sentence; empty while it is there."""

    async def close(self) -> None:
        """End what the guest sees, at once."""


@dataclass
class GuestShell:
    """A terminal of the notebook.

    Parameters
    ----------
    shell
        What runs in it.
    typing
        Whether the guest may type.
    """

    shell: Shell
    typing: bool
    sees: Sight = "shell"
    password: Secret | None = None
    _watching: Watching | None = None

    async def open(self, guest: Guest) -> int:
        """Serve it at the socket in the guest's folder."""
        self._watching = Watching(
            self.shell,
            guest.place / SOCKET,
            (guest.place / SECRET).read_text(),
            user_id() if guest.uid is None else guest.uid,
            typing=self.typing,
            views_max=_VIEWS_MAX if guest.key else 1,
        )
        await self._watching.start(None if guest.uid is None else guest.place.stat().st_gid)
        return 0

    def why_gone(self) -> str:
        """Tell whether the shell has ended."""
        return "the terminal has ended" if self.shell.ended.is_set() else ""

    async def close(self) -> None:
        """End the views of it."""
        if self._watching:
            self._watching.close()


class GuestDesktop:
    """The desktop, to look at; a filter of the backend's keeps the guest from all input.

    Parameters
    ----------
    desktop
        What is shown.
    journal
        Gets a line for each viewer.
    """

    sees: Sight = "desktop"
    typing = False

    def __init__(self, desktop: Desktop, journal: Journal) -> None:
        self._desktop = desktop
        self._journal = journal
        self._relay: Relay | None = None
        self.password: Secret | None = None

    async def open(self, guest: Guest) -> int:
        """Serve it on a port that only the guest's account, root and we can use."""
        self.password = password = new_password(_VNC_PASSWORD)
        self._journal.redactor.add([password])
        user = user_id() if guest.uid is None else guest.uid
        self._relay = Relay(
            self._desktop.connect, lambda: Passwords(None, password), user, self._journal
        )
        await self._relay.open(0)
        return self._relay.port

    def why_gone(self) -> str:
        """Tell whether the desktop has ended."""
        return "" if self._desktop.facts else "the desktop has ended"

    async def close(self) -> None:
        """End its viewers."""
        if self._relay:
            await self._relay.close()
