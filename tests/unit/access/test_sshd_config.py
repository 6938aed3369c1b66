"""What the private sshd is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from colabwidget.access import sshd_config
from colabwidget.access.account import Account
from colabwidget.access.guest import Guest
from colabwidget.core.secrets import Secret


def made(account: Account, monkeypatch: pytest.MonkeyPatch, ours: bool = False) -> dict[str, str]:
    monkeypatch.setattr(sshd_config, "is_ours", lambda name: ours)
    text = sshd_config.sshd_config(account, [Path("/var/lib/a key")], 2222, (9, 2))
    return dict(line.split(" ", 1) for line in text.splitlines() if line)


def test_each_value_stays_one_word(monkeypatch: pytest.MonkeyPatch) -> None:
    account = Account("alice@corp", "/h", None, "ssh", keys_file=Path("/home/a b/100%/keys"))
    found = made(account, monkeypatch)
    assert found["HostKey"] == '"/var/lib/a key"'
    assert found["AuthorizedKeysFile"] == '"/home/a b/100%%/keys"'
    # An @ would be taken for the host that the user comes from.
    assert found["AllowUsers"] == "alice?corp"
    assert found["PasswordAuthentication"] == "no"


def test_keys_that_cells_wrote_open_accounts_of_our_own_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    account = Account("colab", "/h", Secret("x"), "", keys_file=Path("/run/keys"))
    assert made(account, monkeypatch, ours=True)["AuthorizedKeysFile"] == (
        "/run/keys .ssh/authorized_keys"
    )
    assert made(account, monkeypatch)["AuthorizedKeysFile"] == "/run/keys"


def test_modes_are_checked_unless_they_would_shut_out_every_key(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    keys = private / "keys"
    keys.write_text("")
    keys.chmod(0o600)
    account = Account("root", "/root", None, "ssh", keys_file=keys)
    safe = all(not parent.stat().st_mode & 0o022 for parent in keys.parents)
    assert made(account, monkeypatch)["StrictModes"] == ("yes" if safe else "no")
    private.chmod(0o777)
    assert made(account, monkeypatch)["StrictModes"] == "no"


def test_keys_of_root_open_root_and_those_of_the_session_do_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    account = Account("colab", "/h", Secret("x"), "", keys_file=Path("/run/keys"), root_keys=True)
    found = made(account, monkeypatch)
    assert found["AllowUsers"] == "colab root"
    assert found["PermitRootLogin"] == "prohibit-password"
    text = sshd_config.sshd_config(account, [Path("/key")], 2222, (9, 2))
    assert text.endswith("Match User root\n    AuthorizedKeysFile .ssh/authorized_keys\n")
    closed = made(replace(account, root_keys=False), monkeypatch)
    assert closed["AllowUsers"] == "colab" and closed["PermitRootLogin"] == "no"


@pytest.mark.parametrize(
    ("shell", "more"),
    [
        ("/bin/bash", ""),
        ("/usr/bin/zsh", ""),
        ("/usr/bin/fish", ' "XDG_CONFIG_HOME=/run/a b/fish"'),
        ("/bin/csh", " HOME=/dev/null"),
        ("/usr/bin/tcsh", " HOME=/dev/null"),
        ("", ""),
    ],
)
def test_each_shell_is_kept_from_the_user_s_start_up_files(
    shell: str, more: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = Account("ada", "/h", None, "ssh", shell=shell, keys_file=Path("/run/a b/keys"))
    assert made(account, monkeypatch)["SetEnv"] == f"SHLVL=1 ZDOTDIR=/dev/null{more}"


def test_root_beside_the_account_keeps_its_home(monkeypatch: pytest.MonkeyPatch) -> None:
    account = Account("ada", "/h", None, "ssh", shell="/bin/tcsh", root_keys=True)
    assert "HOME" not in made(account, monkeypatch)["SetEnv"]


GUEST = Guest("guest-1", Path("/run/colabwidget.guest-1"), "ssh-ed25519 AAAA me", uid=990)


def rules(text: str) -> dict[str, dict[str, str]]:
    """What sshd is told of each account, by name."""
    found = {}
    for block in text.split("\nMatch User ")[1:]:
        name, *lines = block.splitlines()
        found[name] = dict(line.split(None, 1) for line in lines if line)
    return found


@pytest.mark.parametrize(
    ("guest", "told"),
    [
        (GUEST, {"PasswordAuthentication": "no", "PubkeyAuthentication": "yes"}),
        (replace(GUEST, key=""), {"PasswordAuthentication": "yes", "AuthorizedKeysFile": "none"}),
        (GUEST, {"PermitTTY": "yes", "AllowTcpForwarding": "no", "PermitOpen": "none"}),
        (GUEST, {"MaxSessions": "1", "ForceCommand": "watch"}),
        (
            replace(GUEST, port=5999),
            {"AllowTcpForwarding": "local", "PermitOpen": "127.0.0.1:5999", "PermitTTY": "no"},
        ),
        (replace(GUEST, port=5999), {"MaxSessions": "0", "ForceCommand": "watch"}),
    ],
)
def test_a_guest_may_do_one_thing_whatever_the_session_s_account_may(
    guest: Guest, told: dict[str, str]
) -> None:
    account = Account(
        *("colab", "/h", Secret("x"), ""),
        keys_file=Path("/run/keys"),
        agent_forwarding=True,
        remote_forwarding=True,
        root_keys=True,
    )
    text = sshd_config.sshd_config(account, [Path("/key")], 2222, (9, 2), guests=[guest])
    found = rules(text)
    assert "AllowUsers colab root guest-1\n" in text
    assert {*found} == {"root", "guest-1"}
    closed = ("AllowAgentForwarding", "AllowStreamLocalForwarding", "GatewayPorts", "PermitTunnel")
    told |= dict.fromkeys((*closed, "X11Forwarding", "PermitUserRC"), "no")
    assert told.items() <= found["guest-1"].items()


def test_without_root_each_key_names_what_begins_its_sessions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sshd_config, "is_root", lambda: False)
    account = Account(
        *("me", "/h", None, "ssh-rsa AAAA one\nssh-ed25519 BBBB two"),
        keys_file=Path("/run/keys"),
        enter="/bin/sh '/home/a \"b\"/enter'",
    )
    shell = replace(GUEST, uid=None)
    desktop = replace(shell, place=Path("/home/a b"), key="ssh-ed25519 CCCC", port=5999)
    text = sshd_config.sshd_config(account, [Path("/key")], 2222, (9, 2), guests=[shell, desktop])
    # sshd's own command would go before that of a guest's key.
    assert "ForceCommand" not in text and "Match" not in text and "AllowUsers me\n" in text
    lines = sshd_config.key_lines(account, ["restrict,pty ecdsa DDDD"], [shell, desktop])
    enter = 'command="/bin/sh \'/home/a \\"b\\"/enter\'"'
    assert lines.splitlines() == [
        f"{enter} ssh-rsa AAAA one",
        f"{enter} ssh-ed25519 BBBB two",
        f"{enter},restrict,pty ecdsa DDDD",
        'restrict,pty,command="/bin/sh /run/colabwidget.guest-1/watch" ssh-ed25519 AAAA me',
        'restrict,port-forwarding,permitopen="127.0.0.1:5999",permitlisten="127.0.0.1:1",'
        "command=\"/bin/sh '/home/a b/watch'\" ssh-ed25519 CCCC",
    ]
