"""What this process may do: a user id of 0 alone says little.

A container may take capabilities from root (capabilities(7)) or mount / read-only; a user namespace
may have a root that is an account without rights outside (user_namespaces(7)); and fakeroot(1) only
pretends, to programs that ask the C library.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

# Bits of capabilities(7). CHOWN is for homes and terminals, the others for becoming an account.
_ACCOUNTS = {"CAP_CHOWN": 0, "CAP_SETGID": 6, "CAP_SETUID": 7}
_SSHD = {"CAP_SYS_CHROOT": 18, "CAP_SETGID": 6, "CAP_SETUID": 7}
# Files that useradd(8) replaces, in their folder.
SYSTEM_FILES = (Path("/etc"), Path("/etc/passwd"))
# The highest id of the system itself: an unprivileged one, which sshd and apt may change to.
_IDS = 65_534
PROC = Path("/proc/self")


def user_id() -> int:
    """Return the effective user id as the kernel has it.

    ``os.geteuid()`` is the one to compare with owners of files: what fakeroot says of both fits.
    """
    words = _status("Uid").split()
    return int(words[1]) if len(words) > 1 else os.geteuid()


def is_root() -> bool:
    """Tell whether this process may change the system: install packages, make and be accounts."""
    return user_id() == 0 and not root_lacks()


def root_lacks() -> str:
    """Return what a root without its rights lacks, for people; empty for a real one."""
    held = _capabilities()
    for name, bit in _ACCOUNTS.items():
        if not held >> bit & 1:
            return f"{name} is missing"
    if lack := _no_accounts():
        return lack
    for path in SYSTEM_FILES:
        if not os.access(path, os.W_OK, effective_ids=True):
            return f"{path} cannot be written"
    return ""


def sshd_lacks() -> str:
    """Return what an sshd of this process lacks, for people; empty where it can let clients in.

    Only root's sshd needs anything: it locks the unprivileged half of itself into an empty folder,
    and then becomes the account.
    """
    if user_id() != 0:
        return ""
    held = _capabilities()
    for name, bit in _SSHD.items():
        if not held >> bit & 1:
            return f"{name} is missing"
    return _no_accounts()


def _no_accounts() -> str:
    if _read("setgroups") != "deny" and _maps_all("uid_map") and _maps_all("gid_map"):
        return ""
    return "its user namespace has no other accounts"


def _capabilities() -> int:
    """Return the effective capabilities, all of them where they cannot be read."""
    with contextlib.suppress(ValueError):
        return int(_status("CapEff"), 16)
    return -1


def _maps_all(name: str) -> bool:
    """Tell whether a map of ids (user_namespaces(7)) has all that a system uses."""
    there = 0
    rows = [[int(word) for word in line.split()] for line in _read(name).splitlines()]
    for first, _, count in sorted(rows):
        if first > there:
            break
        there = max(there, first + count)
    return not rows or there > _IDS


def _status(name: str) -> str:
    for line in _read("status").splitlines():
        key, _, value = line.partition(":")
        if key == name:
            return value.strip()
    return ""


def _read(name: str) -> str:
    try:
        return (PROC / name).read_text().strip()
    except OSError:
        return ""
