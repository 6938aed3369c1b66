"""Which variables of the notebook the session's steps go by, and what is secret in them."""

from __future__ import annotations

import pytest

from colabwidget.core.session_environment import PROXIES
from colabwidget.core.work_environment import (
    WORK_VARIABLES,
    credentials,
    goes_direct,
    proxies,
    proxy_variables,
    work_environment,
)
from colabwidget.hosts.environment import session_environment

PROXY = "http://proxy.example:3128"
SOCKS = "socks5://proxy.example:1080"


def test_only_listed_variables_of_plain_text_are_taken() -> None:
    taken = work_environment(
        {"PATH": "/bin", "HF_TOKEN": "x", "TMPDIR": "a\nb", "https_proxy": "x" * 9000, "HOME": 1}
    )
    assert taken == {"PATH": "/bin"}
    assert not [name for name in WORK_VARIABLES if "TOKEN" in name or "AUTH" in name]


@pytest.mark.parametrize(
    ("variables", "found"),
    [
        ({}, {}),
        ({"http_proxy": PROXY}, {"http": PROXY}),
        ({"HTTP_PROXY": PROXY}, {"http": PROXY}),
        ({"https_proxy": "proxy.example:3128"}, {"https": PROXY}),
        ({"ALL_PROXY": SOCKS}, {"http": SOCKS, "https": SOCKS}),
        ({"all_proxy": SOCKS, "https_proxy": PROXY}, {"http": SOCKS, "https": PROXY}),
        # Lower case counts, also where it is empty: the notebook has switched the proxy off.
        ({"http_proxy": "", "HTTP_PROXY": PROXY, "all_proxy": SOCKS}, {"https": SOCKS}),
        ({"NO_PROXY": "localhost, .corp"}, {"no": "localhost, .corp"}),
    ],
)
def test_proxies_are_read_as_curl_reads_them(
    variables: dict[str, str], found: dict[str, str]
) -> None:
    assert proxies(variables) == found
    assert proxies(proxy_variables(variables)) == found
    assert proxies({name.upper(): value for name, value in proxy_variables(variables).items()}) == (
        found
    )


@pytest.mark.parametrize(
    ("host", "apart", "direct"),
    [
        ("github.com", "", False),
        ("github.com", "*", True),
        ("github.com", "corp, github.com", True),
        ("api.github.com", "github.com", True),
        ("api.github.com:443", ".github.com", True),
        ("api.github.com", "*.github.com", True),
        ("notgithub.com", "github.com", False),
        ("GitHub.com", "GITHUB.COM", True),
        ("localhost:8443", "localhost:8443", True),
        ("localhost:8443", "localhost:1", False),
        ("127.0.0.1", "127.0.0.1 other", True),
    ],
)
def test_hosts_without_a_proxy(host: str, apart: str, direct: bool) -> None:
    assert goes_direct(host, apart) is direct


@pytest.mark.parametrize(
    ("address", "secrets"),
    [
        (PROXY, []),
        ("http://somebody:s3cret%21@proxy.example:3128", ["s3cret!", "s3cret%21"]),
        ("somebody:s3cret@proxy.example:3128", ["s3cret"]),
        ("socks5h://token@proxy.example", ["token"]),
        ("http://a:p@ss/w@proxy.example:1", ["p@ss/w"]),
    ],
)
@pytest.mark.parametrize("name", ["http_proxy", "HTTPS_PROXY", "all_proxy"])
def test_what_is_secret_in_a_proxy_s_address_is_known_and_reaches_no_session(
    address: str, secrets: list[str], name: str
) -> None:
    found = credentials({name: address})
    assert set(secrets) <= set(found)
    assert bool(found) is bool(secrets)
    for secret in found:
        assert secret in address or secret == "somebody:s3cret!" or secret == "s3cret!"
    assert (session_environment({name: address}).get(name) == address) is not bool(secrets)


def test_every_form_of_a_plain_proxy_reaches_sessions() -> None:
    plain = dict.fromkeys(PROXIES, PROXY) | {"no_proxy": "localhost,.corp,10.0.0.0/8,*.example"}
    taken = session_environment(plain)
    assert {name: taken.get(name) for name in PROXIES} == plain
    for odd in (f"{PROXY}?key=s3cret", f"{PROXY}/s3cret", "http://proxy example", "javascript:x"):
        assert "http_proxy" not in session_environment({"http_proxy": odd}), odd
