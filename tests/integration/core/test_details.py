"""OpenSSH goes where the details lead it."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import pytest

from colabwidget.core.ssh_address import fingerprint
from tests.kit.backend.fake_backend import HOST_KEY
from tests.kit.endpoints import details


@pytest.mark.parametrize(
    ("host", "port", "place"),
    [
        ("example.net", 22, "example.net"),
        ("example.net", 2222, "[example.net]:2222"),
        ("10.0.0.5", 22, "10.0.0.5"),
        ("2001:db8::1", 22, "2001:db8::1"),
        ("2001:db8::1", 2222, "[2001:db8::1]:2222"),
    ],
)
def test_the_host_key_is_found_where_ssh_looks_for_it(
    tmp_path: Path, host: str, port: int, place: str
) -> None:
    ssh = details(host, port)
    assert ssh.known_hosts == f"{place} {HOST_KEY}"
    file = tmp_path / "known_hosts"
    file.write_text(ssh.known_hosts + "\n")
    found = subprocess.run(["ssh-keygen", "-F", place, "-f", file], capture_output=True, text=True)
    assert HOST_KEY in found.stdout


@pytest.mark.parametrize(("host", "port"), [("example.net", 22), ("2001:db8::1", 2222)])
def test_command_and_config_lead_ssh_to_the_same_place(
    tmp_path: Path, host: str, port: int
) -> None:
    ssh = details(host, port)
    config = tmp_path / "config"
    config.write_text(ssh.config)
    by_command = [*shlex.split(ssh.command), "-F", "none", "-G"]
    by_config = ["ssh", "-F", str(config), "-G", "colabwidget"]
    for command in (by_command, by_config):
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        assert {f"hostname {host}", f"port {port}", "user colab"} <= set(said.splitlines())


def test_the_fingerprint_is_the_one_that_ssh_keygen_shows(tmp_path: Path) -> None:
    key = tmp_path / "key.pub"
    key.write_text(HOST_KEY + "\n")
    shown = subprocess.run(
        ["ssh-keygen", "-l", "-f", key], capture_output=True, text=True, check=True
    ).stdout
    assert fingerprint(HOST_KEY) == shown.split()[1]
