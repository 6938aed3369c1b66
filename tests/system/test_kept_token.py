"""A token that was not at fault serves the next try; one that was is asked for again."""

from __future__ import annotations

import json
import subprocess

from tests.kit.machine.machine import Machine
from tests.kit.machine.tokens import find_in_files


def again(machine: Machine) -> subprocess.CompletedProcess[str]:
    """Connect without a token; no person is there to ask for one."""
    return machine.run("connect", "--user", machine.user, "--json")


def code(done: subprocess.CompletedProcess[str]) -> str:
    return str(json.loads(done.stdout)["error"]["code"])


def test_the_token_of_a_try_that_failed_serves_the_next(machine: Machine) -> None:
    machine.agent(start_error_on_post="8013")
    assert code(machine.try_connect()) == "ngrok_8013"
    assert find_in_files([machine.token], machine.folder) == []
    status = machine.run("status", "--json").stdout
    assert machine.token not in status + machine.journal()

    # It fails in the same way, and goes on being kept; then it works.
    assert code(again(machine)) == "ngrok_8013"
    machine.agent()
    done = again(machine)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["ssh"]["password"]
    assert "The authtoken is that of the last try." in machine.journal()
    assert machine.token not in done.stdout + done.stderr + machine.journal()

    # The session has stood: from now on it is nowhere.
    machine.disconnect()
    assert code(again(machine)) == "token_not_asked"


def test_a_token_at_fault_or_of_a_try_that_was_ended_is_forgotten(machine: Machine) -> None:
    machine.agent(auth_error="107")
    assert code(machine.try_connect()) == "ngrok_107"
    assert code(again(machine)) == "token_not_asked"

    machine.agent(auth_error="108")
    assert code(machine.try_connect()) == "ngrok_108"
    machine.disconnect()
    assert code(again(machine)) == "token_not_asked"
