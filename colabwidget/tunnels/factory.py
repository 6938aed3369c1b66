"""Makes the tunnel that was asked for."""

from __future__ import annotations

from colabwidget.core.options import Options
from colabwidget.core.secrets import Secret
from colabwidget.tunnels import registry
from colabwidget.tunnels.base import Tunnel, TunnelContext


def create(options: Options, token: Secret, context: TunnelContext) -> Tunnel:
    """Return the tunnel that was asked for, not yet open.

    Raises
    ------
    ColabWidgetError
        ``tunnel_unknown``, or ``tunnel_broken`` where its package cannot be loaded.
    """
    made: Tunnel = registry.load(options.tunnel)(options, token, context)
    return made
