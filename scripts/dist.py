"""Builds what a release consists of into dist/, from the commit that is checked out.

Wheel and source archive are built twice and must be the same byte for byte; their times are the
commit's. With them come a list of what is inside (CycloneDX) and the sums of all. ``make dist``
runs this with the tools of scripts/requirements-dist.txt, and tests the wheel afterwards.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

from sbom import bill_of_materials

ROOT = Path(__file__).resolve().parent.parent
DIST = ROOT / "dist"
NOTICES = "colabwidget/static/third-party.txt"


def git(*words: str) -> bytes:
    """Return what git says."""
    return subprocess.run(["git", *words], cwd=ROOT, check=True, capture_output=True).stdout


def normalize(archive: Path, epoch: int) -> None:
    """Let a source archive depend on its files alone, not on time, user and folder."""
    with tarfile.open(archive) as old:
        entries = sorted(
            ((each, old.extractfile(each)) for each in old.getmembers()),
            key=lambda entry: entry[0].name,
        )
        made = io.BytesIO()
        with tarfile.open(fileobj=made, mode="w", format=tarfile.PAX_FORMAT) as new:
            for entry, content in entries:
                entry.mtime, entry.uid, entry.gid = epoch, 0, 0
                entry.uname = entry.gname = ""
                entry.mode = 0o755 if entry.isdir() or entry.mode & 0o100 else 0o644
                entry.pax_headers = {}
                new.addfile(entry, content)
    with archive.open("wb") as file, gzip.GzipFile("", "wb", 9, file, epoch) as packed:
        packed.write(made.getvalue())


def build(into: Path, epoch: int) -> list[Path]:
    """Build source archive and wheel, the wheel from what the archive holds."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder, "colabwidget")
        tree.mkdir()
        files = io.BytesIO(git("archive", "--format=tar", "HEAD"))
        with tarfile.open(fileobj=files) as archive:
            archive.extractall(tree, filter="data")
        done = subprocess.run(
            [sys.executable, "-m", "build", "--no-isolation", "--outdir", into, tree],
            env={**os.environ, "SOURCE_DATE_EPOCH": str(epoch), "PYTHONHASHSEED": "0"},
            capture_output=True,
            text=True,
        )
    if done.returncode:
        sys.exit(f"{done.stdout}\n{done.stderr}")
    (source,) = into.glob("*.tar.gz")
    (wheel,) = into.glob("*.whl")
    normalize(source, epoch)
    return [source, wheel]


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def missing(source: Path) -> set[str]:
    """Return the files of the commit that a source archive lacks."""
    with tarfile.open(source) as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}
    return set(git("ls-tree", "-r", "--name-only", "-z", "HEAD").decode().split("\0")) - held - {""}


def check(source: Path, wheel: Path) -> None:
    """Have both judged; a complaint ends the program."""
    run = [sys.executable, "-m"]
    subprocess.run([*run, "twine", "check", "--strict", source, wheel], check=True)
    # The notices are there twice: beside what they are about, and where tools look for licences.
    judge = [*run, "check_wheel_contents", "--ignore", "W002", "--toplevel", "colabwidget"]
    subprocess.run([*judge, wheel], check=True)
    if lacks := missing(source):
        sys.exit(f"The source archive lacks {sorted(lacks)}: see MANIFEST.in.")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    licences = [name for name in names if ".dist-info/licenses/" in name]
    if not any(name.endswith(NOTICES) for name in licences):
        sys.exit("The wheel lacks the notices of what it contains.")


def main() -> None:
    """Build, compare, check, and write what goes with it."""
    if git("status", "--porcelain"):
        sys.exit("There are changes that are not committed: a release is made of a commit.")
    os.umask(0o022)
    epoch = int(git("log", "-1", "--format=%ct"))
    shutil.rmtree(DIST, ignore_errors=True)
    DIST.mkdir()
    source, wheel = build(DIST, epoch)
    with tempfile.TemporaryDirectory() as folder:
        for first, second in zip((source, wheel), build(Path(folder), epoch), strict=True):
            if digest(first) != digest(second):
                sys.exit(f"Two builds of {first.name} differ.")
    check(source, wheel)
    bill = DIST / f"{wheel.name.partition('-py3')[0]}.cdx.json"
    bill.write_text(bill_of_materials(wheel, epoch))
    files = sorted((source, wheel, bill))
    (DIST / "SHA256SUMS").write_text("".join(f"{digest(file)}  {file.name}\n" for file in files))
    for file in files:
        print(f"{file.name}  {file.stat().st_size} bytes")


if __name__ == "__main__":
    main()
