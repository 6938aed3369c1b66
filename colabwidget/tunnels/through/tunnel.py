"""No tunnel: clients come through the notebook's own server, to a Unix socket of the backend's."""

from __future__ import annotations

from colabwidget.core.client_commands import ALIAS
from colabwidget.core.endpoint import Endpoint
from colabwidget.core.options import Options
from colabwidget.core.secrets import Secret
from colabwidget.runtime.supervisor import NeverFails
from colabwidget.tunnels.base import Tunnel, TunnelContext
from colabwidget.tunnels.through.spec import SPEC

_SSH_PORT = 22


class ThroughTunnel(NeverFails, Tunnel):
    """A name that ssh knows on paired computers; parameters as `Tunnel`'s.

    The backend serves their links, see `colabwidget.backend.through`.
    """

    spec = SPEC
    title = "the way through the notebook's server"
    gone = "tunnel_gone"

    def __init__(self, options: Options, token: Secret, context: TunnelContext) -> None:
        self._is_open = False

    async def prepare(self) -> None:
        """Do nothing."""

    async def open(self, local_port: int) -> Endpoint:
        """Return the name by which a paired computer knows the session."""
        self._is_open = True
        return Endpoint(ALIAS, _SSH_PORT)

    def is_online(self) -> bool:
        """Return false: only a client knows whether the server is reached."""
        return False

    def running(self) -> bool:
        """Tell whether it is open."""
        return self._is_open

    def loopback_command(self) -> None:
        """Return nothing: a paired computer comes in, and no other."""

    async def close(self) -> None:
        """Close it."""
        self._is_open = False


TUNNEL = ThroughTunnel
