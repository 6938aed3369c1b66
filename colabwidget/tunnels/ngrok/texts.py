"""What ngrok's refusals and failures of its agent mean, and where each remedy is carried out."""

from __future__ import annotations

from colabwidget.core.errors import ErrorText
from colabwidget.core.errors.text import Retry

ADDRESSES_PAGE = "https://dashboard.ngrok.com/tcp-addresses"
AGENTS_PAGE = "https://dashboard.ngrok.com/agents"
BILLING_PAGE = "https://dashboard.ngrok.com/billing"
CARD_PAGE = "https://dashboard.ngrok.com/settings#id-verification"
DOWNLOAD_PAGE = "https://ngrok.com/download"
ENDPOINTS_PAGE = "https://dashboard.ngrok.com/endpoints"
ERRORS_PAGE = "https://ngrok.com/docs/errors/"
TOKEN_PAGE = "https://dashboard.ngrok.com/get-started/your-authtoken"
UPDATE = "Run ngrok update, or remove that program: the current one is then downloaded."
USAGE_PAGE = "https://dashboard.ngrok.com/usage"

AGENT = {
    "agent_download_failed": ErrorText(
        "The ngrok agent could not be downloaded.",
        "{reason}",
        "Check this machine's network, or put the ngrok program on the PATH.",
        DOWNLOAD_PAGE,
        usual="bin.ngrok.com was not reached, or the disk is full.",
        offers_tunnels=True,
    ),
    "agent_path": ErrorText(
        "The ngrok agent that was named cannot be run.",
        "The variable PYNGROK_NGROK_PATH names {path}. {reason}",
        "Correct the variable in the notebook, or delete it there, and connect again.",
    ),
    "agent_unusable": ErrorText(
        "The ngrok agent cannot be run.",
        "{reason}",
        "Delete {path} and connect again: it is then downloaded anew.",
        usual="It is made for another processor, is damaged, or may not be executed.",
    ),
    "agent_outdated": ErrorText(
        "The ngrok agent is too old.",
        "{agent} It does not know the configuration of today's agents.",
        UPDATE,
        DOWNLOAD_PAGE,
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
        usual="It was ended from outside, or it gave up, which its last words explain.",
        retry="a few times",
    ),
    "agent_stopped": ErrorText(
        "The tunnel was stopped from ngrok's dashboard.",
        "The agent ended without an error, as it does at Stop on that page, and at SIGTERM on this "
        "machine.",
        "Try again when the tunnel shall be open again.",
        AGENTS_PAGE,
        offers_tunnels=True,
    ),
    "servers_unreachable": ErrorText(
        "ngrok's servers do not answer.",
        "{reason} Other servers answer, so this machine's network is not at fault.",
        "See ngrok's status on this page and connect again later, or choose another tunnel.",
        "https://status.ngrok.com/",
        offers_tunnels=True,
        retry="patiently",
    ),
    "another_agent": ErrorText(
        "Another ngrok agent of your account runs here.",
        "Your plan's number of agents at a time is reached (ERR_NGROK_108), and process {pid} here "
        "is one: {program}.",
        "End it with {command}, in a terminal here, or stop another agent on this page; then "
        "connect again.",
        AGENTS_PAGE,
        offers_tunnels=True,
        retry="a few times",
    ),
}


def _refusal(
    number: int,
    title: str,
    cause: str,
    remedy: str,
    link: str = "",
    field: str = "",
    retry: Retry = "never",
) -> tuple[str, ErrorText]:
    """Return the entry of one of ngrok's codes, which stands in its cause."""
    cause = f"{cause} (ERR_NGROK_{number})."
    text = ErrorText(title, cause, remedy, link, field, offers_tunnels=True, retry=retry)
    return f"ngrok_{number}", text


