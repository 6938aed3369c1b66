"""What a quick tunnel of Cloudflare's says of itself."""

from __future__ import annotations

from colabwidget.core.errors import ErrorText
from colabwidget.tunnels.spec import TunnelSpec

#: The release of cloudflared, and the SHA-256 of its files for Linux as its makers publish them.
VERSION = "2026.9.3"
SUMS = {
    "amd64": "77e26d8d900e0b8469f416239d14b5f296525fdf79fee6f511ef55609e3fbac2",
    "arm64": "aaeb2d7d0da3614634c7e03ab13487a1522c2e79165ed2929cfe23d5e95b326d",
}


def _for_linux(architecture: str) -> str:
    """Return the line that installs cloudflared on a user's computer."""
    folder = f"https://github.com/cloudflare/cloudflared/releases/download/{VERSION}"
    return (
        f"curl -fsSL {folder}/cloudflared-linux-{architecture} -o cloudflared && "
        f"echo '{SUMS[architecture]}  cloudflared' | sha256sum -c && "
        "sudo install cloudflared /usr/local/bin/"
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
    "Reachable from anywhere.",
    cost="no account; cloudflared on your computer",
    client={
        "name": "cloudflared",
        "ways": [
            {"value": "brew install cloudflared", "title": "macOS"},
            {"value": "winget install --id Cloudflare.cloudflared", "title": "Windows"},
            {"value": _for_linux("amd64"), "title": "Linux"},
            {"value": _for_linux("arm64"), "title": "Linux on ARM"},
        ],
        # Where its deb and rpm packages are, too.
        "link": "https://developers.cloudflare.com/cloudflare-one/connections/"
        "connect-networks/downloads/",
    },
    errors={"The tunnel": _ERRORS},
)
