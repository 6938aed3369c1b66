"""The folder of a session where a shell cannot name it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from colabwidget.core.session_environment import FOLDER
from tests.kit.machine.machine import ROOT


@pytest.mark.parametrize("name", ["gone", 'a"b', "line\nend", "x" * 200])
def test_a_folder_that_cannot_be_told_is_not(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    script = (
        "import os, sys\n"
        "os.chdir(sys.argv[1])\n"
        "sys.argv[1].endswith('gone') and os.rmdir(sys.argv[1])\n"
        "from colabwidget.hosts.environment import session_environment\n"
        f"print(session_environment().get({FOLDER!r}, 'none'))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, folder],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    told = str(folder) if name.startswith("x") else "none"
    assert done.stdout == f"{told}\n", done.stderr
