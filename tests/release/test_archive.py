"""The source archive that was built, unpacked in an empty folder, makes everything anew there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from tests.kit.sources import ROOT

WHEEL = Path(os.environ.get("COLABWIDGET_WHEEL", ""))
ARCHIVE = WHEEL.with_name(f"{WHEEL.name.partition('-py3')[0]}.tar.gz")
pytestmark = [
    pytest.mark.skipif(not WHEEL.name, reason="make dist builds the archive, and names the wheel"),
    pytest.mark.timeout(600),
]


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is in the archive."""
    folder = tmp_path_factory.mktemp("archive")
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(folder, filter="data")
    (made,) = folder.iterdir()
    return made


def run(unpacked: Path, *words: str | Path, **environment: str) -> str:
    """Run a program there and return what it printed; a failure ends the test with that.

    Nothing of the repository is in reach but the tools: no variable of a test run, and no git.
    """
    kept = {name: os.environ[name] for name in ("HOME", "PATH", "LANG") if name in os.environ}
    done = subprocess.run(
        words,
        cwd=unpacked,
        env={**kept, "GIT_DIR": "/nonexistent", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    return done.stdout


def test_it_builds_the_front_end_that_it_contains(unpacked: Path) -> None:
    npm = ("npm", "ci", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error")
    run(unpacked / "js", *npm)
    built = unpacked / "colabwidget" / "static"
    kept = {path.name: path.read_bytes() for path in built.iterdir() if path.suffix != ".py"}
    for name in kept:
        (built / name).unlink()
    run(unpacked / "js", "npm", "run", "--silent", "build")
    assert {path.name for path in built.iterdir()} - {"__init__.py"} == set(kept)
    assert [name for name in kept if kept[name] != (built / name).read_bytes()] == []


def test_it_makes_the_pages(unpacked: Path) -> None:
    run(unpacked, "make", "docs")
    assert "<h1" in (unpacked / "build" / "site" / "index.html").read_text()


def test_it_passes_the_tests_that_need_no_machine(unpacked: Path) -> None:
    shown = "import colabwidget; print(colabwidget.__file__)"
    assert run(unpacked, sys.executable, "-c", shown).startswith(str(unpacked))
    pytest_ = (sys.executable, "-m", "pytest", "-q", "--numprocesses", "2", "-m", "not slow")
    run(unpacked, *pytest_, "tests/architecture", "tests/unit")


def test_it_makes_the_wheel_byte_for_byte(unpacked: Path, tmp_path: Path) -> None:
    for left in ("build", "colabwidget.egg-info"):
        shutil.rmtree(unpacked / left, ignore_errors=True)
    tools = ROOT / ".venv-dist" / "bin" / "python"
    build = (tools, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path, unpacked)
    with tarfile.open(ARCHIVE) as archive:
        epoch = archive.getmembers()[0].mtime
    run(unpacked, *build, SOURCE_DATE_EPOCH=str(int(epoch)), PYTHONHASHSEED="0")
    assert (tmp_path / WHEEL.name).read_bytes() == WHEEL.read_bytes()
