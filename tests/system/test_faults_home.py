"""Homes that cannot be written, without root and without a runtime directory."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.kit.machine.plain_user import PlainUser
from tests.kit.machine.ssh_client import ssh
from tests.kit.rows import params


@pytest.fixture
def user() -> Iterator[PlainUser]:
    if os.geteuid() != 0:
        pytest.skip("makes accounts, which takes root")
    made = PlainUser()
    place = spare(made)
    try:
        yield made
    finally:
        made.close()
        if place.is_symlink():
            place.unlink()
        shutil.rmtree(place, ignore_errors=True)


def spare(user: PlainUser) -> Path:
    return Path(f"/tmp/colabwidget-{user.home.stat().st_uid}")


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Let no account write below a folder, as on a file system that is mounted so."""
    subprocess.run(["mount", "--bind", folder, folder], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", folder], check=True)
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def look(folder: Path) -> list[tuple[Path, int, int, int]]:
    """What could have been changed of a folder and of what is in it."""
    found = [(path, path.lstat()) for path in (folder, *folder.iterdir())]
    return [(path, of.st_mode, of.st_uid, of.st_mtime_ns) for path, of in found]


def phase(user: PlainUser) -> str:
    return str(json.loads(user.colabwidget("status", "--json").stdout)["phase"])


def signs_in(user: PlainUser, details: dict[str, object], folder: Path) -> bool:
    who = ssh(details, "id -un", folder=folder, options=user.options())
    return who.stdout == f"{user.name}\n"


def test_a_read_only_home(user: PlainUser, tmp_path: Path) -> None:
    """Done: Connect where the home is read-only. Seen: It works as ever, and every client finds the
    session."""
    with read_only(user.home):
        details = user.connect()

        assert signs_in(user, details, tmp_path)
        runtime = spare(user)
        found = [runtime, runtime / "state", runtime / "session"]
        assert {stat.S_IMODE(folder.stat().st_mode) for folder in found} == {0o700}
        assert {path.stat().st_uid for path in runtime.rglob("*")} == {user.home.stat().st_uid}
        assert phase(user) == "connected"
    # It is found still, and ended, where it is.
    assert phase(user) == "connected"
    assert user.colabwidget("disconnect").returncode == 0
    assert not list((runtime / "session").iterdir())
    assert not (user.home / ".cache").exists()
    again = user.connect()
    assert again["ssh"]["fingerprint"] == details["ssh"]["fingerprint"]
    assert signs_in(user, again, tmp_path)


def test_a_home_that_becomes_read_only(user: PlainUser, tmp_path: Path) -> None:
    """Done: the home becomes read-only while connected. Seen: Nothing; every client finds the
    session and can end it."""
    details = user.connect()
    assert user.runtime.is_dir()

    with read_only(user.home):
        assert phase(user) == "connected"
        assert signs_in(user, details, tmp_path)
        assert user.colabwidget("disconnect").returncode == 0

    assert not spare(user).exists()
    assert user.connect()["ssh"]["user"] == user.name


@pytest.mark.parametrize("kind", params(["link", "another account's"], slow={"another account's"}))
def test_a_spare_directory_that_is_not_ours(user: PlainUser, tmp_path: Path, kind: str) -> None:
    """Done: another account has the folder in /tmp. Seen: The next place is taken; that folder
    stays as it is."""
    place = spare(user)
    if kind == "link":
        place.symlink_to(user.folder)
        os.chown(place, user.home.stat().st_uid, -1, follow_symlinks=False)
    else:
        place.mkdir(mode=0o777)
    before = look(user.folder)

    with read_only(user.home):
        assert user.connect()["ssh"]["verified"]
        next_place = Path("/var/tmp", place.name)
        assert (next_place / "session").is_dir()
        assert user.colabwidget("disconnect").returncode == 0
        user.stop()

    shutil.rmtree(next_place)
    assert look(user.folder) == before
    assert kind == "link" or not list(place.iterdir())
