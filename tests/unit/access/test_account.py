"""Which account is meant, and whether it can be opened, told before anything is changed."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest

from colabwidget.access.account import Account, account_name, check, writes_at_home
from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.options import Options

OWN = pwd.getpwuid(os.geteuid()).pw_name
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKmQmIYjZSLkLMcUUYQ5vpJf8Wq0gMrQ3kEEBjJ5Tq2v"
NOBODY_YET = "cw-nobody-yet"


@pytest.mark.parametrize("user", ["colab", "somebody", "root"])
def test_root_opens_the_account_that_is_asked_for(user: str) -> None:
    assert account_name(Options(user=user), root=True) == user


@pytest.mark.parametrize("user", ["", "colab", OWN])
def test_without_root_it_is_the_own_account(user: str) -> None:
    assert account_name(Options(user=user), root=False) == OWN


def test_without_root_no_other_account_can_be_opened() -> None:
    with pytest.raises(ColabWidgetError) as raised:
        account_name(Options(user=NOBODY_YET), root=False)
    assert raised.value.code == "no_root_other_user"
    assert OWN in raised.value.info["remedy"]


def refused(name: str, options: Options, root: bool) -> tuple[str, str]:
    with pytest.raises(ColabWidgetError) as raised:
        check(name, options, root)
    return raised.value.code, raised.value.info["cause"]


def test_a_new_account_can_be_opened_either_way() -> None:
    check(NOBODY_YET, Options(), root=True)
    check(NOBODY_YET, Options(public_key=KEY), root=True)


def test_without_root_and_for_root_it_takes_a_key() -> None:
    check(OWN, Options(public_key=KEY), root=False)
    check("root", Options(public_key=KEY), root=True)
    code, cause = refused(OWN, Options(), root=False)
    assert (code, "Without root" in cause) == ("public_key_needed", True)
    code, cause = refused("root", Options(), root=True)
    assert (code, "root signs in with a key only" in cause) == ("public_key_needed", True)


@pytest.mark.parametrize("key", ["", KEY])
def test_accounts_of_services_are_left_alone(key: str) -> None:
    code, _ = refused("daemon", Options(user="daemon", public_key=key), root=True)
    assert code == "user_system"


@pytest.mark.parametrize("name", ["1abc", "Colab", "alice@corp", "a.b"])
def test_a_new_account_has_a_name_that_useradd_takes(name: str) -> None:
    code, _ = refused(name, Options(user=name), root=True)
    assert code == "user_invalid"


def test_accounts_of_directory_services_have_large_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "alice@corp.example"
    entry = pwd.struct_passwd((name, "x", 1_234_600_001, 1_234_600_001, "", "/home/a", "/bin/sh"))
    monkeypatch.setattr(pwd, "getpwnam", lambda asked: entry)
    check(name, Options(user=name, public_key=KEY).checked(), root=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="gives a folder to another account")
@pytest.mark.parametrize(("mode", "writes"), [(0o755, True), (0o555, False), (0o644, False)])
def test_root_sees_whether_another_account_writes_at_home(
    tmp_path: Path, mode: int, writes: bool
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    os.chown(home, pwd.getpwnam("daemon").pw_uid, -1)
    home.chmod(mode)
    assert writes_at_home(Account("daemon", str(home), None, "")) is writes


def test_another_accounts_home_on_a_read_only_file_system_takes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = os.statvfs(tmp_path)
    flags = [*found[:8], found.f_flag | os.ST_RDONLY, found.f_namemax]
    monkeypatch.setattr(os, "statvfs", lambda path: os.statvfs_result(flags))
    assert not writes_at_home(Account("daemon", str(tmp_path), None, ""))
