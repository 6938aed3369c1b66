"""ngrok's servers are away while a session connects; other servers answer."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kit.machine.machine import Machine
from tests.kit.machine.ssh_client import ssh


@pytest.fixture
def others(machine: Machine) -> Iterator[None]:
    """Another server that answers: there is a way to the internet."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        machine.environment["COLABWIDGET_INTERNET"] = f"127.0.0.1:{other.getsockname()[1]}"
        yield


def test_a_short_outage_is_waited_for(machine: Machine, others: None, tmp_path: Path) -> None:
    machine.agent(outage_s=3)
    details = machine.connect()
    assert details["ssh"]["verified"]
    assert ssh(details, "whoami", folder=tmp_path).stdout.strip() == machine.user
    assert "dial tcp" in machine.journal(), "the agent has met the outage"


@pytest.mark.slow
def test_a_long_outage_names_ngrok_and_offers_other_tunnels(machine: Machine, others: None) -> None:
    machine.agent(no_network="away")
    error = machine.failure()
    assert error["code"] == "servers_unreachable"
    assert "ngrok" in error["title"] + error["cause"]
    assert "Kaggle" not in "".join(str(each) for each in error.values())
    assert "cloudflare" in str(error["offers"])
    # The machine is left as it was, and the next try finds the servers.
    machine.agent()
    assert machine.connect()["ssh"]["verified"]
