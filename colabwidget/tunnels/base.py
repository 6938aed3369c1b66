"""What every tunnel is, and what it may use of the backend."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol

from colabwidget.core.endpoint import Endpoint
from colabwidget.core.errors import ColabWidgetError
from colabwidget.runtime.journal import Journal
from colabwidget.runtime.supervisor import Watched
from colabwidget.tunnels.spec import TunnelSpec


@dataclass(frozen=True)
class TunnelContext:
    """What a tunnel may use of the backend.

    Parameters
    ----------
    directory
        Private directory for files that a child needs.
    journal
        Where its log lines go.
    progress
        Gets what is going on, and how far it is (0 to 1).
    on_online
        Called when the tunnel considers itself connected again.
    previous_endpoint
        Where the session was reachable until its tunnel broke; clients know that address.
    """

    directory: Path
    journal: Journal
    progress: Callable[[str, float | None], None]
    on_online: Callable[[], None] = lambda: None
    previous_endpoint: Endpoint | None = None


class Tunnel(Watched, Protocol):
    """What makes a port of 127.0.0.1 reachable from outside; made of options, token and context.

    A class that inherits from it has the attributes below as they suit most tunnels.
    """

    spec: ClassVar[TunnelSpec]
    #: Seconds that a new address may take until it leads here.
    reachable_within: float = 12.0
    #: Seconds after which it has noticed by itself that its connection is lost.
    notices_loss_within: float = 30.0

    async def prepare(self) -> None:
        """Do what can be done before the local port is there: download, sign in.

        Raises
        ------
        ColabWidgetError
            With the cause.
        """

    async def open(self, local_port: int) -> Endpoint:
        """Make a port of 127.0.0.1 reachable and return where.

        Raises
        ------
        ColabWidgetError
            With the cause.
        """

    def is_online(self) -> bool:
        """Tell whether it considers itself connected; false where it cannot tell."""

    def loopback_command(self) -> Sequence[str] | None:
        """Return the command that connects this machine through the tunnel, as a client's does.

        Where the endpoint has a proxy or a jump host, a program here does what they do: it
        carries a connection on its stdin and stdout. ``None`` where there is no such
        program: the way in is then not verified. Empty where clients connect to the endpoint
        itself.
        """
        return ()

    def end_error(self) -> ColabWidgetError | None:
        """Return why a tunnel that has ended is not to be opened again without a click.

        ``None`` for one that may be.
        """
        return None

    def connections(self) -> int | None:
        """Return how many connections have come through it; ``None`` where it cannot tell."""
        return None

    def client_address(self, port: int) -> str:
        """Return the address of the client whose connection comes from a port of 127.0.0.1.

        Empty where it cannot tell.
        """
        return ""

    async def close(self) -> None:
        """End it, whatever state it is in."""
