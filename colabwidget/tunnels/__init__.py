"""Tunnels: what makes a local port reachable, one file a provider."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from colabwidget.backend.journal import Journal
from colabwidget.backend.supervisor import Watched
from colabwidget.credentials import Secret
from colabwidget.details import Endpoint
from colabwidget.options import Options


@dataclass(frozen=True)
class Surroundings:
    """What a tunnel may use of the backend.

    Parameters
    ----------
    directory
        Private directory for files that a child needs.
    journal
        Where its log lines go.
    progress
        Gets what is going on, and how far it is (0 to 1).
    came_online
        Called when the tunnel takes its way to the outside for good again.
    """

    directory: Path
    journal: Journal
    progress: Callable[[str, float | None], None]
    came_online: Callable[[], None] = lambda: None


class Tunnel(Watched, Protocol):
    """One open way from the outside to a local port."""

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

    def online(self) -> bool:
        """Tell whether it takes its way to the outside for good; false where it cannot tell."""

    async def close(self) -> None:
        """End it, whatever state it is in."""


def create(options: Options, token: Secret, surroundings: Surroundings) -> Tunnel:
    """Return the tunnel that was asked for, not yet open."""
    if options.tunnel == "direct":
        from colabwidget.tunnels.direct import DirectTunnel

        return DirectTunnel(options.address, surroundings)
    from colabwidget.tunnels.ngrok import NgrokTunnel

    return NgrokTunnel(token, options.region, surroundings)
