"""What pairing writes on a user's computer, and that it is undone."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from colabwidget.through import program, ssh_files
from colabwidget.through.faults import Fault
from colabwidget.through.pairing import Machine
from colabwidget.through.profiles import Profile, Profiles

pytestmark = pytest.mark.skipif(not shutil.which("ssh"), reason="needs OpenSSH")


def profile(name: str = "colabwidget", **more: str) -> Profile:
    machine = Machine(more.get("user", "me"), ["ssh-ed25519 AAAA"], "/python", "/relay", "/socket")
    return Profile(name, "https://hub.example/user/me/", machine, b"c" * 16, b"k" * 32, "token")


@pytest.fixture
def profiles(tmp_path: Path) -> Profiles:
    folder = tmp_path / "a folder 100%" / ".ssh"
    folder.mkdir(parents=True)
    made = Profiles(folder)
    made.make_folder()
    return made


def effective(profiles: Profiles, name: str) -> dict[str, str]:
    """What OpenSSH itself makes of a block."""
    done = subprocess.run(
        ["ssh", "-G", "-F", profiles.path(name, ".conf"), name],
        capture_output=True,
        text=True,
        check=True,
    )
    pairs = (line.partition(" ") for line in done.stdout.splitlines())
    return {name: value for name, _, value in pairs}


def test_openssh_reads_the_block_as_it_is_meant(profiles: Profiles) -> None:
    ssh_files.write(profiles, profile(user="me@example"))
    found = effective(profiles, "colabwidget")
    assert found["user"] == "me@example"
    assert found["identityfile"].replace("%%", "%") == str(profiles.path("colabwidget", ".key"))
    assert found["userknownhostsfile"].replace("%%", "%") == str(
        profiles.path("colabwidget", ".known_hosts")
    )
    assert found["hostkeyalias"] == "colabwidget-colabwidget"
    assert (found["stricthostkeychecking"], found["serveraliveinterval"]) == ("true", "0")
    assert found["proxycommand"].endswith(" connect colabwidget")
    # Nothing secret is in what every process may see.
    assert "token" not in found["proxycommand"]


def test_a_shell_stays_where_that_was_asked_for(profiles: Profiles) -> None:
    ssh_files.write(profiles, profile())
    assert "setenv" not in effective(profiles, "colabwidget")
    ssh_files.write(profiles, replace(profile(), tmux=True))
    assert effective(profiles, "colabwidget")["setenv"] == "COLABWIDGET_TMUX=yes"
    assert profiles.load("colabwidget").tmux


def test_the_proxy_command_runs_the_copy_whatever_the_folder_is_called(
    profiles: Profiles,
) -> None:
    ssh_files.write(profiles, profile())
    command = effective(profiles, "colabwidget")["proxycommand"].replace("%%", "%")
    done = subprocess.run(
        ["sh", "-c", command.replace("connect colabwidget", "list")],
        env={**os.environ, "HOME": str(profiles.ssh.parent)},
        capture_output=True,
        text=True,
    )
    assert done.stdout == "colabwidget\tme\thttps://hub.example/user/me/\n", done.stderr


@pytest.mark.parametrize("before", [None, "", "Host a\n  Port 1", "# a comment\n\nHost *\n"])
def test_the_config_is_what_it_was_once_all_is_forgotten(
    profiles: Profiles, before: str | None
) -> None:
    config = profiles.ssh / "config"
    if before is not None:
        config.write_text(before)
    for name in ("colabwidget", "second"):
        ssh_files.write(profiles, profile(name))
        ssh_files.write(profiles, profile(name))
    assert config.read_text() == f"{ssh_files.INCLUDE}\n\n{before or ''}"
    ssh_files.remove(profiles, "second")
    assert ssh_files.is_included(profiles) and profiles.names() == ["colabwidget"]
    ssh_files.remove(profiles, "colabwidget")
    assert (config.read_text() if before else config.exists() and config.read_text()) == (
        before or False
    )
    assert [path.name for path in profiles.ssh.iterdir()] == (["config"] if before else [])


def test_a_config_that_is_a_link_stays_one(profiles: Profiles) -> None:
    real = profiles.ssh.parent / "dotfiles"
    real.write_text("Host a\n")
    (profiles.ssh / "config").symlink_to(real)
    ssh_files.write(profiles, profile())
    assert (profiles.ssh / "config").is_symlink()
    assert real.read_text().startswith(ssh_files.INCLUDE)


def test_all_files_are_the_owner_s_alone(profiles: Profiles) -> None:
    old = os.umask(0)
    try:
        ssh_files.make_key(profiles, "colabwidget")
        ssh_files.write(profiles, profile())
    finally:
        os.umask(old)
    for path in profiles.folder.iterdir():
        allowed = 0o644 if path.suffix == ".pub" else 0o600
        assert stat.S_IMODE(path.stat().st_mode) & ~allowed == 0, path
    assert profiles.load("colabwidget") == profile()


@pytest.mark.parametrize("name", ["../x", "a b", "", "-x", "a%h", "*"])
def test_names_are_names(profiles: Profiles, name: str) -> None:
    with pytest.raises(Fault):
        profiles.path(name, ".conf")


def test_the_copy_starts_in_time(tmp_path: Path) -> None:
    """In 100 ms on a machine with nothing else to do; this is a bound for one that is busy."""
    path = tmp_path / "through.pyz"
    path.write_bytes(program.archive(compiled=True))
    words = [program.interpreter(), "-I", str(path), "list"]
    for _ in range(2):
        done = subprocess.run(words, env={"HOME": str(tmp_path)}, timeout=5, check=True)
    assert done.returncode == 0


def test_the_copy_says_what_it_lacks(tmp_path: Path) -> None:
    path = tmp_path / "through.pyz"
    path.write_bytes(program.archive())
    words = [program.interpreter(), "-I", str(path), "put", "here", "colabwidget:"]
    done = subprocess.run(words, env={"HOME": str(tmp_path)}, capture_output=True, text=True)
    assert (done.returncode, "install the wheel" in done.stderr) == (1, True), done.stderr
