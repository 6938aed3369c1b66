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
