"""colabwidget as it was before an upgrade."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from colabwidget import __version__
from tests.kit.machine.machine import ROOT

OLDER = "0.0.9"


def install_older(folder: Path) -> Path:
    """The folder, with a colabwidget of an older version in it."""
    shutil.copytree(ROOT / "colabwidget", folder / "colabwidget")
    file = folder / "colabwidget" / "_version.py"
    text = file.read_text()
    assert f'"{__version__}"' in text
    file.write_text(text.replace(f'"{__version__}"', f'"{OLDER}"'))
    return folder


def run_older(folder: Path, python: str, environment: dict[str, str], *arguments: str) -> str:
    """What its command line printed; folder is that of `install_older`."""
    done = subprocess.run(
        [python, "-m", "colabwidget", *arguments],
        env={**environment, "PYTHONPATH": os.fspath(folder)},
        cwd="/",
        capture_output=True,
        text=True,
        timeout=90,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout
