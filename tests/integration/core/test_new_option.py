"""A new option is one line of the table, and every face has it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.kit.machine.machine import ROOT

#: An option that there is not, in the place of the line before the desktop's first one.
TOY = """\
    colour: str = option("blue", DESKTOP, "Colour of the desktop's background.", metavar="NAME")
    geometry: str = option(
"""
USES_OF_THE_TOY = """
import inspect, json
import colabwidget
from colabwidget import cli
from colabwidget.core.options import DESKTOP_OPTIONS, TEXTS, Options
chosen = cli.make_parser().parse_args(["connect", "--colour", "red"])
widget = colabwidget.ConnectWidget(colour="green")
print(json.dumps({
    "options": Options.from_dict({"colour": "red"}).as_dict()["colour"],
    "desktop": "colour" in DESKTOP_OPTIONS,
    "text": "colour" in TEXTS,
    "line": cli._given(chosen, ["colour"]),
    "trait": [widget.colour, widget.traits()["colour"].help, "colour" in widget.keys],
    "parameters": [
        inspect.signature(each).parameters["colour"].default
        for each in (
            colabwidget.connect, colabwidget.ConnectWidget, colabwidget.Desktop,
            colabwidget.set_desktop,
        )
    ],
    "told": [
        "Colour of the desktop's background." in (each.__doc__ or "")
        for each in (colabwidget.connect, colabwidget.ConnectWidget, colabwidget.Desktop)
    ],
}))
"""


def test_a_new_option_is_one_line_and_shows_up_everywhere(tmp_path: Path) -> None:
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
    for folder in ("colabwidget", "scripts"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=ignored)
    (tmp_path / "docs").mkdir()
    table = tmp_path / "colabwidget" / "core" / "options.py"
    table.write_text(table.read_text().replace("    geometry: str = option(\n", TOY, 1))
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)}

    def python(*arguments: str) -> str:
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=tmp_path,
            env=environment,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout

    python("scripts/options.py")
    assert json.loads(python("-c", USES_OF_THE_TOY)) == {
        "options": "red",
        "desktop": True,
        "text": True,
        "line": {"colour": "red"},
        "trait": ["green", "Colour of the desktop's background.", True],
        "parameters": ["blue"] * 4,
        "told": [True] * 3,
    }
    page = (tmp_path / "docs" / "reference" / "options.md").read_text()
    assert "| `colour` | `--colour` | `blue` | Colour of the desktop's background. |" in page
    assert "Colour of the desktop's background." in python("-m", "colabwidget", "connect", "--help")
