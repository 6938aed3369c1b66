"""Machines whose homes and folders are not as usual."""

from __future__ import annotations

from tests.kit.machine.changes import (
    command,
    home_without,
    plain_account,
    python_found_by_libraries,
    started_by,
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
        "SSH by a key, the terminal and the desktop; sockets and keys are kept in /tmp.",
        (
            plain_account(),
            command("sh", "-c", f"mount --bind {HOME} {HOME}; mount -o remount,bind,ro {HOME}"),
        ),
        home_can_be_written=False,
        desktop=True,
    ),
    Kind(
        "home_is_the_root",
        "A home that is / (accounts of services)",
        "SSH by a key; sockets and keys are kept in /tmp.",
        (plain_account(home="/srv/plain"), command("usermod", "--home", "/", "plain")),
        home_can_be_written=False,
    ),
    Kind(
        "home_missing",
        "A home that is not there, and no HOME",
        "SSH by a key, the terminal and the desktop; sockets and keys are kept in /tmp.",
        (plain_account(), command("rm", "-rf", HOME), variable("HOME", "")),
        home_can_be_written=False,
        desktop=True,
    ),
    Kind(
        "home_is_a_link",
        "A home behind a link (/home is another disk)",
        "SSH by a key.",
        (
            command("mkdir", "-p", "/export/home"),
            command("ln", "-s", "/export/home", "/homes"),
            plain_account(home="/homes/plain"),
        ),
        runtime="/homes/plain/.cache/colabwidget/run",
    ),
    Kind(
        "tmp_open_to_all",
        "A read-only home, and a /tmp from which every account can move files (mode 0777)",
        "SSH by a key; sockets and keys are kept in /var/tmp.",
        (
            plain_account(),
            command("chmod", "0777", "/tmp"),
            command("sh", "-c", f"mount --bind {HOME} {HOME}; mount -o remount,bind,ro {HOME}"),
        ),
        home_can_be_written=False,
    ),
    Kind(
        "nothing_runs_from_folders",
        "/tmp, /run, /home and /dev/shm run no programs (noexec)",
        "SSH by a password, the terminal and the desktop.",
        tuple(
            command("mount", "-t", "tmpfs", "-o", f"noexec,nosuid,mode={mode}", "tmpfs", place)
            for place, mode in (("/tmp", 1777), ("/run", 755), ("/home", 755), ("/dev/shm", 1777))
        ),
        ways=("password",),
        desktop=True,
    ),
    Kind(
        "no_shared_memory",
        "A /dev/shm in which nothing can be made",
        "SSH by a key, the terminal and the desktop.",
        (
            plain_account(),
            # Its folder is this machine's own, which stays.
            command("mount", "-t", "tmpfs", "-o", "ro,mode=000", "tmpfs", "/dev/shm"),
        ),
        desktop=True,
    ),
    Kind(
        "closed_umask",
        "A umask that keeps everything from others (0777)",
        "SSH by a password and the desktop.",
        (started_by("sh", "-c", 'umask 0777; exec "$@"', "sh"),),
        ways=("password",),
        desktop=True,
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
