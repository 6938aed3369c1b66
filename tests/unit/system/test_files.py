"""Where the backend keeps its files: in a place that is the user's alone."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from pathlib import Path

import pytest

from colabwidget.core.errors import ColabWidgetError, disk_full
from colabwidget.system import paths
from colabwidget.system.files import ensure_private, write_private


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def refused(path: Path) -> str:
    with pytest.raises(ColabWidgetError) as raised:
        ensure_private(path)
    assert raised.value.code == "runtime_directory"
    assert str(path) in raised.value.info["title"]
    return raised.value.info["cause"]


def test_the_user_s_own_runtime_and_state_directories_come_first(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", f"{tmp_path}/state")
    assert paths.runtime_directory() == tmp_path / "colabwidget"
    assert paths.socket_path() == tmp_path / "colabwidget" / "backend.sock"
    assert paths.state_directory() == tmp_path / "state" / "colabwidget"


@pytest.mark.parametrize("value", [None, ""])
def test_without_them_it_goes_by_the_account(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, value: str | None
) -> None:
    for name in ("XDG_RUNTIME_DIR", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
        if value is not None:
            monkeypatch.setenv(name, value)
    monkeypatch.setenv("HOME", str(tmp_path))
    root = os.geteuid() == 0
    runtime = "/run/colabwidget" if root else f"{tmp_path}/.cache/colabwidget/run"
    state = "/var/lib/colabwidget" if root else f"{tmp_path}/.local/state/colabwidget"
    assert (str(paths.runtime_directory()), str(paths.state_directory())) == (runtime, state)


def test_a_directory_is_made_for_the_user_alone(runtime: Path) -> None:
    before = os.umask(0)
    try:
        assert ensure_private(runtime / "session") == runtime / "session"
    finally:
        os.umask(before)
    assert mode(runtime / "session") == 0o700
    assert ensure_private(runtime / "session") == runtime / "session"


def test_one_that_is_open_to_others_is_closed_to_them(runtime: Path) -> None:
    runtime.mkdir()
    runtime.chmod(0o755)
    ensure_private(runtime)
    assert mode(runtime) == 0o700


def test_a_link_is_refused_wherever_it_leads(runtime: Path, tmp_path: Path) -> None:
    runtime.symlink_to(tmp_path)
    assert refused(runtime) == "It is not a directory of its own but a link or a file."
    runtime.unlink()
    runtime.symlink_to(tmp_path / "nowhere")
    assert refused(runtime)
    assert not (tmp_path / "nowhere").exists()


def test_a_file_in_its_place_is_refused_and_kept(runtime: Path) -> None:
    runtime.write_text("mine")
    assert refused(runtime).endswith(".")
    assert runtime.read_text() == "mine"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory away")
def test_a_directory_of_another_account_is_refused(runtime: Path) -> None:
    runtime.mkdir(mode=0o700)
    os.chown(runtime, 65534, 65534)
    assert refused(runtime) == "It belongs to another account."


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_place_where_one_may_not_write_is_refused() -> None:
    assert refused(Path("/proc/1/colabwidget")).endswith(".")


def test_a_private_file_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        path = write_private(tmp_path / "secret", "päss\n")
        program = write_private(tmp_path / "program", "#!/bin/sh\n", mode=0o700)
    finally:
        os.umask(before)
    assert (mode(path), mode(program)) == (0o600, 0o700)
    assert path.read_text(encoding="utf-8") == "päss\n"


def test_writing_again_replaces_the_file_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("a much longer text that was there before")
    path.chmod(0o644)
    with path.open() as reader:
        write_private(path, "new")
        # A program that had it open still reads the old one to its end: no moment shows half of it.
        assert reader.read() == "a much longer text that was there before"
    assert (path.read_text(), mode(path)) == ("new", 0o600)
    assert list(tmp_path.iterdir()) == [path]


def test_writing_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    path = write_private(tmp_path / "secret", "old")
    with pytest.raises(UnicodeEncodeError):
        write_private(path, "x" * 100_000 + "\udcff")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def told(error: BaseException) -> str:
    full = disk_full(error)
    assert full and full.code == "disk_full"
    return full.info["cause"]


def test_a_disk_without_room_is_told_from_other_errors(tmp_path: Path) -> None:
    path = str(tmp_path / "x")
    no_room = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)
    assert told(no_room) == f"{path} could not be written: No space left on device."
    quota = OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))
    assert told(quota) == "Disk quota exceeded."
    # What shutil.copytree gathers, and an error of ours with its cause.
    assert told(shutil.Error([("a", "b", f"{no_room}")])) == "No space left on device."
    ours = ColabWidgetError("sshd_failed", reason="It cannot write.")
    ours.__cause__ = no_room
    assert path in told(ours)
    for other in (OSError(errno.EROFS, "Read-only"), ValueError("No space left on device")):
        assert disk_full(other) is None


def test_links_that_were_laid_out_are_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (tmp_path / "secret").symlink_to(victim)
    (tmp_path / "secret.new").symlink_to(victim)
    write_private(tmp_path / "secret", "s3cret")
    assert victim.read_text() == "mine"
    assert not (tmp_path / "secret").is_symlink()
