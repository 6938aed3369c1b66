"""What sshd's words mean: each row is a line that an OpenSSH server prints."""

from __future__ import annotations

import pytest

from colabwidget.access.sign_in_reasons import Reason, explain

ROWS = {
    "User jovy not allowed because account is locked": ("jovy is locked", "usermod --password"),
    "User jovy not allowed because shell /usr/bin/fish does not exist": (
        "/usr/bin/fish, does not exist",
        "--shell /bin/bash jovy",
    ),
    "User jovy not allowed because shell /opt/sh is not executable": (
        "/opt/sh, is not executable",
        "--shell",
    ),
    "User jovy not allowed because /etc/nologin exists": ("/etc/nologin exists", "Remove"),
    "User a@b from 127.0.0.1 not allowed because not listed in AllowUsers": ("AllowUsers", "log"),
    "Account jovy has expired": ("jovy has expired", "chage --expiredate -1 jovy"),
    "User jovy password has expired (password aged)": ("password", "chage --maxdays"),
    "This account is currently not available.": ("nologin", "--shell /bin/bash"),
    'chroot("/run/sshd"): Operation not permitted [preauth]': ("chroot", "SYS_CHROOT"),
    "fatal: setgroups: Operation not permitted [preauth]": ("another account", "SETGID"),
    "fatal: ssh_sandbox_child: prctl(PR_SET_SECCOMP): Invalid argument [preauth]": (
        "seccomp",
        "cell",
    ),
    "Authentication refused: bad ownership or modes for directory /srv/home": (
        "/srv/home",
        "chmod go-w",
    ),
    "error: fork: Resource temporarily unavailable": ("another process", "limit"),
    "fatal: privsep_preauth: preauth child terminated by signal 31": ("seccomp", "cell"),
    "fatal: privsep_preauth: preauth child terminated by signal 9 [preauth]": ("memory", "End"),
    "fatal: ssh_sandbox_child: setrlimit(RLIMIT_NOFILE): Operation not permitted": (
        "isolates",
        "cell",
    ),
    "fatal: permanently_set_uid: was able to restore old [e]gid": ("another account", "SETUID"),
    "fatal: initgroups: jovy: Invalid argument": ("another account", "SETGID"),
    "fatal: chown(/dev/pts/0, 1000, 5) failed: Invalid argument": ("/dev/pts/0", "gid=5"),
    "fatal: chmod(/dev/pts/3, 0620) failed: Read-only file system": ("/dev/pts/3", "gid=5"),
    "error: ssh_selinux_getctxbyname: Failed to get default SELinux security context for jovy": (
        "SELinux",
        "setenforce",
    ),
    "refused connect from 127.0.0.1 (127.0.0.1)": ("hosts.deny", "hosts.allow"),
    "error: reexec of /usr/lib/openssh/sshd-session failed: No such file or directory": (
        "/usr/lib/openssh/sshd-session",
        "Connect again",
    ),
    "fatal: Timeout before authentication for 127.0.0.1 port 40000": ("in time", "directory"),
    "drop connection #10 from [127.0.0.1]:4000 on [127.0.0.1]:2222 past MaxStartups": (
        "many clients",
        "again",
    ),
    "User jovy from 127.0.0.1 not allowed because a group is listed in DenyGroups": (
        "a group is listed in DenyGroups",
        "log",
    ),
    "/opt/sh: Permission denied": ("/opt/sh, cannot be started: Permission denied", "--shell"),
    "/opt/sh: Exec format error": ("/opt/sh, cannot be started: Exec format", "--shell"),
    "/opt/sh: No such file or directory": ("/opt/sh, cannot be started: No such", "--shell"),
    "/bin/fish: error while loading shared libraries: libpcre2.so.0: cannot open shared object": (
        "libpcre2.so.0",
        "--shell",
    ),
    "Failed publickey for jovy from 127.0.0.1 port 4 ssh2: ECDSA SHA256:x": ("refuses", "log"),
}


@pytest.mark.parametrize("line", ROWS)
def test_a_line_of_sshd_is_explained(line: str) -> None:
    cause, remedy = ROWS[line]
    noise = ["Connection closed by 127.0.0.1 port 5 [preauth]", "Server listening on 127.0.0.1"]
    found = explain([*noise, line])
    assert cause in found.cause
    assert remedy in found.remedy


def test_an_unknown_line_is_handed_on_and_silence_is_named() -> None:
    assert explain(["fatal: the moon is full [preauth]"]).cause == (
        "The SSH server says: the moon is full."
    )
    assert "without a word" in explain(["Connection closed by 127.0.0.1 port 5"]).cause
    otherwise = Reason("The shell ends.", "See why.")
    assert explain(["fatal: the moon is full"], otherwise) is otherwise
    assert "locked" in explain(["User a not allowed because account is locked"], otherwise).cause
