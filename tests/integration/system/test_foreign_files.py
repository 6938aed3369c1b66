"""What root opens of another account's is a plain file, and what it gives away goes there whole."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from colabwidget.system.foreign_files import (
    give_tree,
    is_open_to_others,
    open_below,
    open_folder,
    read_file,
    steps_to,
)
from tests.kit.machine.attacks import SWAPS
from tests.kit.waiting import eventually

ACCOUNT = 54_873


def test_a_plain_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"some bytes")
    assert read_file(tmp_path / "file") == b"some bytes"
    assert read_file(tmp_path / "file", size=4) == b"some"


@pytest.mark.timeout(20)
@pytest.mark.parametrize("kind", ["pipe", "link", "folder", "socket", "device", "nothing"])
def test_all_else_is_refused_at_once(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "x"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "link":
        path.symlink_to("/etc/passwd")
    elif kind == "folder":
        path.mkdir()
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(str(path))
    elif kind == "device":
        path = Path("/dev/zero")
    with pytest.raises(OSError):
        read_file(path)


def test_a_link_of_proc_is_passed_as_the_kernel_passes_it(tmp_path: Path) -> None:
    """Its text names a folder that has gone, or that has another in its place."""
    folder = tmp_path / "folder"
    (folder / "below").mkdir(parents=True)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        folder.rename(tmp_path / "moved")
        link = Path(f"/proc/self/fd/{descriptor}")
        for put_there in (lambda: None, lambda: folder.symlink_to("/etc")):
            put_there()
            (tmp_path / "moved").chmod(0o777)
            way = [*steps_to(link / "below")]
            passed = [(found.st_dev, found.st_ino) for _, found in way]
            there = (os.fstat(descriptor), (tmp_path / "moved" / "below").stat())
            assert passed[-2:] == [(found.st_dev, found.st_ino) for found in there]
            assert [is_open_to_others(found) for _, found in way[-2:]] == [True, False]
            assert Path("/etc") not in [step for step, _ in way]
        with pytest.raises(OSError):
            [*steps_to(link / ".." / "folder")]
    finally:
        os.close(descriptor)


def test_each_folder_and_link_on_the_way_is_told(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "to").symlink_to("a/../a")
    (tmp_path / "round").symlink_to("round")
    told = [step for step, _ in steps_to(tmp_path / "to" / "b")]
    assert told[-4:] == [tmp_path / each for each in ("to", "a", "a", "a/b")]
    for missing in (tmp_path / "round", tmp_path / "a" / "c"):
        with pytest.raises(OSError):
            [*steps_to(missing)]


def test_no_link_is_followed_to_a_folder(tmp_path: Path) -> None:
    (tmp_path / "real" / "below").mkdir(parents=True)
    (tmp_path / "link").symlink_to("real")
    os.close(open_below(tmp_path, ("real", "below")))
    for parts in (("link",), ("link", "below"), ("real", "..", "link"), ("real", "missing")):
        with pytest.raises(OSError):
            open_below(tmp_path, parts)
    with pytest.raises(OSError):
        open_folder(tmp_path / "link")
    # No descriptor was left open by those that were refused.
    count = len([*Path("/proc/self/fd").iterdir()])
    with pytest.raises(OSError):
        open_below(tmp_path, ("real", "missing"))
    assert len([*Path("/proc/self/fd").iterdir()]) == count


@pytest.fixture
def open_to_all() -> Iterator[Path]:
    """A folder that other accounts can reach, which those of pytest are not."""
    made = Path(tempfile.mkdtemp(prefix="cw-", dir="/tmp"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


def tree(top: Path) -> Path:
    top.mkdir(mode=0o700)
    for name in ("one", "two", "three"):
        (top / name / "etc").mkdir(parents=True)
        (top / name / "etc" / "file").touch()
        (top / name / "link").symlink_to("/etc/passwd")
    return top


@pytest.mark.skipif(os.geteuid() != 0, reason="gives files away, which takes root")
class TestGiveTree:
    def test_all_of_it_is_given_and_what_a_link_leads_to_is_not(self, tmp_path: Path) -> None:
        top = tree(tmp_path / "top")
        give_tree(top, ACCOUNT, ACCOUNT)
        assert {path.lstat().st_uid for path in (top, *top.rglob("*"))} == {ACCOUNT}
        assert Path("/etc/passwd").stat().st_uid == 0

    @pytest.mark.parametrize("mode", [0o755, 0o701, 0o770])
    def test_a_folder_that_others_can_enter_is_refused(self, tmp_path: Path, mode: int) -> None:
        top = tree(tmp_path / "top")
        top.chmod(mode)
        with pytest.raises(PermissionError):
            give_tree(top, ACCOUNT, ACCOUNT)
        os.chown(top, ACCOUNT, ACCOUNT)
        top.chmod(0o700)
        with pytest.raises(PermissionError):
            give_tree(top, ACCOUNT, ACCOUNT)
        assert {path.lstat().st_uid for path in top.rglob("*")} == {0}

    @pytest.mark.parametrize(
        "starts", [20, pytest.param(300, marks=[pytest.mark.slow, pytest.mark.timeout(600)])]
    )
    def test_an_account_that_swaps_folders_gains_nothing(
        self, open_to_all: Path, starts: int
    ) -> None:
        """It waits for the moment in which it can get in, and links what is still to be given."""
        aim = open_to_all / "aim"
        (aim / "etc").mkdir(parents=True)
        (aim / "etc" / "file").touch()
        become = ["setpriv", f"--reuid={ACCOUNT}", f"--regid={ACCOUNT}", "--clear-groups"]
        for number in range(starts):
            top = open_to_all / f"top{number}"
            command = [*become, "/usr/bin/python3", "-IS", "-c", SWAPS, str(top), str(aim)]
            with subprocess.Popen(command, stdout=subprocess.PIPE) as attacker:
                assert attacker.stdout
                attacker.stdout.readline()
                tree(top)
                give_tree(top, ACCOUNT, ACCOUNT)
                eventually((top / ".three").exists)
                attacker.kill()
        assert {path.lstat().st_uid for path in (aim, *aim.rglob("*"))} == {0}
