"""The Python of the documentation passes a type checker, as a user's own code would."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kit.machine.machine import ROOT

# It is among the packages of the development, not among Colab's.
pytest.importorskip("mypy")

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```python\n(.*?)^```", re.M | re.S)
#: What a cell has from the cells before it.
BEFORE = """\
import colabwidget
from colabwidget import remocolab as remocolab
w = colabwidget.ConnectWidget()
"""


#: One more, with two options that do not exist.
WRONG = "import colabwidget\ncolabwidget.ConnectWidget(tunel='direct')\n"
WRONG += "colabwidget.connect(geometri='1x1')\n"


def test_the_documented_python_is_typed_and_a_misspelt_option_is_found(tmp_path: Path) -> None:
    """In one run, since the package and all that it imports are read for each."""
    blocks = {
        f"{page.stem.replace('-', '_')}_{number}.py": block
        for page in PAGES
        for number, block in enumerate(BLOCK.findall(page.read_text()))
        if "colabwidget" in block or re.search(r"\bw\b", block)
    }
    assert len(blocks) > 5
    for name, block in blocks.items():
        (tmp_path / name).write_text(BEFORE + block)
    (tmp_path / "wrong.py").write_text(WRONG)
    command = [sys.executable, "-m", "mypy", "--strict", "--ignore-missing-imports"]
    command += ["--disable-error-code=import-untyped", "--disable-error-code=no-redef"]
    checked = subprocess.run(
        [*command, "--cache-dir", str(ROOT / ".mypy_cache"), *sorted(blocks), "wrong.py"],
        cwd=tmp_path,
        env={"MYPYPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )
    errors = re.findall(r"^(\S+:\d+): error", checked.stdout, re.M)
    assert {*errors} == {"wrong.py:2", "wrong.py:3"}, checked.stdout + checked.stderr
    assert f"checked {len(blocks) + 1} source files" in checked.stdout
