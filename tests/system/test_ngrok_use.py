"""What a session costs of an ngrok account, as the account's owner sees it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kit.machine.machine import Machine
from tests.kit.machine.ssh_client import ssh, ssh_session
from tests.kit.waiting import eventually

SENT = b"x" * 200_000 + b"\n"


def test_connections_are_counted_and_spared(machine: Machine, tmp_path: Path) -> None:
    details = machine.connect()
    assert ssh(details, "true", folder=tmp_path).returncode == 0
    with ssh_session(details, tmp_path) as session:
        assert session.stdin and session.stdout
        session.stdin.write(SENT)
        session.stdin.flush()
        assert session.stdout.readline() == SENT

        def counted() -> bool:
            # The agent is asked with each health check. Our own sign-in was a connection, too.
            use = machine.status()["use"]
            return bool(use) and use["connections"] == 3 and use["bytes"] > 2 * len(SENT)

        eventually(counted, 15, what=lambda: f"{machine.status()['use']}")
        told = machine.run("status").stdout
    assert "Through the tunnel in this session: 3 connections, 0." in told
    # Users look, and nothing is spent: the way in was seen a moment ago.
    assert "Looked through the tunnel" not in machine.journal()


@pytest.mark.slow
def test_a_month_that_is_used_up_is_told(machine: Machine) -> None:
    """ngrok closes each connection, and its agent looks well."""
    machine.agent(connections_left=0)
    error = machine.failure()
    assert error["code"] == "tunnel_quota"
    assert "5,000 connections and 1 GB a month" in error["cause"]
    assert error["link"] == "https://dashboard.ngrok.com/usage"
    assert error["offers"]
