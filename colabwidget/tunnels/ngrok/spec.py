"""What ngrok says of itself, and what its refusals mean."""

from __future__ import annotations

import re

from colabwidget.core.errors import ColabWidgetError, ErrorText
from colabwidget.core.secrets import Secret
from colabwidget.tunnels.spec import TunnelSpec, words_of

_TOKEN_PAGE = "https://dashboard.ngrok.com/get-started/your-authtoken"
_AGENTS_PAGE = "https://dashboard.ngrok.com/agents"
_CARD_PAGE = "https://dashboard.ngrok.com/settings#id-verification"
_ERRORS_PAGE = "https://ngrok.com/docs/errors/"

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
        _TOKEN_PAGE,
        "token",
        usual="It is too short, or has characters that no authtoken has: half of it, or "
        "something else.",
    ),
}

_AGENT = {
    "agent_download_failed": ErrorText(
        "The ngrok agent could not be downloaded.",
        "{reason}",
        "Check this machine's network, or put the ngrok program on the PATH.",
        "https://ngrok.com/download",
        usual="bin.ngrok.com was not reached, or the disk is full.",
        offers_tunnels=True,
    ),
    "agent_unusable": ErrorText(
        "The ngrok agent cannot be run.",
        "{reason}",
        "Delete {path} and connect again: it is then downloaded anew.",
        usual="It is made for another processor, is damaged, or may not be executed.",
    ),
    "agent_silent": ErrorText(
        "The ngrok agent did not answer.",
        "It said nothing for {seconds} s.",
        "Connect again. If it happens again, check this machine's network.",
        retry="patiently",
    ),
    "agent_exited": ErrorText(
        "The ngrok agent ended.",
        "{reason}",
        "Connect again. The log has what it said.",
        usual="Somebody ended it, or it gave up, which its last words explain.",
        retry="a few times",
    ),
}

# By ngrok's codes: https://ngrok.com/docs/errors/
_REFUSALS = {
    "ngrok_102": ErrorText(
        "Your ngrok account is suspended.",
        "ngrok refuses its tunnels (ERR_NGROK_102).",
        "Sign in to ngrok's dashboard, which says why.",
        "https://dashboard.ngrok.com/",
        offers_tunnels=True,
    ),
    "ngrok_103": ErrorText(
        "Your ngrok account is suspended.",
        "A payment is open (ERR_NGROK_103).",
        "Settle it in ngrok's dashboard.",
        "https://dashboard.ngrok.com/billing",
        offers_tunnels=True,
    ),
    "ngrok_105": ErrorText(
        "ngrok does not know this authtoken.",
        "It is not shaped like one (ERR_NGROK_105).",
        "Copy the authtoken from your dashboard: not an API key, not a password.",
        _TOKEN_PAGE,
        "token",
        offers_tunnels=True,
    ),
    "ngrok_106": ErrorText(
        "This ngrok authtoken is too old.",
        "It was made for version 1 of ngrok (ERR_NGROK_106).",
        "Copy a new one from your dashboard.",
        _TOKEN_PAGE,
        "token",
        offers_tunnels=True,
    ),
    "ngrok_107": ErrorText(
        "This ngrok authtoken is no longer valid.",
        "It was reset or revoked (ERR_NGROK_107).",
        "Copy the current one from your dashboard.",
        _TOKEN_PAGE,
        "token",
        offers_tunnels=True,
    ),
    "ngrok_108": ErrorText(
        "Your ngrok account is in use elsewhere.",
        "Your plan allows a limited number of agents at a time (ERR_NGROK_108).",
        "Stop the other agent on this page, then connect again.",
        _AGENTS_PAGE,
        offers_tunnels=True,
        retry="a few times",
    ),
    "ngrok_120": ErrorText(
        "The ngrok agent is too old.",
        "ngrok no longer serves this version (ERR_NGROK_120).",
        "Delete the old ngrok program; the current one is then downloaded.",
        "https://ngrok.com/download",
        offers_tunnels=True,
    ),
    "ngrok_302": ErrorText(
        "ngrok wants you to sign in.",
        "TCP tunnels are for signed-in accounts (ERR_NGROK_302).",
        "Copy the authtoken from your dashboard.",
        _TOKEN_PAGE,
        "token",
        offers_tunnels=True,
    ),
    "ngrok_307": ErrorText(
        "This address is not reserved for your account.",
        "ngrok gives it to its owner only (ERR_NGROK_307).",
        "Reserve it in the dashboard, or connect without a fixed address.",
        "https://dashboard.ngrok.com/tcp-addresses",
        offers_tunnels=True,
    ),
    "ngrok_324": ErrorText(
        "Your ngrok account has no endpoint left.",
        "Its plan's number of endpoints is reached (ERR_NGROK_324).",
        "Close another endpoint, then connect again.",
        "https://dashboard.ngrok.com/endpoints",
        offers_tunnels=True,
    ),
    "ngrok_334": ErrorText(
        "This endpoint is online already.",
        "Another agent serves the same address (ERR_NGROK_334).",
        "Stop the other agent, then connect again.",
        _AGENTS_PAGE,
        offers_tunnels=True,
    ),
    "ngrok_400": ErrorText(
        "ngrok does not know this region.",
        "It refused the region (ERR_NGROK_400).",
        "Leave the region automatic.",
        field="region",
        offers_tunnels=True,
    ),
    "ngrok_4018": ErrorText(
        "ngrok wants a verified account.",
        "The authtoken is missing, or the account's e-mail is not confirmed (ERR_NGROK_4018).",
        "Sign up or confirm your e-mail, then copy the authtoken from your dashboard.",
        _TOKEN_PAGE,
        "token",
        offers_tunnels=True,
    ),
    "ngrok_8013": ErrorText(
        "ngrok wants a card for TCP tunnels.",
        "Free accounts must verify a payment card first; it is not charged (ERR_NGROK_8013).",
        "Add a card on this page, then connect again.",
        _CARD_PAGE,
        offers_tunnels=True,
    ),
    "ngrok_15002": ErrorText(
        "ngrok wants this network address registered.",
        "Your account restricts where agents may run (ERR_NGROK_15002).",
        "Allow this machine in your account's IP restrictions.",
        "https://dashboard.ngrok.com/security/ip-restrictions",
        offers_tunnels=True,
    ),
    "ngrok_other": ErrorText(
        "ngrok refused the tunnel.",
        "{reason}",
        "ngrok's page on this error says what to do.",
        _ERRORS_PAGE + "{page}",
        usual="ngrok's own sentence, with its code.",
        offers_tunnels=True,
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
    token_url=_TOKEN_PAGE,
    token_secret="NGROK_AUTHTOKEN",
    regions=[{"value": value, "title": title} for value, title in _REGIONS.items()],
    parse_token=parse_token,
    errors={
        "What you asked for": _OPTIONS,
        "The tunnel": _AGENT,
        "What ngrok says": _REFUSALS,
    },
)
