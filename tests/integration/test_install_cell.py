"""The first cell of each example installs from a wheel, an address, or says what to do."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import nbformat
import pytest
from address import EXAMPLES
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from tests.kit.sources import ROOT


class Cell:
    """The cell *install* of an example, where the package is not installed yet."""

    def __init__(self, name: str) -> None:
        notebook = nbformat.read(ROOT / "examples" / f"{name}.ipynb", 4)
        (cell,) = [cell for cell in notebook["cells"] if cell["id"] == "install"]
        self.source: str = cell["source"]
        self.asked: list[str] = []
        config = Config()
        config.HistoryManager.enabled = False
        self.shell = InteractiveShell(config=config)
        self.shell.magics_manager.register_function(self.asked.append, "line", "pip")

    def run(self) -> None:
        self.shell.run_cell(self.source).raise_error()


@pytest.fixture(params=EXAMPLES)
def cell(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Cell:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    return Cell(request.param)


def test_without_a_wheel_it_says_what_to_do(cell: Cell) -> None:
    with pytest.raises(FileNotFoundError, match="beside this notebook, or write the address"):
        cell.run()
    assert cell.asked == []


def test_the_newest_wheel_beside_the_notebook_is_installed(cell: Cell) -> None:
    for number, name in enumerate(("0.10.0", "0.9.0")):
        wheel = Path(f"colabwidget-{name}-py3-none-any.whl")
        wheel.touch()
        os.utime(wheel, (number, number))
    cell.run()
    assert cell.asked == ["install --quiet colabwidget-0.9.0-py3-none-any.whl"]


def test_an_address_goes_before_a_wheel_and_runs_nothing(cell: Cell) -> None:
    Path("colabwidget-0.9.0-py3-none-any.whl").touch()
    cell.source = cell.source.replace('ADDRESS = ""', 'ADDRESS = "https://a.example/x.whl?a=1&b"')
    cell.run()
    assert cell.asked == ["install --quiet 'https://a.example/x.whl?a=1&b'"]


def test_a_package_that_is_there_stays(cell: Cell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    cell.run()
    assert cell.asked == []
