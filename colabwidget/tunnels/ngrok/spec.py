"""What the form needs to know of ngrok."""

from __future__ import annotations

from colabwidget.tunnels.spec import provider

# ngrok's points of presence: https://ngrok.com/docs/network-edge/points-of-presence
_REGIONS = {
    "": "Automatic (nearest)",
    "us": "United States",
    "us-cal-1": "United States (California)",
    "eu": "Europe",
    "ap": "Asia/Pacific",
    "au": "Australia",
    "sa": "South America",
    "jp": "Japan",
    "in": "India",
}

SPEC = provider(
    "ngrok",
    "ngrok",
    "Reachable from anywhere. Needs a free ngrok account.",
    needs_token=True,
    token_url="https://dashboard.ngrok.com/get-started/your-authtoken",
    token_secret="NGROK_AUTHTOKEN",
    regions=[{"value": v, "title": t} for v, t in _REGIONS.items()],
)
