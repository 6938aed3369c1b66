"""What the form needs to know of Cloudflare's quick tunnels."""

from __future__ import annotations

from colabwidget.tunnels.spec import provider

_CLOUDFLARED = (
    "curl -fsSL https://github.com/cloudflare/cloudflared/releases/latest/download/"
    "cloudflared-linux-{} -o cloudflared && sudo install cloudflared /usr/local/bin/"
)

SPEC = provider(
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
)
