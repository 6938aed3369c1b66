"""The table of options, and that every face takes its own from it."""

from __future__ import annotations

import json
import os
import runpy
import shutil
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any

import pytest

import colabwidget
from colabwidget.core.options import OPTIONS, TEXTS, Options
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
chosen = cli._parser().parse_args(["connect", "--colour", "red"])
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


def test_what_the_table_makes_is_what_is_there() -> None:
    made = runpy.run_path(str(ROOT / "scripts" / "options.py"))["made"]()
    assert len(made) == 6
    for path, text in made.items():
        assert (ROOT / path).read_text() == text, "make it anew: python scripts/options.py"


def test_each_option_says_in_one_sentence_what_it_is() -> None:
    for name, each in OPTIONS.items():
        assert each.name == name
        assert each.help[0].isupper() and each.help.endswith(".") and ". " not in each.help


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


@pytest.mark.parametrize("name", ["connect", "ConnectWidget", "Desktop"])
def test_a_misspelt_option_is_refused_with_the_nearest_name(name: str, runtime: Path) -> None:
    with pytest.raises(TypeError, match=r"no option geometri\. Did you mean geometry\?") as refused:
        getattr(colabwidget, name)(geometri="s3cret")
    assert isinstance(refused.value, colabwidget.ColabWidgetError)
    assert "s3cret" not in str(refused.value.info)


def test_a_name_that_is_near_none_is_told_the_options(runtime: Path) -> None:
    with pytest.raises(TypeError, match=r"The options are tunnel, region, .*token_secret"):
        unchecked: Any = colabwidget.connect
        unchecked(xyzzy=1)


def test_the_widget_says_how_a_token_is_given_and_repeats_none(runtime: Path) -> None:
    unchecked: Any = colabwidget.ConnectWidget
    with pytest.raises(TypeError) as refused:
        unchecked(token="".join(["2s3cret", "t0ken"]))
    error = refused.value
    assert isinstance(error, colabwidget.ColabWidgetError)
    for way in ("into the form", "token_secret=", "connect(token=...)"):
        assert way in error.info["remedy"]
    chain = traceback.TracebackException.from_exception(error, capture_locals=True)
    assert "2s3crett0ken" not in "".join(chain.format()) + str(error.info)


def test_what_every_widget_takes_is_taken(runtime: Path) -> None:
    widget = colabwidget.ConnectWidget(layout={"width": "50%"})
    try:
        assert widget.layout.width == "50%"
    finally:
        widget.close()


def test_every_text_is_one_line() -> None:
    texts = {name for name, each in OPTIONS.items() if isinstance(each.default, str)}
    assert set(TEXTS) == texts - {"tunnel", "region", "public_key", "user", "geometry", "vnc"}
    for name in TEXTS:
        with pytest.raises(colabwidget.ColabWidgetError, match="cannot be used"):
            Options(**{name: "a\nb"}).checked()
