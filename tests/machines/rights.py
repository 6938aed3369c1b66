"""Machines whose root, or whose notebook's account, has not the rights that one expects."""

from __future__ import annotations

from tests.kit.machine.changes import (
    command,
    many_ids,
    no_name,
    own_id_only,
    plain_account,
    read_only_root,
    started_by,
    without_capabilities,
)
from tests.kit.machine.kind import Kind


def only(*names: str) -> tuple[str, str]:
    """Return the options of setpriv that leave root some capabilities."""
    kept = ",".join(["-all", *(f"+{name}" for name in names)])
    return f"--bounding-set={kept}", "--inh-caps=-all"


KINDS = [
    Kind(
        "read_only_root",
        "Root on a read-only system (Kubernetes, readOnlyRootFilesystem)",
        "SSH as root by a key; no account can be made, so that no password is given.",
        (read_only_root("/tmp"),),
        no_password="public_key_needed",
        log="This root has no rights of root: /etc cannot be written.",
        home_can_be_written=False,
        desktop=True,
    ),
    Kind(
        "read_only_run",
        "Root on a read-only system whose /run is read-only too",
        "The terminal and the desktop in the notebook; SSH needs a /run that can be written, or "
        "user namespaces.",
        (
            command("rm", "/usr/bin/unshare"),
            read_only_root("/tmp"),
            command("rm", "-rf", "/run/sshd"),
            command("mount", "-o", "remount,ro", "/run"),
        ),
        ways=(),
        refused=("sshd_no_rights", "/run/sshd is missing and /run cannot be written"),
        desktop=True,
    ),
    Kind(
        "no_chroot",
        "Root without CAP_SYS_CHROOT (CRI-O, newer Podman)",
        "The terminal in the notebook; SSH says which right it lacks.",
        (without_capabilities("sys_chroot"),),
        ways=(),
        refused=("sshd_no_rights", "CAP_SYS_CHROOT is missing"),
        fast=True,
    ),
    Kind(
        "no_chown",
        "Root with only the capabilities that sshd needs (--cap-drop ALL, and four added)",
        "SSH as root by a key.",
        (started_by("setpriv", *only("setuid", "setgid", "sys_chroot", "audit_write")),),
        log="This root has no rights of root: CAP_CHOWN is missing.",
    ),
    Kind(
        "no_audit",
        "Root without CAP_AUDIT_WRITE (CRI-O) on a machine that keeps an audit log",
        "The terminal in the notebook; SSH says which right it lacks.",
        (without_capabilities("audit_write"),),
        ways=(),
        refused=("sign_in_failed", "audit log"),
        options=("--user", "root"),
    ),
    Kind(
        "rootless_container",
        "Root of a user namespace with 65536 ids (rootless Podman and Docker, LXD)",
        "Everything: a password, sudo, the desktop.",
        (many_ids(),),
        ways=("password",),
        desktop=True,
    ),
    Kind(
        "passwd_is_mounted",
        "/etc/passwd is a file that was mounted (docker --volume)",
        "SSH as root by a key; a new account is refused with the reason.",
        (command("mount", "--bind", "/etc/passwd", "/etc/passwd"),),
        options=("--user", "root"),
    ),
    Kind(
        "no_capabilities",
        "Root without any capability (--cap-drop ALL)",
        "The terminal and the desktop in the notebook; SSH says which right it lacks.",
        (without_capabilities("all"),),
        ways=(),
        refused=("sshd_no_rights", "CAP_SYS_CHROOT is missing"),
        desktop=True,
    ),
    Kind(
        "root_of_a_namespace",
        "Root of a user namespace without other accounts (unshare --map-root-user, Apptainer)",
        "SSH by a key to the notebook's own account, and no sudo.",
        (plain_account(), started_by("unshare", "--user", "--map-root-user")),
        no_password="public_key_needed",
        desktop=True,
    ),
    Kind(
        "fakeroot",
        "A root that fakeroot pretends",
        "It is the account that it was: SSH by a key.",
        (plain_account(), started_by("fakeroot", "--")),
        no_password="public_key_needed",
    ),
    Kind(
        "own_id_only",
        "An account in a container that maps only its own id (Apptainer, bwrap)",
        "SSH by a key.",
        (plain_account(), own_id_only()),
        desktop=True,
    ),
    Kind(
        "no_name",
        "A user id without an entry in /etc/passwd (runAsUser)",
        "SSH by a key, the terminal and the desktop, in a user namespace where the id has a name.",
        (no_name(),),
        desktop=True,
    ),
    Kind(
        "no_name_no_namespace",
        "A user id without an entry in /etc/passwd, and no user namespaces (OpenShift)",
        "The terminal in the notebook; SSH and the desktop need a name.",
        (no_name(), command("rm", "/usr/bin/unshare")),
        ways=(),
        refused=("sshd_no_name", "1000650000"),
    ),
    Kind(
        "hidden_processes",
        "An account that sees no processes of others (hidepid=2)",
        "SSH by a key, the terminal and the desktop.",
        (plain_account(), command("mount", "-o", "remount,hidepid=2", "/proc")),
        desktop=True,
    ),
    Kind(
        "low_limits",
        "Low limits: 128 descriptors, 200 processes",
        "SSH by a key, the terminal and the desktop.",
        (plain_account(), started_by("prlimit", "--nofile=128:128", "--nproc=200:200", "--")),
        desktop=True,
    ),
]
