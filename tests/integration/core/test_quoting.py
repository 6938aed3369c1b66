"""Paths in OpenSSH's configuration are read as they are."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from colabwidget.core.quoting import openssh


@pytest.mark.parametrize("name", ["plain", "two words", "50%", "a\tb", "家 %h"])
def test_a_key_is_found_whatever_its_folder_is_called(tmp_path: Path, name: str) -> None:
    key = tmp_path / name / "key"
    key.parent.mkdir()
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    value = openssh(str(key), tokens=True)
    way = ("-o", "ProxyCommand=false", "-o", f"IdentityFile={value}")
    said = subprocess.run(
        ["ssh", "-v", "-F", "none", *way, "nowhere"], capture_output=True, text=True
    ).stderr
    # Its type is -1 where the file is not found.
    assert "/key type 3\n" in said, said


@pytest.mark.parametrize("name", ["plain", "two words", "50%"])
def test_a_server_reads_its_host_key(tmp_path: Path, name: str) -> None:
    key = tmp_path / name
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    config = tmp_path / "config"
    config.write_text(f"HostKey {openssh(str(key))}\n")
    done = subprocess.run(
        ["/usr/sbin/sshd", "-T", "-f", config], capture_output=True, text=True, check=False
    )
    assert f"\nhostkey {key}\n" in done.stdout, done.stderr
