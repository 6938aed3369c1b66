"""A real session that was refused, as its report tells it."""

from __future__ import annotations

from colabwidget import __version__
from tests.kit.machine.machine import Machine
from tests.kit.machine.tokens import forms_of


def test_a_refused_token_is_reported_and_not_told(machine: Machine) -> None:
    machine.agent(auth_error="107")
    assert machine.failure("--region", "eu")["code"] == "ngrok_107"

    done = machine.run("report")

    assert done.returncode == 0 and done.stderr == ""
    first = done.stdout.partition("\n")[0]
    title = "This ngrok authtoken is no longer valid."
    assert first == f"colabwidget {__version__}, failed: {title} (ngrok_107)"
    for part in ("region     eu", f"account    {machine.user}", "pyngrok", "root", "Log"):
        assert f"    {part}" in done.stdout or f"\n{part}" in done.stdout, part
    steps = done.stdout.partition("Steps:\n\n")[2].partition("\n\n")[0].splitlines()
    assert any(line.split()[:2] == ["Check", "done"] for line in steps), steps
    assert any(line.split()[:2] == ["Tunnel", "failed"] for line in steps), steps
    log = done.stdout.partition("\nLog")[2]
    assert "ERR_NGROK_107" in log and f"Account {machine.user}" in log
    assert not [form for form in forms_of(machine.token) if form in done.stdout.encode()]
