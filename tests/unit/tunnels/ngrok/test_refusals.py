"""Each of ngrok's codes, compared with its public reference: number, meaning, place of remedy.

The meanings are those of https://ngrok.com/docs/errors/reference in August 2026.
"""

from __future__ import annotations

import re

import pytest

from colabwidget.core.errors import ERRORS
from colabwidget.tunnels.ngrok.errors import ngrok_error
from colabwidget.tunnels.ngrok.spec import SPEC

DASHBOARD = "https://dashboard.ngrok.com/"
ERROR_PAGE = "https://ngrok.com/docs/errors/err_ngrok_"
TOKEN = f"{DASHBOARD}get-started/your-authtoken"
# Number, what title and cause must say (a pattern), where the remedy is carried out.
REFERENCE = [
    (102, r"last payment", f"{DASHBOARD}billing"),
    (103, r"suspended.*terms of service", f"{ERROR_PAGE}103"),
    (105, r"not shaped like", TOKEN),
    (106, r"version 1 ", TOKEN),
    (107, r"reset or revoked", TOKEN),
    (108, r"number of agents", f"{DASHBOARD}agents"),
    (115, r"agent IP restrictions", f"{DASHBOARD}ip-restrictions"),
    (116, r"IP policy of the authtoken", f"{DASHBOARD}authtokens"),
    (120, r"too old.*without an account", "https://ngrok.com/download"),
    (121, r"too old for your account.*needs version", "https://ngrok.com/download"),
    (123, r"e-mail address is not verified", f"{DASHBOARD}user/settings"),
    (300, r"authtoken.*revoked", TOKEN),
    (302, r"TCP.*registered", TOKEN),
    (307, r"address is not reserved", f"{DASHBOARD}tcp-addresses"),
    (309, r"reserved for another account", f"{DASHBOARD}tcp-addresses"),
    (311, r"reserved in another region", f"{DASHBOARD}tcp-addresses"),
    (324, r"endpoints over one agent session", f"{DASHBOARD}endpoints"),
    (334, r"online already.*serves it twice", f"{DASHBOARD}endpoints"),
    (338, r"suspended.*terms of service", f"{ERROR_PAGE}338"),
    (348, r"number of sessions", f"{DASHBOARD}agents"),
    (349, r"too many sessions.*within some time", f"{DASHBOARD}agents"),
    (350, r"endpoints in a session", f"{DASHBOARD}endpoints"),
    (351, r"too many endpoints.*within some time", f"{DASHBOARD}endpoints"),
    (356, r"authtoken.*random TCP addresses", f"{DASHBOARD}authtokens"),
    (382, r"e-mail address is not verified.*endpoint", f"{DASHBOARD}user/settings"),
    (400, r"region", ""),
    (702, r"connections a minute.*This tunnel", f"{DASHBOARD}usage"),
    (703, r"connections a minute.*account", f"{DASHBOARD}usage"),
    (714, r"connections at a time.*account", f"{DASHBOARD}usage"),
    (715, r"connections a minute.*account", f"{DASHBOARD}usage"),
    (725, r"month.*transferred data", f"{DASHBOARD}usage"),
    (726, r"month.*limit of connections", f"{DASHBOARD}usage"),
    (729, r"month.*TCP connections", f"{DASHBOARD}usage"),
    (4018, r"not authenticated", TOKEN),
    (8013, r"card.*not charged", f"{DASHBOARD}settings#id-verification"),
    (8014, r"blocked.*acceptable use", f"{ERROR_PAGE}8014"),
    (9009, r"HTTP proxy takes a paid plan", f"{DASHBOARD}billing"),
    (9040, r"machine's address.*sanctioned.*Tor", f"{ERROR_PAGE}9040"),
    (15002, r"TCP address.*reserved", f"{DASHBOARD}tcp-addresses"),
]
TEMPORARY = {108, 348, 349, 351, 702, 703, 714, 715}


@pytest.mark.parametrize(
    ("number", "meaning", "link"), REFERENCE, ids=[str(row[0]) for row in REFERENCE]
)
def test_a_code_means_what_ngrok_says(number: int, meaning: str, link: str) -> None:
    error = ngrok_error(str(number))
    assert error.code == f"ngrok_{number}"
    told = f"{error.info['title']} {error.info['cause']}"
    assert re.search(meaning, told), told
    assert f"(ERR_NGROK_{number})" in told
    assert error.info["link"] == link
    assert "{" not in f"{error.info}".replace("{'", "")
    assert error.text.offers_tunnels
    assert (error.text.retry != "never") == (number in TEMPORARY)
    assert (error.info["field"] == "token") == (link in (TOKEN, f"{DASHBOARD}authtokens"))


def test_every_code_of_the_table_is_compared() -> None:
    codes = {code for texts in SPEC.errors.values() for code in texts if code.startswith("ngrok_")}
    numbered = {f"ngrok_{number}" for number, _, _ in REFERENCE}
    assert codes - numbered == {"ngrok_other"}
    assert codes <= set(ERRORS)
