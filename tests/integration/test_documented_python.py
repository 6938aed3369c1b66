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


def test_the_documented_python_is_typed(tmp_path: Path) -> None:
    blocks = {
        f"{page.stem.replace('-', '_')}_{number}.py": block
        for page in PAGES
        for number, block in enumerate(BLOCK.findall(page.read_text()))
        if "colabwidget" in block or re.search(r"\bw\b", block)
    }
    assert len(blocks) > 5
    for name, block in blocks.items():
        (tmp_path / name).write_text(BEFORE + block)
    command = [sys.executable, "-m", "mypy", "--strict", "--ignore-missing-imports"]
    command += ["--disable-error-code=import-untyped", "--disable-error-code=no-redef"]
    checked = subprocess.run(
        [*command, "--cache-dir", str(ROOT / ".mypy_cache"), *sorted(blocks)],
        cwd=tmp_path,
        env={"MYPYPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_a_misspelt_option_is_found(tmp_path: Path) -> None:
    code = "import colabwidget\ncolabwidget.ConnectWidget(tunel='direct')\n"
    code += "colabwidget.connect(geometri='1x1')\n"
    (tmp_path / "wrong.py").write_text(code)
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", ROOT / ".mypy_cache", "wrong.py"],
        cwd=tmp_path,
        env={"MYPYPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )
    assert "wrong.py:2" in checked.stdout and "wrong.py:3" in checked.stdout, checked.stdout
