"""Files that are dropped on the card, and fetched from it: a real browser, a real backend."""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
import shutil
import signal
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.doubles.line import Line
from tests.kit.browser.card import Card
from tests.kit.browser.files_view import FilesInCard
from tests.kit.browser.front_ends import LAB_FIRST, FrontEnd, Lab
from tests.kit.browser.inside_card import TerminalInCard
from tests.kit.browser.terminal_view import CELL as TERMINAL
from tests.kit.browser.terminal_view import Shown as Terminal
from tests.kit.waiting import eventually

CELL = "import colabwidget\nw = colabwidget.ConnectWidget(tunnel=None)\nw"
MB = 1024 * 1024
LINES = 5000
PRINT = f"""
import time
for number in range({LINES}):
    print(f"{{number:05d}}")
    if number % 10 == 0:
        time.sleep(0.015)
"""


def digest(path: Path) -> str:
    with path.open("rb") as file:
        told = hashlib.sha256()
        for piece in iter(lambda: file.read(MB), b""):
            told.update(piece)
        return told.hexdigest()


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


@LAB_FIRST
def test_what_is_dropped_arrives_and_comes_back(
    front_end: FrontEnd, mine: Callable[[str, int], Path], tmp_path: Path
) -> None:
    card = show(front_end)
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
    card.open_inside("terminal")
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
    assert front_end.errors == []


def come(top: Path) -> int:
    """Bytes that have come of files that are not whole."""
    return sum(path.stat().st_size for path in top.glob(".colabwidget-*.part"))


def workers() -> list[int]:
    """The processes that move files."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if b"backend.files.worker" in path.read_bytes():
                found.append(int(path.parent.name))
    return found


@pytest.mark.long
def test_an_upload_waits_goes_on_and_is_cancelled(
    lab: Lab, mine: Callable[[str, int], Path]
) -> None:
    card = show(lab)
    top = card.notebook.path.parent
    large = mine("large.bin", 150 * MB)  # a quick machine has not done with it at the click
    files = FilesInCard(card.notebook).open()

    files.choose(large)
    eventually(lambda: come(top) > 5 * MB)
    files.transfer.get_by_test_id("transfer-pause").click()
    files.wait("paused")
    expect(files.transfer.get_by_test_id("transfer-note")).to_contain_text("of 157 MB")
    # What is under way still arrives; then it waits.
    eventually(lambda: come(top) == (time.sleep(0.5), come(top))[1])
    assert come(top) < 150 * MB
    assert not (top / large.name).exists()
    # Its stream ends meanwhile, as after a lost line: it goes on where it was.
    before = come(top)
    for pid in workers():
        os.kill(pid, signal.SIGKILL)
    files.transfer.get_by_test_id("transfer-pause").click()
    files.wait("done", "1 file arrived")
    assert before > 4 * MB
    assert digest(top / large.name) == digest(large)
    assert come(top) == 0

    again = mine("again.bin", 60 * MB)
    files.choose(again)
    eventually(lambda: come(top) > MB)
    files.transfer.get_by_test_id("transfer-cancel").click()
    files.wait("cancelled")
    eventually(lambda: come(top) == 0)
    eventually(lambda: not workers())
    assert not (top / again.name).exists()
    assert lab.errors == []


@contextlib.contextmanager
def line_to(lab: Lab) -> Iterator[Line]:
    """The page's way to the server, which can be cut."""
    port = urlsplit(lab.url).port
    assert port
    with Line(port) as line:
        lab.url = lab.url.replace(f":{port}", f":{line.port}")
        yield line


#: Also beside a view that stands alone, which is slow.
BESIDE = pytest.mark.parametrize(
    "cell", [CELL, pytest.param(TERMINAL, marks=pytest.mark.slow)], ids=["card", "terminal"]
)


def open_files(lab: Lab, cell: str) -> FilesInCard:
    """The files of the card, or of a terminal that stands alone."""
    notebook = lab.open_notebook([cell])
    notebook.run_cell(0)
    if cell == CELL:
        return FilesInCard(notebook).open()
    button = Terminal(notebook).ready().root.get_by_role("button", name="Files", exact=True)
    if button.get_attribute("aria-pressed") == "false":
        button.click()
    return FilesInCard(notebook).ready()


@pytest.mark.slow
@BESIDE
def test_an_upload_goes_on_after_the_line_was_cut(
    lab: Lab, cell: str, mine: Callable[[str, int], Path]
) -> None:
    with line_to(lab) as line:
        files = open_files(lab, cell)
        top = files.notebook.path.parent
        large = mine(f"cut-{files.notebook.path.stem}.bin", 60 * MB)
        files.choose(large)
        eventually(lambda: come(top) > 5 * MB)
        line.cut()
        expect(files.root.get_by_test_id("stream-say")).to_contain_text("No connection")
        assert not (top / large.name).exists()
        before = come(top)
        line.mend()
        files.wait("done", "1 file arrived", timeout=120_000)
        assert before > 4 * MB
        assert digest(top / large.name) == digest(large)
        assert [each.name for each in top.iterdir() if large.stem in each.name] == [large.name]
        assert come(top) == 0


