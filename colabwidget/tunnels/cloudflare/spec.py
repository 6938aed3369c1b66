"""What a quick tunnel of Cloudflare's says of itself."""

from __future__ import annotations

from colabwidget.core.errors import ErrorText
from colabwidget.tunnels.spec import TunnelSpec

_CLOUDFLARED = (
    "curl -fsSL https://github.com/cloudflare/cloudflared/releases/latest/download/"
    "cloudflared-linux-{} -o cloudflared && sudo install cloudflared /usr/local/bin/"
)

_ERRORS = {
    "cloudflare_busy": ErrorText(
        "Cloudflare opens no more tunnels for now.",
        "Too many were asked for from this machine's address (429).",
        "Choose another tunnel, or connect again later: it may take an hour.",
        offers_tunnels=True,
        retry="patiently",
    ),
}

SPEC = TunnelSpec(
    "cloudflare",
    "Cloudflare",
    "Reachable from anywhere, without an account. Your computer needs cloudflared.",
    client={
        "name": "cloudflared",
        "ways": [
            {"value": "brew install cloudflared", "title": "macOS"},
            {"value": "winget install --id Cloudflare.cloudflared", "title": "Windows"},
            {"value": _CLOUDFLARED.format("amd64"), "title": "Linux"},
            {"value": _CLOUDFLARED.format("arm64"), "title": "Linux on ARM"},
        ],
        # Where its deb and rpm packages are, too.
        "link": "https://developers.cloudflare.com/cloudflare-one/connections/"
        "connect-networks/downloads/",
    },
    errors={"The tunnel": _ERRORS},
)