# By ngrok's codes, as its reference of August 2026 has them: https://ngrok.com/docs/errors/reference
REFUSALS = dict(
    (
        _refusal(
            102,
            "Your ngrok account is suspended.",
            "Its last payment has failed",
            "Update the payment on this page, then connect again.",
            BILLING_PAGE,
        ),
        _refusal(
            103,
            "Your ngrok account is suspended.",
            "The usual reason is that ngrok's terms of service were violated",
            "Write to support@ngrok.com if that is a mistake.",
            f"{ERRORS_PAGE}err_ngrok_103",
        ),
        _refusal(
            105,
            "ngrok does not know this authtoken.",
            "It is not shaped like one",
            "Copy the authtoken from your dashboard: not an API key, not a password.",
            TOKEN_PAGE,
            "token",
        ),
        _refusal(
            106,
            "This ngrok authtoken is too old.",
            "It was made for version 1 of ngrok",
            "Copy a new one from your dashboard.",
            TOKEN_PAGE,
            "token",
        ),
        _refusal(
            107,
            "This ngrok authtoken is no longer valid.",
            "It was reset or revoked, or belongs to a team that you have left",
            "Copy the current one from your dashboard.",
            TOKEN_PAGE,
            "token",
        ),
        _refusal(
            108,
            "Your ngrok account has no agent session left.",
            "Its plan's number of agents at a time is reached",
            "Stop another agent on this page, then connect again.",
            AGENTS_PAGE,
            retry="a few times",
        ),
        _refusal(
            115,
            "Your ngrok account does not allow this machine's address.",
            "Its agent IP restrictions do not have it",
            "Add this machine's address to your account's IP restrictions.",
            "https://dashboard.ngrok.com/ip-restrictions",
        ),
        _refusal(
            116,
            "This ngrok authtoken is not for this machine's address.",
            "The IP policy of the authtoken does not have it",
            "Use an authtoken without that policy, or add the address to it.",
            "https://dashboard.ngrok.com/authtokens",
            "token",
        ),
        _refusal(
            120,
            "The ngrok agent is too old.",
            "{agent} Sessions without an account need the newest one",
            UPDATE,
            DOWNLOAD_PAGE,
        ),
        _refusal(
            121,
            "The ngrok agent is too old for your account.",
            "{agent} Your account needs version {lowest} or newer",
            UPDATE,
            DOWNLOAD_PAGE,
        ),
        *(
            _refusal(
                number,
                "Your ngrok account's e-mail address is not verified.",
                f"ngrok starts no {what} before that",
                "Verify the address on this page, then connect again.",
                "https://dashboard.ngrok.com/user/settings",
            )
            for number, what in ((123, "agent"), (382, "endpoint"))
        ),
        _refusal(
            300,
            "This ngrok authtoken is no longer valid.",
            "It was revoked",
            "Copy another one from your dashboard.",
            TOKEN_PAGE,
            "token",
        ),
        _refusal(
            302,
            "ngrok wants you to sign in.",
            "TCP tunnels are for registered accounts",
            "Copy the authtoken from your dashboard.",
            TOKEN_PAGE,
            "token",
        ),
        _refusal(
            307,
            "This address is not reserved for your account.",
            "ngrok gives it to its owner only",
            "Reserve it on this page, or connect without a fixed address.",
            ADDRESSES_PAGE,
        ),
        _refusal(
            309,
            "This address is reserved for another account.",
            "ngrok gives it to its owner only",
            "Reserve an address of your own on this page, or connect without a fixed address.",
            ADDRESSES_PAGE,
        ),
        _refusal(
            311,
            "This address is reserved in another region.",
            "ngrok gives it in that region only",
            "Choose the region of the address, or leave the region automatic.",
            ADDRESSES_PAGE,
            "region",
        ),
        _refusal(
            324,
            "This ngrok agent has no endpoint left.",
            "Your plan's number of endpoints over one agent session is reached",
            "Close another endpoint of this agent, then connect again.",
            ENDPOINTS_PAGE,
        ),
        _refusal(
            334,
            "This endpoint is online already.",
            "Another agent serves the same address, or this one serves it twice",
            "Stop the other endpoint on this page, then connect again.",
            ENDPOINTS_PAGE,
        ),
        _refusal(
            338,
            "Your ngrok account is suspended.",
            "The usual reason is that ngrok's terms of service were violated",
            "Write to support@ngrok.com if that is a mistake.",
            f"{ERRORS_PAGE}err_ngrok_338",
        ),
        _refusal(
            348,
            "Your ngrok account has no agent session left.",
            "Its number of sessions is reached",
            "Stop another agent on this page, then connect again.",
            AGENTS_PAGE,
            retry="a few times",
        ),
        _refusal(
            349,
            "Your ngrok account has started too many sessions.",
            "It may add only so many within some time",
            "Wait a few minutes, then connect again.",
            AGENTS_PAGE,
            retry="patiently",
        ),
        _refusal(
            350,
            "This ngrok agent has no endpoint left.",
            "Your account's number of endpoints in a session is reached",
            "Close another endpoint of this agent, then connect again.",
            ENDPOINTS_PAGE,
        ),
        _refusal(
            351,
            "Your ngrok account has started too many endpoints.",
            "It may add only so many within some time",
            "Wait a few minutes, then connect again.",
            ENDPOINTS_PAGE,
            retry="patiently",
        ),
        _refusal(
            356,
            "This ngrok authtoken may not open a TCP address.",
            "The access rules of the authtoken do not permit random TCP addresses",
            "Use an authtoken without such rules, or add tcp to them.",
            "https://dashboard.ngrok.com/authtokens",
            "token",
        ),
        _refusal(
            400,
            "ngrok does not know this region.",
            "It refused the region",
            "Leave the region automatic.",
            field="region",
        ),
        *(
            _refusal(
                number,
                "There are too many connections a minute.",
                f"{subject} has more than its plan allows",
                "Wait a minute, then connect again.",
                USAGE_PAGE,
                retry="patiently",
            )
            for number, subject in (
                (702, "This tunnel"),
                (703, "Your ngrok account"),
                (715, "Your ngrok account"),
            )
        ),
        _refusal(
            714,
            "There are too many connections at a time.",
            "Your ngrok account has more than its plan allows",
            "Close connections that are not needed, then connect again.",
            USAGE_PAGE,
            retry="a few times",
        ),
        *(
            _refusal(
                number,
                "Your ngrok account's month is used up.",
                f"{limit} of its plan is reached",
                "See the account's use on this page. Choose another tunnel, or a larger plan.",
                USAGE_PAGE,
            )
            for number, limit in (
                (725, "The month's limit of transferred data"),
                (726, "The month's limit of connections"),
                (729, "The month's limit of TCP connections"),
            )
        ),
        _refusal(
            4018,
            "ngrok wants an authtoken.",
            "The agent's session is not authenticated",
            "Sign up for an account, and copy the authtoken from your dashboard.",
            TOKEN_PAGE,
            "token",
        ),
        _refusal(
            8013,
            "ngrok wants a card for TCP tunnels.",
            "Free accounts must verify a payment card first; it is not charged",
            "Add a card on this page, then connect again.",
            CARD_PAGE,
        ),
        _refusal(
            8014,
            "ngrok has blocked this agent.",
            "ngrok suspects that its acceptable use policy was violated",
            "Write to support@ngrok.com if that is a mistake.",
            f"{ERRORS_PAGE}err_ngrok_8014",
        ),
        _refusal(
            9009,
            "ngrok's agent may not use this machine's proxy.",
            "An agent behind an HTTP proxy takes a paid plan, and without the proxy: {reason}",
            "Choose another tunnel, or a plan with that feature.",
            BILLING_PAGE,
        ),
        _refusal(
            9040,
            "ngrok lets no agent in from this machine's address.",
            "It blocks sanctioned countries, Tor and other anonymizing proxies",
            "Choose another tunnel.",
            f"{ERRORS_PAGE}err_ngrok_9040",
        ),
        _refusal(
            15002,
            "Your ngrok account has no TCP address yet.",
            "Its plan wants one to be reserved before an endpoint is started",
            "Reserve a TCP address on this page, or choose another tunnel.",
            ADDRESSES_PAGE,
        ),
    )
)
REFUSALS["ngrok_other"] = ErrorText(
    "ngrok refused the tunnel.",
    "{reason}",
    "ngrok's page on this error says what to do.",
    ERRORS_PAGE + "{page}",
    usual="ngrok's own sentence, with its code.",
    offers_tunnels=True,
)
