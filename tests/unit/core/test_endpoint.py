"""What a tunnel says of its address is checked before a command or a file holds it."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from colabwidget.core.endpoint import Endpoint
from colabwidget.core.errors import ColabWidgetError
from colabwidget.tunnels.ngrok import api
from tests.kit.endpoints import ENDPOINTS, details

HOSTS = [
    "localhost",
    "a_b.c-d.example",
    "example.net.",
    "127.0.0.1",
    "::1",
    "fe80::1%eth0",
    "x" * 63,
]
NO_HOSTS: list[Any] = [
    *("", " ", ".", "a..b", "-oProxyCommand=id", "a.-b", "a b", "a\tb", "a\nb", "a\n", "\ra"),
    *("*", "?.b", "!a", "a,b", "a;b", "a|b", "a&b", "$(id)", "`id`", "'a'", '"a"', "a#b", "a\\b"),
    *("[::1]", "::1]", "::1%a b", "::1%$(id)", "::g", "a/b", "a@b", "%h", "a%b", "a:b", "ü.de"),
    *("x" * 64, "a." * 130, "\u202ea", "a\u2028b", "\0", None, 3, b"a"),
]


def is_taken(endpoint: Endpoint) -> bool:
    try:
        endpoint.check("a tunnel")
    except ColabWidgetError as error:
        assert error.code == "endpoint_invalid"
        assert all(map(str.isprintable, str(error)))
        return False
    return True


@pytest.mark.parametrize("endpoint", [*ENDPOINTS, *(Endpoint(host, 22) for host in HOSTS)], ids=str)
def test_hosts_are_taken(endpoint: Endpoint) -> None:
    assert is_taken(endpoint)


@pytest.mark.parametrize("host", NO_HOSTS, ids=repr)
def test_what_is_no_host_is_not(host: Any) -> None:
    assert not is_taken(Endpoint(host, 22))
    if host and host not in ("a,b", "a@b", "[::1]"):  # servers one after the other, and an account
        assert not is_taken(Endpoint("a.example", 22, jump=host))


@pytest.mark.parametrize("port", [0, -1, 65536, True, 22.0, "22", None])
def test_what_is_no_port_is_not(port: Any) -> None:
    assert not is_taken(Endpoint("a.example", port))


@pytest.mark.parametrize("jump", ["ada@a:22,b", "ada@[::1]:22", "a.example"])
def test_ways_over_servers_are_taken(jump: str) -> None:
    assert is_taken(Endpoint("localhost", 22, jump=jump))


@pytest.mark.parametrize(
    "jump", ["a b", "a,", ",a", "ada@", "a:0", "a:22:22", "ssh a", "-a", "a\n"]
)
def test_what_is_no_way_is_not(jump: str) -> None:
    assert not is_taken(Endpoint("localhost", 22, jump=jump))


@pytest.mark.parametrize("proxy", ["carry\nHost *", "carry\r", "carry \x1b]52;c;\x07", "\u202e", 3])
def test_a_proxy_is_one_line(proxy: Any) -> None:
    assert not is_taken(Endpoint("inner", 22, proxy=proxy))


@given(st.text(max_size=40) | st.from_regex(r"[\w.%:\[\]-]{1,40}", fullmatch=True))
@example("a\u0130.b")
def test_a_host_that_is_taken_is_one_word_everywhere(host: str) -> None:
    if not is_taken(Endpoint(host, 2222)):
        return
    told = details(host, 2222)
    assert shlex.split(told.command) == ["ssh", "-p", "2222", f"colab@{host}"]
    assert told.config.splitlines()[1] == f"  HostName {host.replace('%', '%%')}"
    assert len(told.config.splitlines()) == 5 + (host in ("localhost", "127.0.0.1", "::1"))
    assert told.known_hosts.split()[0].split(",")[0] == f"[{host}]:2222"
    assert not set(told.vscode_url) & set(" \n\"'<>")


ADDRESSES = ["tcp://[::1", "tcp://a:99999", "tcp://a:b", "tcp://a", 3, None, [], "tcp://a b:1"]


@pytest.mark.parametrize("url", ADDRESSES, ids=repr)
def test_an_agent_s_address_that_cannot_be_read_is_none(url: Any) -> None:
    answer = api.Answer(201, json.dumps({"url": url}))
    found = api.endpoint_of(answer)
    assert found is None or not is_taken(found)
