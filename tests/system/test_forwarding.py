"""What clients lend to the machine: their agent and ports, where that is asked for."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.kit.machine.keys import keypair
from tests.kit.machine.machine import Machine
from tests.kit.machine.ports import free_port
from tests.kit.machine.ssh_client import run_answered, ssh_arguments, ssh_password


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[dict[str, str]]:
    """An agent that holds a key of the user's."""
    socket = tmp_path / "agent"
    key, _ = keypair(tmp_path)
    running = subprocess.Popen(["ssh-agent", "-D", "-a", str(socket)], stdout=subprocess.DEVNULL)
    variables = {"SSH_AUTH_SOCK": str(socket)}
    try:
        while not socket.exists():
            assert running.poll() is None
        subprocess.run(["ssh-add", "-q", key], env={**os.environ, **variables}, check=True)
        yield variables
    finally:
        running.send_signal(signal.SIGTERM)
        running.wait()


def lends(
    details: dict[str, Any], folder: Path, options: list[str], command: str, agent: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    with ssh_password(details["ssh"]["password"]) as environment:
        words = [*ssh_arguments(details, folder, *options), command]
        return run_answered(words, {**environment, **agent}, "")


@pytest.mark.parametrize("allowed", [False, True])
def test_agent_and_ports_are_lent_only_where_that_is_asked_for(
    machine: Machine, tmp_path: Path, agent: dict[str, str], allowed: bool
) -> None:
    asked = ["--agent-forwarding", "--remote-forwarding"] if allowed else []
    details = machine.connect(*asked, tunnel="direct")
    warned = " ".join(details["ssh"]["notices"])
    assert ("ssh -A" in warned, "ssh -R" in warned) == (allowed, allowed)

    listed = lends(details, tmp_path, ["-A"], "ssh-add -l", agent)
    assert ("ED25519" in listed.stdout) == allowed, listed
    port = free_port()
    forward = ["-o", "ExitOnForwardFailure=yes", "-R", f"{port}:127.0.0.1:9"]
    opened = lends(details, tmp_path, forward, f"ss -Hltn sport = :{port}", {})
    assert (f"127.0.0.1:{port}" in opened.stdout) == allowed, opened
    # Never for other machines.
    assert f"0.0.0.0:{port}" not in opened.stdout
    anywhere = ["-o", "ExitOnForwardFailure=yes", "-R", f"0.0.0.0:{port}:127.0.0.1:9"]
    opened = lends(details, tmp_path, anywhere, f"ss -Hltn sport = :{port}", {})
    assert f"0.0.0.0:{port}" not in opened.stdout
