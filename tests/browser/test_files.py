"""Files that are dropped on the card, and fetched from it: a real browser, a real backend."""

from __future__ import annotations

import hashlib
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.kit.browser.card import Card
from tests.kit.browser.files_view import FilesInCard
from tests.kit.browser.front_ends import FrontEnd, Lab
from tests.kit.browser.inside_card import TerminalInCard

CELL = "import colabwidget\nw = colabwidget.ConnectWidget(tunnel=None)\nw"
MB = 1024 * 1024


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def show(front_end: FrontEnd, *cells: str) -> Card:
    notebook = front_end.open_notebook([CELL, *cells])
    notebook.run_cell(0)
    return Card(notebook)


@pytest.fixture
def mine(tmp_path: Path) -> Callable[[str, int], Path]:
    """Makes a file of a size on the user's computer."""

    def make(name: str, size: int) -> Path:
        path = tmp_path / "mine" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(random.Random(name).randbytes(size))
        return path

    return make


def test_what_is_dropped_arrives_and_comes_back(
    lab: Lab, mine: Callable[[str, int], Path], tmp_path: Path
) -> None:
    card = show(lab)
    top = card.notebook.path.parent
    large = mine("a b'\"c \u0645\u0644\u0641.bin", 5 * MB + 7)
    files = FilesInCard(card.notebook)
    # On the card itself: the files open, and it begins.
    files.drop([large], card.root)
    files.ready().wait("done", "1 file arrived")
    assert digest(top / large.name) == digest(large)

    # A folder, dropped on the terminal.
    mine("tree/one.txt", 10)
    mine("tree/deep/er/two.bin", 100_000)
    (tmp_path / "mine" / "tree" / "empty").mkdir()
    card.part("open-terminal").click()
    terminal = TerminalInCard(card.notebook).ready()
    files.drop([tmp_path / "mine" / "tree"], terminal.stage)
    files.wait("done", "2 files arrived")
    assert (top / "tree" / "empty").is_dir()
    for name in ("one.txt", "deep/er/two.bin"):
        assert digest(top / "tree" / name) == digest(tmp_path / "mine" / "tree" / name)

    expect(files.root.get_by_role("button", name="Download tree")).to_be_visible()
    fetched = files.download(large.name)
    assert digest(Path(fetched.path())) == digest(large)
    assert fetched.suggested_filename.startswith("a b")
    archive = zipfile.ZipFile(files.download("tree").path())
    assert archive.testzip() is None
    assert set(archive.namelist()) == {
        *("deep/", "deep/er/", "deep/er/two.bin", "empty/", "one.txt")
    }
    files.root.get_by_role("button", name="tree/").click()
    expect(files.root.get_by_test_id("entry")).to_have_count(3)
    assert files.names() == ["deep", "empty", "one.txt"]
    assert lab.errors == []
