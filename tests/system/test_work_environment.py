"""What the notebook sets after a failure holds at its next Connect, for every step of it."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

import pytest

from tests.doubles.proxy import Proxy
from tests.kit.machine.apt_archive import Archive, use_source
from tests.kit.machine.bare_machine import SERVER, MakeBare
from tests.kit.machine.machine import Machine

# Another word each time: logs of other runs may lie about.
WORD = f"s3cret{secrets.token_hex(6)}"
WHO = f"me:{WORD}"


@pytest.mark.slow
def test_a_proxy_that_is_set_after_a_failure_is_used_and_its_password_goes_nowhere(
    bare: MakeBare, archive: Archive
) -> None:
    machine = bare(SERVER)
    use_source(machine, "http://packages.invalid")
    assert machine.failure()["code"] in ("apt_network", "apt_not_found", "apt_failed")
    backend = machine.must("pgrep", "-of", "colabwidget.backend")

    with Proxy(archive.url, WHO) as proxy:
        named = {"ALL_PROXY": f"http://{WHO}@{proxy.address}", "no_proxy": "localhost,.corp"}
        done = machine.run(*machine.connecting(), environment=named)
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{machine.journal()}"

    assert machine.must("pgrep", "-of", "colabwidget.backend") == backend
    assert {each.credentials for each in proxy.asked} == {WHO}
    assert any(each.what.endswith(".deb") for each in proxy.asked)
    details = json.loads(done.stdout)
    seen = machine.ssh(
        details, "env; sudo -n env; cat /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n'"
    )
    log = machine.journal()
    running = machine.run("sh", "-c", "cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline").stdout
    assert "COLABWIDGET" in seen and "PATH=" in running
    for text in (seen, running, log, done.stdout):
        assert WORD not in text
    assert "no_proxy=localhost,.corp\n" in seen
    assert "ALL_PROXY is left out of sessions: its address may hold a password." in log
    kept = machine.run(
        *("grep", "-rlsF", WORD),
        *("/run", "/etc", "/home", "/var/lib", "/tmp"),
    )
    assert kept.stdout == ""


def test_an_agent_that_was_named_wrongly_is_named_anew(machine: Machine) -> None:
    missing = machine.folder / "no-agent"
    machine.environment["PYNGROK_NGROK_PATH"] = str(missing)
    error = machine.failure()
    assert error["code"] == "agent_path"
    assert (
        error["cause"] == f"The variable PYNGROK_NGROK_PATH names {missing}. There is no such file."
    )
    assert "Delete it" not in error["remedy"] and "downloaded" not in error["remedy"]

    missing.write_text("text")
    assert machine.failure()["cause"].endswith(f"{missing}. It is not a program.")

    backend = machine.backend_pid()
    machine.environment["PYNGROK_NGROK_PATH"] = str(machine.ngrok)
    machine.connect()
    assert machine.backend_pid() == backend
    assert Path(f"/proc/{backend}/environ").read_bytes().find(b"PYNGROK") < 0
