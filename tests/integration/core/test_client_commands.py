"""OpenSSH reads what is handed over."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from colabwidget.control.ssh_config_file import write
from colabwidget.core.details import ssh_details
from colabwidget.core.endpoint import Endpoint
from tests.kit.backend.fake_backend import HOST_KEY
from tests.kit.endpoints import ENDPOINTS, JUMP


def settings_of(config: Path) -> dict[str, str]:
    said = subprocess.run(
        ["ssh", "-F", config, "-G", "colabwidget"], capture_output=True, text=True, check=True
    ).stdout
    return dict(line.partition(" ")[::2] for line in said.splitlines())


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=str)
def test_openssh_reads_the_block_and_finds_the_host_key(endpoint: Endpoint, tmp_path: Path) -> None:
    ssh = ssh_details(endpoint, "colab", "/content", [HOST_KEY], None, verified=True)
    file = tmp_path / "config"
    write(file, ssh.config)
    found = settings_of(file)
    assert (found["hostname"], found["port"]) == (endpoint.host, str(endpoint.port))
    assert found["user"] == "colab"
    assert found.get("proxycommand", "") == endpoint.proxy
    assert found.get("proxyjump", "").lower() == endpoint.jump.lower()

    # The names under which ssh looks for the key: by the command, and by the block.
    usual = endpoint.host if endpoint.port == 22 else f"[{endpoint.host}]:{endpoint.port}"
    known = tmp_path / "known_hosts"
    known.write_text(f"{ssh.known_hosts}\n")
    for name in {usual, found.get("hostkeyalias", usual)}:
        line = subprocess.run(
            ["ssh-keygen", "-F", name, "-f", known], capture_output=True, text=True
        )
        assert HOST_KEY in line.stdout
    assert found.get("hostkeyalias") == ("relay.example.net:43210" if endpoint is JUMP else None)


def test_a_config_file_is_private_and_replaced_as_a_whole(tmp_path: Path) -> None:
    file = tmp_path / "colab.conf"
    write(file, "Host colabwidget\n  HostName one\n")
    assert file.stat().st_mode & 0o777 == 0o600
    write(file, "Host colabwidget\n  HostName two\n")
    assert settings_of(file)["hostname"] == "two"
    assert [each.name for each in tmp_path.iterdir()] == ["colab.conf"]
