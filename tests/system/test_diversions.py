"""Programs that dpkg-divert has moved away, as images do with those that they replace."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.kit.machine.bare_machine import BareMachine
from tests.kit.machine.machine_copy import CopyImpossible

SSHD, SUDO = "/usr/sbin/sshd", "/usr/bin/sudo"


@pytest.fixture(scope="module")
def copy() -> Iterator[BareMachine]:
    try:
        with BareMachine(without=()) as machine:
            yield machine
    except CopyImpossible as reason:
        pytest.skip(str(reason))


def divert(machine: BareMachine, program: str) -> str:
    """Move a program away, and return where it is then."""
    machine.must("dpkg-divert", "--local", "--rename", "--add", program)
    return f"{program}.distrib"


def undo(machine: BareMachine, program: str) -> None:
    machine.must("rm", "-f", program)
    machine.must("dpkg-divert", "--local", "--rename", "--remove", program)


def connected(machine: BareMachine) -> dict[str, Any]:
    done = machine.connect()
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{machine.journal()}"
    details: dict[str, Any] = json.loads(done.stdout)
    return details


@pytest.mark.parametrize("wrapper", [pytest.param(True, marks=pytest.mark.slow), False])
def test_an_sshd_that_was_moved_away_serves(copy: BareMachine, wrapper: bool) -> None:
    moved = divert(copy, SSHD)
    if wrapper:
        copy.path(SSHD).write_text(f'#!/bin/sh\nexec {moved} "$@"\n')
        copy.path(SSHD).chmod(0o755)
    try:
        details = connected(copy)
        assert copy.ssh(details, "id -un") == "cwguest\n"
    finally:
        copy.run(*copy.colabwidget("disconnect"))
        undo(copy, SSHD)


def test_an_sshd_that_is_another_program_is_named(copy: BareMachine) -> None:
    divert(copy, SSHD)
    copy.must("ln", "-s", "/bin/true", SSHD)
    try:
        error = copy.failure()
        assert error["code"] == "sshd_failed", error
        assert SSHD in error["cause"], error
    finally:
        undo(copy, SSHD)


@pytest.mark.slow
def test_a_sudo_that_was_moved_away_is_said(copy: BareMachine) -> None:
    divert(copy, SUDO)
    try:
        details = connected(copy)
        assert any("sudo" in each for each in details["ssh"]["notices"]), details["ssh"]
    finally:
        copy.run(*copy.colabwidget("disconnect"))
        undo(copy, SUDO)
