"""What the real agent says when something fails, as far as pyngrok and colabwidget read it."""

from __future__ import annotations

import os

VERSION = "3.39.8"
REGIONS = ("us", "us-cal-1", "eu", "ap", "au", "sa", "jp", "in")
SERVER = "connect.ngrok-agent.com:443"
DASHBOARD = "https://dashboard.ngrok.com"
YOUR_TOKEN = f"Your authtoken: {{token}}\nSee {DASHBOARD}/get-started/your-authtoken"

# Of a code that is not in the table: with all that a line of the log has to escape.
REFUSED = 'The session was refused: "for now", says C:\\edge.\nTry later.'

SESSION_ERRORS = {
    "105": f"The authtoken you specified does not look like an ngrok authtoken.\n{YOUR_TOKEN}",
    "106": f"The authtoken you specified is an ngrok v1 authtoken.\n{YOUR_TOKEN}",
    "107": f"The authtoken you specified is properly formed, but it is invalid.\n{YOUR_TOKEN}",
    "102": "The last payment for the account failed.\nThe account has been suspended. "
    f"Update the payment information here:\n{DASHBOARD}/billing",
    "108": "Your account is limited to 1 simultaneous ngrok agent sessions.\n"
    f"You can view your current agent sessions in the dashboard:\n{DASHBOARD}/agents",
    "120": 'Your ngrok-agent version "{version}" is no longer supported. Only the most recent '
    "version of the ngrok agent is supported without an account.",
    "121": 'Your ngrok-agent version "{version}" is too old. The minimum supported agent version '
    'for your account is "3.20.0". Update to a newer version with "ngrok update".',
    "123": 'The account "Ada\'s \\ "lab"" may not start an ngrok agent session until the admin\'s '
    f"email address is verified.\nVerify your email at {DASHBOARD}/user/settings",
    "9009": "Running the agent with an http/s proxy is a Pay-as-you-go feature.\n"
    "If this is unexpected, verify that the http_proxy environment variable is not set.",
    "400": 'The region "{region}" is not one of the supported regions.',
    "4018": "This ngrok session is not authenticated. ngrok requires an account and a valid "
    "credential to start a session.\n\n"
    f"Sign up for an account: {DASHBOARD}/signup",
}
ENDPOINT_ERRORS = {
    "324": "Your account may not run more than 3 endpoints over a single ngrok agent session.",
    "334": "The endpoint 'tcp://1.tcp.ngrok.io:12345' is already online.",
    "8013": "You must add a credit or debit card before you can use TCP endpoints.\n"
    f"Add a card to your account here: {DASHBOARD}/settings#id-verification",
}
NETWORK_ERRORS = {
    "x509": "tls: failed to verify certificate: x509: certificate signed by unknown authority",
    "away": "dial tcp 192.0.2.9:443: connect: connection refused",
    "dns": "dial tcp: lookup connect.ngrok-agent.com: no such host",
}


def coded(prefix: str, text: str, code: str) -> str:
    return f"{prefix}: {text}\r\n\r\nERR_NGROK_{code}\r\n"


def dial_error(address: str, error: OSError) -> str:
    """The words of the real agent, which is written in Go."""
    if isinstance(error, TimeoutError):
        return f"dial tcp {address}: i/o timeout"
    if error.errno:
        return f"dial tcp {address}: connect: {os.strerror(error.errno).lower()}"
    return str(error)


class Failure(Exception):
    """The agent ends with this text."""
