"""Machines whose homes and folders are not as usual."""

from __future__ import annotations

from tests.kit.machine.changes import (
    command,
    home_without,
    plain_account,
    python_found_by_libraries,
    variable,
)
from tests.kit.machine.kind import Kind

HOME = "/home/plain"
IN_HOME = f"{HOME}/.cache/colabwidget/run"


KINDS = [
    Kind(
        "home_with_a_space",
        "A home whose path has a space",
        "SSH by a key, the terminal and the desktop.",
        (plain_account(home="/home/Zoë Meier"),),
        runtime="/home/Zoë Meier/.cache/colabwidget/run",
        no_password="public_key_needed",
        desktop=True,
    ),
    Kind(
        "home_with_quotes",
        "A home whose path has quotes, a backslash and a percent sign",
        "SSH by a key, the terminal and the desktop; sockets and keys are kept in /tmp.",
        (plain_account(home='/home/it\'s "50%" \\n'), command("chmod", "1777", "/tmp")),
        desktop=True,
    ),
    Kind(
        "home_without_locks",
        "A home without file locks (Lustre)",
        "SSH by a key; sockets and keys are kept in /tmp.",
        (plain_account(), home_without(locks=True)),
        fast=True,
    ),
    Kind(
        "home_without_sockets",
        "A home without Unix sockets (SMB, AFS, FUSE)",
        "SSH by a key, the terminal and the desktop; sockets and keys are kept in /tmp.",
        (plain_account(), home_without(sockets=True)),
        desktop=True,
    ),
    Kind(
        "read_only_home",
        "A home that cannot be written",
        "SSH by a key; sockets and keys are kept in /tmp.",
        (
            plain_account(),
            command("sh", "-c", f"mount --bind {HOME} {HOME}; mount -o remount,bind,ro {HOME}"),
        ),
        home_can_be_written=False,
    ),
    Kind(
        "runtime_folder_missing",
        "XDG_RUNTIME_DIR names a folder that is not there (su -m, sudo -E, Apptainer)",
        "SSH by a key; the next place is used.",
        (plain_account(), variable("XDG_RUNTIME_DIR", "/run/user/4242")),
        runtime=IN_HOME,
    ),
    Kind(
        "runtime_folder_of_another",
        "XDG_RUNTIME_DIR names another account's folder",
        "SSH by a password; the next place is used.",
        (
            command("useradd", "another"),
            command("install", "-d", "-m", "700", "-o", "another", "/run/user/another"),
            variable("XDG_RUNTIME_DIR", "/run/user/another"),
        ),
        ways=("password",),
        runtime="/run/colabwidget",
    ),
    Kind(
        "python_by_libraries",
        "A Python that only LD_LIBRARY_PATH lets start (HPC modules, --enable-shared)",
        "SSH by a password and by a key, the terminal and the desktop.",
        (python_found_by_libraries(),),
        ways=("password",),
        desktop=True,
    ),
]
