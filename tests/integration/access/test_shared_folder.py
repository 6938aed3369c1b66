"""Which folder of the notebook is lent to an account, and that it comes back as it was."""

from __future__ import annotations

import os
import secrets
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from colabwidget.access.shared_folder import lend, refusal, restore
from tests.kit.machine.machine import ROOT

GROUP = 54_321


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder as /content is one: root's, and on the file system of /."""
    if os.geteuid() != 0:
        pytest.skip("makes a folder in /, which takes root")
    made = Path(f"/cw-{secrets.token_hex(4)}")
    made.mkdir(mode=0o755)
    yield made
    shutil.rmtree(made)


def state(folder: Path) -> tuple[int, int]:
    found = folder.stat()
    return found.st_gid, stat.S_IMODE(found.st_mode)


@pytest.mark.parametrize(
    "folder",
    ["/", "/root", "/home", "/tmp", "/etc", "/usr/bin", "/var/log", "/opt", "/mnt", "/srv"],
)
def test_no_folder_of_the_system_is_lent(folder: str) -> None:
    assert refusal(folder)


def test_a_folder_like_colab_s_is_lent_and_comes_back(folder: Path, tmp_path: Path) -> None:
    record = tmp_path / "record"
    assert refusal(str(folder)) == ""

    assert lend(str(folder), GROUP, record) == ""
    assert state(folder) == (GROUP, 0o2775)
    (folder / "made").touch()
    assert state(folder / "made")[0] == GROUP
    restore(record)

    assert state(folder) == (0, 0o755)
    assert not record.exists()
    restore(record)


def test_what_others_have_changed_meanwhile_stays(folder: Path, tmp_path: Path) -> None:
    record = tmp_path / "record"
    lend(str(folder), GROUP, record)
    folder.chmod(0o2770)
    restore(record)
    assert state(folder) == (0, 0o750)

    lend(str(folder), GROUP, record)
    os.chown(folder, -1, 1)
    restore(record)
    assert state(folder) == (1, 0o2770)


def test_another_folder_in_its_place_is_not_touched(folder: Path, tmp_path: Path) -> None:
    record, work = tmp_path / "record", folder / "work"
    work.mkdir()
    lend(str(work), GROUP, record)
    work.rename(folder / "moved")
    work.mkdir(mode=0o770)
    os.chown(work, -1, GROUP)
    work.chmod(0o2770)

    restore(record)

    assert state(work) == (GROUP, 0o2770)
    assert not record.exists()


def test_folders_of_others_links_and_what_is_not_there_are_refused(
    folder: Path, tmp_path: Path
) -> None:
    own, link = folder / "own", folder / "link"
    own.mkdir()
    link.symlink_to(own)
    os.chown(own, 1000, 1000)

    assert refusal(str(own)) == "It is not root's."
    assert refusal(str(link)) == "It is reached over a link."
    assert refusal(str(folder / "nowhere")) == "No such file or directory."
    assert lend(str(own), GROUP, tmp_path / "record") == "It belongs to another group."
    assert lend(str(link), GROUP, tmp_path / "record") != ""
    assert not (tmp_path / "record").exists()


@pytest.mark.parametrize("record", ["", "[]", '{"folder": 1}', '{"folder": "/etc"}', "null"])
def test_a_record_that_is_not_whole_changes_nothing(tmp_path: Path, record: str) -> None:
    before = state(Path("/etc"))
    (tmp_path / "record").write_text(record)
    restore(tmp_path / "record")
    assert state(Path("/etc")) == before
    assert not (tmp_path / "record").exists()


def test_a_folder_that_was_exchanged_after_the_look_is_not_lent(
    folder: Path, tmp_path: Path
) -> None:
    """An account that can write above it puts a folder of its own, or a link, in its place."""
    above, aim = folder / "above", folder / "aim"
    (above / "work").mkdir(parents=True)
    (aim / "work").mkdir(parents=True)
    assert refusal(str(above / "work")) == ""
    above.rename(folder / "aside")
    above.symlink_to(aim)
    assert lend(str(above / "work"), GROUP, tmp_path / "record") != ""
    above.unlink()
    (above / "work").mkdir(parents=True)
    os.chown(above / "work", 1000, 0)
    assert lend(str(above / "work"), GROUP, tmp_path / "record") == "It is not root's."
    assert state(aim / "work") == (0, 0o755)


def test_a_file_system_of_its_own_is_lent_only_where_the_provider_says_so(folder: Path) -> None:
    script = (
        "import sys\nfrom colabwidget.access.shared_folder import refusal\n"
        "print(refusal(sys.argv[1]))\nprint(refusal(sys.argv[1], provided=sys.argv[1]))\n"
    )
    mount = f'mount -t tmpfs none {folder} && exec "$@"'
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", mount, "sh", sys.executable, "-c", script, folder],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    if "permitted" in done.stderr or "denied" in done.stderr:
        pytest.skip(f"cannot mount here: {done.stderr}")
    assert done.stdout == "It is on a file system of its own.\n\n", done.stderr
