"""What ngrok says of itself, and what its refusals mean."""

from __future__ import annotations

import re

from colabwidget.core.errors import ColabWidgetError, ErrorText
from colabwidget.core.secrets import Secret
from colabwidget.tunnels.ngrok import texts
from colabwidget.tunnels.spec import TunnelSpec, words_of

_TOKEN = r"[A-Za-z0-9_\-.]{16,200}"  # compiled at its first use

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

_OPTIONS = {
    "token_unusable": ErrorText(
        "That is not an ngrok authtoken.",
        "{reason}",
        "Copy the authtoken from your ngrok dashboard and paste it again.",
        texts.TOKEN_PAGE,
        "token",
        usual="It is too short, or has characters that no authtoken has: half of it, or "
        "something else.",
    ),
}


def parse_token(pasted: str) -> Secret:
    """Return the authtoken, without the quotes and options that it was pasted with.

    Raises
    ------
    ColabWidgetError
        ``token_unusable``, never with what was pasted.
    """
    first, *others = words_of(pasted)
    if others:
        raise ColabWidgetError("token_unusable", reason="It has spaces inside.")
    if not re.fullmatch(_TOKEN, first):
        reason = (
            "It is too short."
            if len(first) < 16
            else "It has characters that no authtoken has, or is too long."
        )
        raise ColabWidgetError("token_unusable", reason=reason)
    return Secret(first)


SPEC = TunnelSpec(
    "ngrok",
    "ngrok",
    "Reachable from anywhere. Needs a free ngrok account.",
    needs_token=True,
    token_url=texts.TOKEN_PAGE,
    token_secret="NGROK_AUTHTOKEN",
    regions=[{"value": value, "title": title} for value, title in _REGIONS.items()],
    parse_token=parse_token,
    errors={
        "What you asked for": _OPTIONS,
        "The tunnel": texts.AGENT,
        "What ngrok says": texts.REFUSALS,
    },
)
