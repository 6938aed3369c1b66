"""A quick tunnel of Cloudflare's, by its program cloudflared: no account is needed."""

from __future__ import annotations

from collections.abc import Sequence

from colabwidget.details import Endpoint
from colabwidget.providers import BUILT_IN
from colabwidget.tunnels.program import ProgramTunnel


class CloudflareTunnel(ProgramTunnel):
    """A quick tunnel; parameters as those of `ProgramTunnel`."""

    provider = BUILT_IN["cloudflare"]

    def command(self, local_port: int) -> Sequence[str]:
        """Return cloudflared's command line."""
        url = f"ssh://localhost:{local_port}"
        return ["cloudflared", "tunnel", "--no-autoupdate", "--url", url]

    def heard(self, line: str) -> Endpoint | None:
        """Return the host name that it was given."""
        for word in line.split():
            if word.startswith("https://") and word.endswith(".trycloudflare.com"):
                host = word.removeprefix("https://")
                return Endpoint(host, 22, proxy="cloudflared access ssh --hostname %h")
        return None
