"""Makes the tunnel that was asked for."""

from __future__ import annotations

from colabwidget.core.options import Options
from colabwidget.core.secrets import Secret
from colabwidget.tunnels import registry
from colabwidget.tunnels.base import Surroundings, Tunnel


def create(options: Options, token: Secret, surroundings: Surroundings) -> Tunnel:
    """Return the tunnel that was asked for, not yet open."""
    if options.tunnel == "direct":
        from colabwidget.tunnels.direct.tunnel import DirectTunnel

        return DirectTunnel(options.address, surroundings)
    if options.tunnel == "ngrok":
        from colabwidget.tunnels.ngrok.tunnel import NgrokTunnel

        return NgrokTunnel(token, options.region, surroundings)
    if options.tunnel == "relay":
        from colabwidget.tunnels.relay.tunnel import RelayTunnel

        return RelayTunnel(options, token, surroundings)
    if options.tunnel == "cloudflare":
        from colabwidget.tunnels.cloudflare.tunnel import CloudflareTunnel

        return CloudflareTunnel(options, token, surroundings)
    made: Tunnel = registry.load(options.tunnel)(options, token, surroundings)
    return made
