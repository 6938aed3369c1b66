"""What /etc/passwd and /etc/group have, read as the system reads them."""

from __future__ import annotations

import grp
import pwd
from pathlib import Path

import pytest

from colabwidget.system import accounts


def test_this_machine_s_accounts_are_those_of_the_system() -> None:
    for each in accounts.local():
        first = accounts.find_local(each.pw_name)
        assert first == pwd.getpwnam(each.pw_name)
    assert accounts.find_local(0) == pwd.getpwuid(0)


def test_this_machine_s_groups_are_those_of_the_system() -> None:
    for name in ("root", "tty"):
        assert accounts.find_local_group(name) == grp.getgrnam(name)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "# a comment",
        "+::::::",
        "-ada",
        "ada:x:1000:1000::/home/ada",
        "ada:x:many:1000::/home/ada:/bin/sh",
        "ada:x:-1:1000::/home/ada:/bin/sh",
        "ada:x::::/home/ada:/bin/sh",
        "ada:x:1000:1000:a:b:/home/ada:/bin/sh",
    ],
)
def test_lines_that_are_no_account_are_none(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "passwd"
    file.write_text(f"{line}\nbea:x:1001:1001:B\u00e9a,,,:/home/bea:\n")
    monkeypatch.setattr(accounts, "PASSWD", file)
    assert [each.pw_name for each in accounts.local()] == ["bea"]
    assert accounts.find_local("ada") is None


def test_the_first_of_two_lines_counts_and_no_file_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "passwd"
    monkeypatch.setattr(accounts, "PASSWD", file)
    monkeypatch.setattr(accounts, "GROUP", tmp_path / "group")
    assert accounts.find_local("ada") is None and accounts.find_local_group("ada") is None
    file.write_bytes(b"ada:x:1:1:\xff:/one:/bin/sh\nada:x:2:2::/two:/bin/sh\nbea:x:1:1::/3:\n")
    found = accounts.find_local("ada")
    assert found and found.pw_dir == "/one"
    assert accounts.find_local(1) == found
