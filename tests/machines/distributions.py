"""Minimal images of other releases: no sudo, no locales, no systemd, no OpenSSH, no /dev/shm."""

from __future__ import annotations

from tests.kit.machine.changes import command
from tests.kit.machine.distribution import (
    DEBIAN_12,
    DEBIAN_13,
    UBUNTU_22_04,
    UBUNTU_24_04,
    Release,
)
from tests.kit.machine.kind import Kind

_SAYS = "SSH by a password, the terminal and the desktop; what is missing is installed."


def _kind(title: str, release: Release) -> Kind:
    return Kind(
        release.suite,
        f"{title}, a minimal image (no sudo, locales, systemd, /dev/shm)",
        _SAYS,
        (command("umount", "/dev/shm"),),
        ways=("password",),
        desktop=True,
        release=release,
    )


KINDS = [
    _kind("Debian 12", DEBIAN_12),
    _kind("Debian 13", DEBIAN_13),
    _kind("Ubuntu 22.04", UBUNTU_22_04),
    _kind("Ubuntu 24.04", UBUNTU_24_04),
]
