"""A journal on a disk that is full."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.kit.machine.machine import ROOT

# A process of its own: the limit of a file's size ends a write in its middle just as a full disk
# does, in whatever file comes next as well; in the end there is room again.
ON_A_FULL_DISK = """
import resource, sys, time
from pathlib import Path
from colabwidget.runtime.journal import Journal
from colabwidget.core.secrets import Redactor

moment = 1000.0
time.monotonic = lambda: moment
resource.setrlimit(resource.RLIMIT_FSIZE, (300_030, resource.RLIM_INFINITY))
journal = Journal(Path(sys.argv[1]), Redactor())
at_once = int(sys.argv[2])
for start in range(0, 40_000, at_once):
    numbers = range(start, start + at_once)
    journal.add("\\n".join(f"line {number} of some text that fills the disk" for number in numbers))
    if start == 35_000:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        moment += 5.1
lines, missing, position = {}, [], 0
while position < journal.end:
    first, part = journal.since(position, 50_000)
    assert part and (first == position or len(part) == 1), (position, first, len(part))
    if "missing" in part[0]:
        missing.append((first + 1 - position, part.pop()))
        position = first + 1
    lines.update(enumerate(part, first))
    position += len(part)
assert journal.end == position == 40_000, position
for number, line in lines.items():
    assert line == f"line {number} of some text that fills the disk", (number, line)
[(count, told)] = missing
assert count + len(lines) == 40_000, (count, len(lines))
assert told == f"({count} lines are missing here: the disk was full)", told
# What was written, and what memory still held when there was room again.
assert 0 in lines and 5_000 in lines and set(range(31_000, 40_000)) <= lines.keys()
print(journal._files.end)
"""


@pytest.mark.parametrize("at_once", ["1", "50"])
def test_a_full_disk_loses_the_middle_and_says_so(tmp_path: Path, at_once: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ON_A_FULL_DISK, tmp_path / "journal.log", at_once],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "40000\n"
    names = sorted(file.name for file in tmp_path.iterdir())
    assert names == ["journal.log", "journal.log.1"]
    assert (tmp_path / "journal.log").read_bytes().endswith(b"fills the disk\n")
