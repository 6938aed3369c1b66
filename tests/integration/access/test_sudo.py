"""The rule for sudo is one that the program takes which is there, and goes with the session."""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import subprocess
from pathlib import Path

import pytest

from colabwidget.access import sudo
from colabwidget.access.account import Account
from colabwidget.system import made_accounts

pytestmark = pytest.mark.skipif(not shutil.which("visudo"), reason="needs sudo")
NAMES = ("PATH", "LD_LIBRARY_PATH", "HF_HOME", "COLABWIDGET_PATH")
OWN = pwd.getpwuid(os.geteuid())


@pytest.mark.parametrize(
    ("version", "rule"),
    [
        ("Sudo version 1.9.13p3", 'env_file="?{file}'),
        ("sudo-rs 0.2.5", 'env_keep+="COLABWIDGET_PATH HF_HOME"'),
        ("doas of another kind", 'env_keep+="COLABWIDGET_PATH HF_HOME"'),
    ],
)
def test_a_rule_fits_the_program_of_that_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, rule: str
) -> None:
    program = tmp_path / "sudo"
    program.write_text(f'#!/bin/sh\n[ "$1" != --version ] || echo "{version}"\n')
    program.chmod(0o755)
    monkeypatch.setattr(sudo, "program", lambda name: str(program))
    monkeypatch.setattr(made_accounts, "SUDOERS", str(tmp_path / "sudoers.d"))
    account = Account(OWN.pw_name, OWN.pw_dir, None, "")

    assert asyncio.run(sudo.allow(account, tmp_path / "variables", NAMES)) == ""

    written = tmp_path / "sudoers.d" / f"colabwidget-{OWN.pw_name}"
    text = written.read_text()
    assert rule.replace('"?{file}', str(tmp_path / "variables")) in text
    assert ("env_file" in text) is version.startswith("Sudo version 1.")
    checked = subprocess.run(["visudo", "-cf", written], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize(
    ("said", "includes", "reason"),
    [
        ('sudo: The "no new privileges" flag is set, which prevents sudo', True, "no_new_privs"),
        ("sudo: effective uid is not 0, is /x/sudo on a file system with the 'nosuid' option", True,
         "the file system of {sudo} is mounted nosuid."),
        ("sudo: /x/sudo must be owned by uid 0 and have the setuid bit set", True,
         "{sudo} is not setuid root."),
        ("sudo: a password is required", False, "the line @includedir /etc/sudoers.d is missing"),
        ("sudo: a password is required", True, "sessions: a password is required."),
        ("", True, "it gives no reason."),
    ],
)  # fmt: skip
def test_why_sudo_does_not_work_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, includes: bool, reason: str
) -> None:
    program, system = tmp_path / "sudo", tmp_path / "sudoers"
    program.write_text(f"#!/bin/sh\n[ $1 = --version ] || {{ cat << 'E'\n{said}\nE\nexit 1; }}\n")
    program.chmod(0o755)
    system.write_text("root ALL=(ALL) ALL\n" + ("@includedir /etc/sudoers.d\n" * includes))
    monkeypatch.setattr(sudo, "program", lambda name: str(program))
    monkeypatch.setattr(made_accounts, "SUDOERS", str(tmp_path / "sudoers.d"))
    monkeypatch.setattr(sudo, "SYSTEM_FILE", system)

    found = asyncio.run(
        sudo.allow(Account(OWN.pw_name, OWN.pw_dir, None, ""), tmp_path / "variables", NAMES)
    )

    assert found.startswith("sudo does not work in sessions: ") and found.endswith(".")
    assert reason.format(sudo=program) in found
