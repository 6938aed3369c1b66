"""What ssh reads of an attached machine, by its words; Windows has its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

import pytest

from colabwidget.attach.block import block
from colabwidget.attach.string import Place

PLACE = Place("me", "0.tcp.ngrok.io", 12345, "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA")
HOME = PurePosixPath("/home/me/.ssh/colabwidget")


def lines(text: str) -> dict[str, str]:
    pairs = (line.strip().partition(" ") for line in text.splitlines())
    return {name: value for name, _, value in pairs}


def test_linux_and_macos_share_one_connection() -> None:
    found = lines(block(PLACE, "gpu", HOME))
    assert found["HostName"] == "0.tcp.ngrok.io" and found["Port"] == "12345"
    assert found["ControlMaster"] == "auto" and found["ControlPersist"] == "10m"
    assert found["ControlPath"] == '"/home/me/.ssh/colabwidget/gpu.ctl"'
    assert found["PreferredAuthentications"] == "publickey"  # a script is asked for nothing


def test_windows_has_no_shared_connection_and_paths_that_its_ssh_reads() -> None:
    folder = PureWindowsPath(r"C:\Users\An Na\.ssh\colabwidget")
    found = lines(block(PLACE, "gpu", folder, windows=True))
    assert found["IdentityFile"] == '"C:/Users/An Na/.ssh/colabwidget/gpu.key"'
    assert found["UserKnownHostsFile"] == '"C:/Users/An Na/.ssh/colabwidget/gpu.known_hosts"'
    assert not [name for name in found if name.startswith("Control")]


def test_a_folder_too_long_for_a_socket_shares_none() -> None:
    assert "ControlPath" not in block(PLACE, "gpu", HOME / ("x" * 60))


@pytest.mark.parametrize(
    ("more", "line"),
    [
        ({"jump": "me@relay.example:2222"}, "ProxyJump me@relay.example:2222"),
        (
            {"proxy": "cloudflared access ssh --hostname %h"},
            "ProxyCommand cloudflared access ssh --hostname %h",
        ),
        ({"host": "fe80::1%eth0"}, "HostName fe80::1%%eth0"),
        ({"user": "me@example"}, 'User "me@example"'),
    ],
)
def test_every_tunnel_has_its_words(more: dict[str, Any], line: str) -> None:
    assert f"  {line}\n" in block(replace(PLACE, **more), "gpu", HOME)
