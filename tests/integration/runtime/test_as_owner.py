"""What another account owns is removed with its rights: no link leads root anywhere."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from colabwidget.runtime.as_owner import remove_files, remove_tree

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="gives files away, which takes root")
ACCOUNT = 54_874


@pytest.fixture
def base() -> Iterator[Path]:
    """A folder of root's that other accounts can reach, as /run is."""
    made = Path(tempfile.mkdtemp(prefix="cw-", dir="/tmp"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


def give(*paths: Path) -> None:
    for path in paths:
        os.chown(path, ACCOUNT, ACCOUNT, follow_symlinks=False)


def test_a_folder_goes_with_all_that_is_in_it_and_what_links_lead_to_stays(base: Path) -> None:
    kept, top = base / "kept", base / "top"
    kept.mkdir()
    (kept / "file").touch()
    (top / "below").mkdir(parents=True)
    (top / "link").symlink_to(kept)
    (top / "below" / "up").symlink_to("../..")
    give(top / "below" / "up", top / "below", top / "link", top)

    asyncio.run(remove_tree(top))

    assert not top.exists()
    assert (kept / "file").exists()


@pytest.mark.parametrize("owner", [0, ACCOUNT])
def test_no_depth_is_too_deep(base: Path, owner: int) -> None:
    top = base / "top"
    top.mkdir()
    here = os.open(top, os.O_RDONLY)
    for _ in range(1500):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.fchown(below, owner, owner)
        os.close(here)
        here = below
    os.close(here)
    os.chown(top, owner, owner)
    asyncio.run(remove_tree(top))
    assert not top.exists()


def test_what_is_root_s_in_it_goes_too_and_no_link_is_followed(base: Path) -> None:
    """Programs under sudo leave some; else the account would have no desktop any more."""
    kept, top = base / "kept", base / "top"
    kept.mkdir()
    (kept / "file").touch()
    (top / "root-s").mkdir(parents=True)
    (top / "root-s" / "file").touch()
    (top / "root-s" / "link").symlink_to(kept)
    (top / "mine").touch()
    give(top / "mine", top)
    asyncio.run(remove_tree(top))
    assert not top.exists() and (kept / "file").exists()
    asyncio.run(remove_tree(base / "missing"))


def test_a_link_in_the_place_of_the_folder_is_removed_and_not_followed(base: Path) -> None:
    kept, top = base / "kept", base / "top"
    kept.mkdir()
    (kept / "file").touch()
    give(kept, kept / "file")
    top.symlink_to(kept)
    asyncio.run(remove_tree(top))
    assert (kept / "file").exists()


def test_files_go_and_folders_stay(base: Path) -> None:
    shared = base / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    names = {kind: shared / kind for kind in ("file", "pipe", "socket", "folder", "link", "root-s")}
    names["file"].touch()
    names["root-s"].touch()
    os.mkfifo(names["pipe"])
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(names["socket"]))
    names["folder"].mkdir()
    names["link"].symlink_to(base / "elsewhere")
    (base / "elsewhere").touch()
    give(*(path for kind, path in names.items() if kind != "root-s"))

    asyncio.run(remove_files([*names.values(), shared / "missing"]))

    assert {path.name for path in shared.iterdir()} == {"folder"}
    assert (base / "elsewhere").exists()
