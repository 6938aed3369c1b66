"""Another program has the lock of the accounts, or seems to, on a copy of this machine."""

from __future__ import annotations

import pytest

from tests.kit.machine.bare_machine import BareMachine, MakeBare

LOCK = "/etc/passwd.lock"


def locked(machine: BareMachine, program: str, *, made: str) -> int:
    """Lock the accounts in the name of a program that runs; its number."""
    machine.must("cp", "/bin/sleep", f"/usr/bin/{program}")
    pid = machine.must("sh", "-c", f"{program} 600 >/dev/null 2>&1 & echo $!").strip()
    machine.must("sh", "-c", f"printf '{pid}\\0' >{LOCK} && touch --date='{made}' {LOCK}")
    return int(pid)


@pytest.mark.parametrize("made", ["1 hour ago", "1 day ago"])
def test_a_lock_that_is_older_than_its_process_is_a_leftover(bare: MakeBare, made: str) -> None:
    machine = bare(())
    locked(machine, "hold-on", made=made)

    details = machine.connected()

    assert machine.ssh(details, "id -un") == "cwguest\n"
    assert f"{LOCK} was left by a program that has ended; it is removed." in machine.journal()
    assert not machine.path(LOCK).exists()


@pytest.mark.slow
@pytest.mark.parametrize(("program", "made"), [("hold-on", "now"), ("userdel-all", "1 hour ago")])
def test_the_program_that_has_the_lock_is_named(bare: MakeBare, program: str, made: str) -> None:
    machine = bare(())
    pid = locked(machine, program, made=made)

    error = machine.failure()

    assert error["code"] == "account_failed"
    assert error["cause"] == (
        f"Another program changes accounts: {program} (process {pid}) holds {LOCK}."
    )
    assert machine.path(LOCK).exists()
    machine.must("rm", LOCK)
    machine.connected()
