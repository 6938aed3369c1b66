"""How a login shell of an account is started."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest

from colabwidget.access.account import Account
from colabwidget.backend.streams.login_shell import LoginShell
from colabwidget.system.shells import usual_shell

OWN = pwd.getpwuid(os.geteuid()).pw_name
OTHER = next((each.pw_name for each in pwd.getpwall() if each.pw_uid not in (0, os.geteuid())), "")


def shell_of(name: str, home: Path, folder: str = "", **environment: str) -> LoginShell:
    return LoginShell(Account(name, str(home), None, "", {}, folder), environment, home)


def test_bash_of_the_notebook_s_account_keeps_the_notebook_s_path(tmp_path: Path) -> None:
    bash = tmp_path / "bash"
    bash.write_text("#!/bin/sh\n")
    bash.chmod(0o755)
    shell = shell_of(OWN, tmp_path, SHELL=str(bash), PATH="/notebook/bin")
    assert shell.is_own
    assert shell.command()[-4:] == [str(bash), "--rcfile", str(tmp_path / "terminal.rc"), "-i"]
    assert (tmp_path / "terminal.rc").stat().st_mode & 0o777 == 0o600
    assert shell.variables()["COLABWIDGET_PATH"] == "/notebook/bin"
    assert shell.variables()["SHELL"] == str(bash)


def test_another_shell_is_a_login_shell(tmp_path: Path) -> None:
    assert shell_of(OWN, tmp_path, SHELL="/bin/sh").command()[-2:] == ["/bin/sh", "-l"]


@pytest.mark.parametrize("missing", ["/no/such/shell", "/usr/sbin/nologin", "/bin/false"])
def test_where_no_shell_of_the_account_runs_a_usual_one_does(tmp_path: Path, missing: str) -> None:
    shell = shell_of(OWN, tmp_path, SHELL=missing)
    shell.owner = pwd.struct_passwd((OWN, "x", 0, 0, "", str(tmp_path), "/bin/sh"))
    assert shell.command()[-2:] == ["/bin/sh", "-l"]
    shell.owner = pwd.struct_passwd((OWN, "x", 0, 0, "", str(tmp_path), missing))
    assert shell.variables()["SHELL"] == usual_shell()


@pytest.mark.skipif(not OTHER, reason="there is no other account")
def test_another_account_s_shell_is_its_own_and_dies_with_the_backend(tmp_path: Path) -> None:
    shell = shell_of(OTHER, tmp_path, SHELL="/no/such/shell")
    assert not shell.is_own
    command = shell.command()
    tied = command[next(i for i, word in enumerate(command) if word.endswith("/setpriv")) :]
    assert tied[1:3] == ["--pdeathsig", "KILL"]
    assert tied[3:8] == [
        *("--reuid", str(shell.owner.pw_uid)),
        *("--regid", str(shell.owner.pw_gid), "--init-groups"),
    ]
    assert tied[-1] == "-l"
    # It enters its folder with the account's rights, and root none of them.
    assert str(tmp_path) in tied and shell.working_folder() == "/"
    assert not (tmp_path / "terminal.rc").exists()


def test_it_begins_in_the_session_s_folder_the_notebook_s_or_at_home(tmp_path: Path) -> None:
    session, notebook = tmp_path / "session", tmp_path / "notebook"
    notebook.mkdir()
    shell = shell_of(OWN, tmp_path, str(session), COLABWIDGET_FOLDER=str(notebook))
    assert shell.working_folder() == str(notebook)
    session.mkdir()
    assert shell.working_folder() == str(session)
    assert shell_of(OWN, tmp_path).working_folder() == str(tmp_path)
    assert shell_of(OWN, tmp_path / "gone").working_folder() == "/"
