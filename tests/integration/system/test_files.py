"""Private files on a disk that is full."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from colabwidget.system.files import write_private
from tests.kit.machine.machine import ROOT

# A process of its own: the limit of a file's size, which cannot be taken back, ends a write in its
# middle as a full disk does.
ON_A_FULL_DISK = """
import errno, os, resource, sys
from pathlib import Path
from colabwidget.system import files

resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    files.write_private(Path(sys.argv[1]), "x" * 2000)
except OSError as error:
    assert (error.errno, error.filename) == (errno.EFBIG, sys.argv[1]), error
else:
    sys.exit("written")
"""


def test_where_there_is_no_room_nothing_is_left(tmp_path: Path) -> None:
    path = write_private(tmp_path / "secret", "old")
    done = subprocess.run(
        [sys.executable, "-c", ON_A_FULL_DISK, path], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