@pytest.mark.slow
def test_a_download_goes_on_after_the_line_was_cut(
    lab: Lab, mine: Callable[[str, int], Path]
) -> None:
    with line_to(lab) as line:
        files = FilesInCard(show(lab).notebook)
        large = mine("fetched.bin", 60 * MB)
        shutil.copy(large, files.notebook.path.parent)
        files.open()
        button = files.root.get_by_role("button", name="Download fetched.bin", exact=True)
        with files.page.expect_download(timeout=180_000) as download:
            button.click()
            eventually(lambda: files.share > 0.05)
            line.cut()
            expect(files.root.get_by_test_id("stream-say")).to_contain_text("No connection")
            assert files.share < 1
            line.mend()
        files.wait("done")
        assert digest(Path(download.value.path())) == digest(large)


@pytest.mark.long
@BESIDE
def test_an_upload_goes_on_in_a_kernel_that_was_restarted(
    lab: Lab, cell: str, mine: Callable[[str, int], Path]
) -> None:
    files = open_files(lab, cell)
    top = files.notebook.path.parent
    large = mine(f"restarted-{files.notebook.path.stem}.bin", 60 * MB)
    files.choose(large)
    eventually(lambda: come(top) > 5 * MB)
    files.notebook.restart_kernel()
    expect(files.transfer.get_by_test_id("transfer-note")).to_contain_text("Run this cell again")
    expect(files.root.get_by_test_id("stream-say")).to_contain_text("Kernel restarted.")
    before = come(top)
    files.notebook.run_cell(0)
    if cell == CELL:
        files.open()
    else:
        Terminal(files.notebook).ready().root.get_by_role("button", name="Files").first.click()
        files.ready()
    files.wait("done", "1 file arrived")
    assert before > 4 * MB
    assert digest(top / large.name) == digest(large)
    assert [each.name for each in top.iterdir() if large.stem in each.name] == [large.name]
    assert come(top) == 0


@LAB_FIRST
def test_a_terminal_of_its_own_takes_files(
    front_end: FrontEnd, mine: Callable[[str, int], Path], tmp_path: Path
) -> None:
    notebook = front_end.open_notebook([TERMINAL])
    notebook.run_cell(0)
    terminal = Terminal(notebook).ready()
    top = notebook.path.parent
    one = mine("forest/one.txt", 10)
    mine("forest/two.bin", 100_000)
    files = FilesInCard(notebook)
    files.drop([tmp_path / "mine" / "forest"], terminal.stage)
    files.ready().wait("done", "2 files arrived")
    assert digest(top / "forest" / "one.txt") == digest(one)
    expect(files.root).to_contain_text("anywhere on this view")
    files.root.get_by_role("button", name="Close files").click()
    expect(files.root).to_have_count(0)
    button = terminal.root.get_by_role("button", name="Files", exact=True)
    expect(button).to_have_attribute("aria-pressed", "false")
    button.click()
    files.ready()
    expect(files.root.get_by_role("button", name="Download forest")).to_be_visible()
    terminal.type("echo $((6 * 7))-here\n")
    terminal.says("42-here")
    assert front_end.errors == []


@pytest.mark.slow
def test_files_that_are_there_are_asked_about_once(
    lab: Lab, mine: Callable[[str, int], Path]
) -> None:
    card = show(lab)
    top = card.notebook.path.parent
    names = ("one.txt", "two.txt", "three.txt")
    given = [mine(name, 2000) for name in names]
    for name in names[:2]:
        (top / name).write_text("theirs")
    files = FilesInCard(card.notebook).open()
    files.choose(*given)
    files.wait("asking")
    asked = files.transfer.get_by_test_id("conflict")
    expect(asked).to_contain_text("2 of these files exist already")
    eventually(lambda: (top / "three.txt").exists())
    asked.get_by_test_id("conflict-skip").click()
    files.wait("done", "1 file arrived, 2 skipped")
    assert (top / "one.txt").read_text() == "theirs"
    files.choose(*given)
    files.wait("asking")
    asked.get_by_test_id("conflict-keep").click()
    files.wait("done", "3 files arrived")
    assert digest(top / "one (1).txt") == digest(given[0])
    assert (top / "one.txt").read_text() == "theirs"
    files.choose(given[0])
    files.wait("asking")
    asked.get_by_test_id("conflict-replace").click()
    files.wait("done")
    assert digest(top / "one.txt") == digest(given[0])
    assert [*top.glob(".colabwidget-*")] == []
    assert lab.errors == []


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_gigabyte_arrives_whole_and_comes_back_while_a_cell_prints(
    lab: Lab, tmp_path: Path
) -> None:
    card = show(lab, PRINT)
    top = card.notebook.path.parent
    large = tmp_path / "gigabyte.bin"
    told = hashlib.sha256()
    with large.open("wb") as file:
        for _ in range(1024):
            piece = os.urandom(MB)
            told.update(piece)
            file.write(piece)
    files = FilesInCard(card.notebook).open()
    files.choose(large)
    eventually(lambda: [*top.glob(".colabwidget-*.part")])
    card.notebook.run_cell(1)
    files.wait("done", "1 file arrived", timeout=300_000)
    assert digest(top / large.name) == told.hexdigest()
    printed = card.notebook.cell_output_text(1).split()
    assert printed == [f"{number:05d}" for number in range(LINES)]
    large.unlink()
    expect(files.root.get_by_role("button", name=f"Download {large.name}")).to_be_visible()
    fetched = files.download(large.name, timeout=300_000)
    assert digest(Path(fetched.path())) == told.hexdigest()
    assert lab.errors == []
