"""What ngrok says of itself, and what its refusals mean."""

from __future__ import annotations

import re

from colabwidget.core.errors import ColabWidgetError, ErrorText
from colabwidget.core.secrets import Secret
from colabwidget.tunnels.ngrok import texts
from colabwidget.tunnels.spec import Metered, TunnelSpec, words_of

# The expressions are compiled at their first use.
_TOKEN = r"[A-Za-z0-9_\-.]{16,200}"
_PAGE = "The authtoken stands on a page of its own in ngrok's dashboard, Your Authtoken."
# What surely is no authtoken, and what it is: ngrok's own ids begin with the kind of thing.
_OTHERS = {
    r"(?<![A-Za-z0-9])ak_[A-Za-z0-9_]{16,}": f"It is an API key, which begins with ak_. {_PAGE}",
    r"(?<![A-Za-z0-9])(?:tn|ts|ep|rd|ra|ac|usr|bot|sshcr|edg(?:tcp|tls|hts))_[A-Za-z0-9]{20,}$": (
        f"It is the id of a tunnel, an endpoint or the like. {_PAGE}"
    ),
    r"^\S+@[\w-]+(?:\.[\w-]+)+$": f"It is an e-mail address. {_PAGE}",
    r"^[a-z]+://|^[\w.-]*ngrok[\w-]*\.(?:com|io|app|dev)\b": (
        f"It is the address of a page or of a tunnel. {_PAGE}"
    ),
    r"\bPRIVATE KEY\b": "It is a private key, which must never leave your computer.",
    r"^(?:ssh|ecdsa|sk)-\S+\s+AAAA": "It is a key for SSH, which belongs under More.",
    r"^\W*(?:[A-Z][A-Z0-9]*_)+[A-Z]+\W*$|(?i:get\w*|environ)\W+\w+\W*$|^\$[{A-Z]|(?i:\byour_)": (
        "It is the name of an authtoken, or stands for one, and not the authtoken itself. If a "
        "secret has it, give the secret's name."
    ),
    r"\.\.\.|[…•*]": "A part of it is hidden. Show it on ngrok's page first, or press Copy there.",
}

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
    from colabwidget.core.pasted_tokens import other_service  # a form is shown without it

    words = words_of(pasted)
    first, *others = words
    for pattern, reason in _OTHERS.items():
        if re.search(pattern, " ".join(words)):
            raise ColabWidgetError("token_unusable", reason=reason)
    if owner := other_service(first):
        raise ColabWidgetError("token_unusable", reason=f"It is a token of {owner}. {_PAGE}")
    if others:
        reason = "It has spaces inside, or is more than one."
        raise ColabWidgetError("token_unusable", reason=reason)
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
    "Reachable from anywhere.",
    cost="free account, payment card (not charged)",
    needs_token=True,
    token_url=texts.TOKEN_PAGE,
    token_secret="NGROK_AUTHTOKEN",
    regions=[{"value": value, "title": title} for value, title in _REGIONS.items()],
    region_hint="ngrok has deprecated the choice: its agent takes the nearest region.",
    metered=Metered(
        limits="Free plans have 5,000 connections and 1 GB a month, 100 connections a minute, "
        "3 agents and 3 endpoints at a time.",
        month=1_000_000_000,
        usage_url=texts.USAGE_PAGE,
    ),
    parse_token=parse_token,
    errors={
        "What you asked for": _OPTIONS,
        "The tunnel": texts.AGENT,
        "What ngrok says": texts.REFUSALS,
    },
)
