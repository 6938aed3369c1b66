"""What a process may do is read from what the kernel says of it, not from its user id."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from colabwidget.system import accounts, rights

ALL = "000001ffffffffff"
EVERYBODY = "         0          0 4294967295\n"
ONE = "         0       1000          1\n"
# As rootless Podman maps: the user, and the ids that /etc/subuid gives.
WITH_SUBORDINATES = "0 1000 1\n1 100000 65536\n"


@pytest.fixture
def process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """This process is root with all rights, on a system that can be written."""
    monkeypatch.setattr(rights, "PROC", tmp_path)
    monkeypatch.setattr(rights, "SYSTEM_FILES", (tmp_path,))
    be(tmp_path)
    return tmp_path


def be(process: Path, user: int = 0, held: str = ALL, ids: str = EVERYBODY) -> None:
    (process / "status").write_text(f"Name:\tpython\nUid:\t9\t{user}\t9\t9\nCapEff:\t{held}\n")
    for name in ("uid_map", "gid_map"):
        (process / name).write_text(ids)
    (process / "setgroups").write_text("allow\n")


def without(*bits: int) -> str:
    return f"{int(ALL, 16) & ~sum(1 << bit for bit in bits):016x}"


def test_root_with_its_rights_is_root(process: Path) -> None:
    assert rights.is_root() and rights.root_lacks() == rights.sshd_lacks() == ""
    be(process, ids=WITH_SUBORDINATES)
    assert rights.is_root()


def test_another_account_is_not_root_and_its_sshd_lacks_nothing(process: Path) -> None:
    be(process, user=1000, held=without(*range(41)))
    assert not rights.is_root()
    assert rights.user_id() == 1000
    assert rights.sshd_lacks() == ""


@pytest.mark.parametrize(("bit", "name"), [(0, "CHOWN"), (6, "SETGID"), (7, "SETUID")])
def test_root_without_a_capability_is_none(process: Path, bit: int, name: str) -> None:
    be(process, held=without(bit))
    assert not rights.is_root()
    assert rights.root_lacks() == f"CAP_{name} is missing"
    # To give homes away is not sshd's work.
    assert rights.sshd_lacks() == ("" if name == "CHOWN" else f"CAP_{name} is missing")


def test_without_chroot_only_sshd_lacks_something(process: Path) -> None:
    be(process, held=without(18))
    assert rights.is_root()
    assert rights.sshd_lacks() == "CAP_SYS_CHROOT is missing"


@pytest.mark.parametrize("ids", [ONE, "0 1000 1\n1 100000 1000\n", "0 0 1\n5 5 70000\n"])
def test_root_of_a_user_namespace_without_other_accounts_is_none(process: Path, ids: str) -> None:
    be(process, ids=ids)
    assert not rights.is_root()
    assert "user namespace" in rights.root_lacks()
    assert "user namespace" in rights.sshd_lacks()


def test_root_of_a_user_namespace_without_groups_is_none(process: Path) -> None:
    (process / "setgroups").write_text("deny\n")
    assert "user namespace" in rights.root_lacks()


def test_a_system_that_cannot_be_written_needs_no_root_for_sshd(
    process: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_, **__: False)
    assert not rights.is_root()
    assert rights.root_lacks() == f"{process} cannot be written"
    assert rights.sshd_lacks() == ""


def test_without_proc_the_user_id_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rights, "PROC", tmp_path / "missing")
    assert rights.user_id() == os.geteuid()


def test_an_account_without_a_name_has_an_entry_made_for_it(
    process: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    be(process, user=987_654)
    monkeypatch.setenv("HOME", "/work place")
    monkeypatch.setenv("SHELL", "/bin/sh")
    own = accounts.own()
    assert (own.pw_name, own.pw_uid, own.pw_dir) == ("uid987654", 987_654, "/work place")
    assert accounts.entry("uid987654") == own
    assert not accounts.is_named()
    assert accounts.entry("root").pw_uid == 0
    with pytest.raises(KeyError):
        accounts.entry("uid987655")
    monkeypatch.delenv("HOME")
    assert str(accounts.home()) == "/"
