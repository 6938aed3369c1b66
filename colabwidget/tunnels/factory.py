"""Makes the tunnel that was asked for."""

from __future__ import annotations

from colabwidget.core.options import Options
from colabwidget.core.secrets import Secret
from colabwidget.tunnels import registry
from colabwidget.tunnels.base import Tunnel, TunnelContext


def create(options: Options, token: Secret, context: TunnelContext) -> Tunnel:
    """Return the tunnel that was asked for, not yet open."""
    if options.tunnel == "direct":
        from colabwidget.tunnels.direct.tunnel import DirectTunnel

        return DirectTunnel(options.address, context)
    if options.tunnel == "ngrok":
        from colabwidget.tunnels.ngrok.tunnel import NgrokTunnel

        return NgrokTunnel(token, options.region, context)
    if options.tunnel == "relay":
        from colabwidget.tunnels.relay.tunnel import RelayTunnel

        return RelayTunnel(options, token, context)
    if options.tunnel == "cloudflare":
        from colabwidget.tunnels.cloudflare.tunnel import CloudflareTunnel

        return CloudflareTunnel(options, token, context)
    made: Tunnel = registry.load(options.tunnel)(options, token, context)
    return made
