"""Whose connections an agent brings."""

from __future__ import annotations

import pytest

from colabwidget.tunnels import joins
from colabwidget.tunnels.joins import Joins, address_in

AGENT = 42


class Sockets:
    """The connections to port 2222: the port that each comes from, and which process has it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.open: dict[int, int] = {}
        monkeypatch.setattr(joins, "client_ports", lambda port: {*self.open})
        monkeypatch.setattr(
            joins,
            "holders",
            lambda port, client, pids: {pid for pid in pids if self.open.get(port) == pid},
        )


@pytest.fixture
def sockets(monkeypatch: pytest.MonkeyPatch) -> Sockets:
    return Sockets(monkeypatch)


@pytest.fixture
def found(sockets: Sockets) -> Joins:
    made = Joins()
    made.begin(2222)
    return made


def test_each_client_is_the_new_connection_of_the_agent(found: Joins, sockets: Sockets) -> None:
    sockets.open = {5000: 7}  # our own look at sshd
    sockets.open[5001] = AGENT
    found.hear("93.184.216.34:4711", [AGENT])
    sockets.open[5002] = AGENT
    found.hear("[2001:db8::7]:9", [AGENT])
    assert [found.address(port) for port in (5000, 5001, 5002)] == [
        "",
        "93.184.216.34",
        "2001:db8::7",
    ]


def test_where_two_are_new_none_is_named_and_the_next_is(found: Joins, sockets: Sockets) -> None:
    sockets.open = {5001: AGENT, 5002: AGENT}
    found.hear("93.184.216.34:1", [AGENT])
    sockets.open[5003] = AGENT
    found.hear("93.184.216.35:1", [AGENT])
    assert [found.address(port) for port in (5001, 5002, 5003)] == ["", "", "93.184.216.35"]


def test_a_port_that_is_used_again_has_its_new_client(found: Joins, sockets: Sockets) -> None:
    sockets.open = {5001: AGENT}
    found.hear("93.184.216.34:1", [AGENT])
    sockets.open = {}
    found.hear("93.184.216.35:1", [AGENT])  # has gone before it was looked for
    sockets.open = {5001: AGENT}
    found.hear("93.184.216.36:1", [AGENT])
    assert found.address(5001) == "93.184.216.36"


@pytest.mark.parametrize(
    "peer",
    [
        "",
        "None",
        "example.org:22",
        "93.184.216.34:22\x1b[2J",
        "93.184.216.34; rm",
        "1.2.3.4:x",
        ":::",
    ],
)
def test_what_is_no_address_is_none(peer: str) -> None:
    assert address_in(peer) == ""


def test_before_a_port_is_known_there_is_none(sockets: Sockets) -> None:
    made = Joins()
    sockets.open = {5001: AGENT}
    made.hear("93.184.216.34:1", [AGENT])
    assert made.address(5001) == ""
