"""A file has one subject; past some length it has two."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kit.sources import ROOT, tracked

LINES_MAX = 400
FOLDERS = ("colabwidget", "tests", "js/src", "js/tests", "scripts", "benchmarks", "examples")
# What esbuild makes with the licences of what is in it, and locked versions of packages.
GENERATED = (
    *("colabwidget/static/*.js", "colabwidget/static/third-party.txt"),
    *("package-lock.json", "tests/constraints-*.txt"),
)


def lines_of(path: Path) -> int:
    """The number of lines that are written by hand; programs have no suffix."""
    name = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
    data = path.read_bytes()
    if any(name.match(pattern) for pattern in GENERATED) or b"\0" in data:
        return 0
    return len(data.splitlines())


def test_no_file_is_too_long() -> None:
    lengths = {str(path.relative_to(ROOT)): lines_of(path) for path in tracked(*FOLDERS)}
    assert lengths["tests/doubles/cloudflared"] and lengths["colabwidget/api.py"]
    assert not {name: lines for name, lines in lengths.items() if lines > LINES_MAX}


@pytest.mark.parametrize("name", ["program", "module.py", "view.tsx", "notebook.ipynb"])
def test_lines_are_counted_whatever_the_suffix(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("a line\n" * (LINES_MAX + 1))
    assert lines_of(path) == LINES_MAX + 1


@pytest.mark.parametrize(
    "name", ["colabwidget/static/card.js", "js/package-lock.json", "docs/images/xfce.png"]
)
def test_what_is_generated_has_no_lines_of_ours(name: str) -> None:
    assert (ROOT / name).stat().st_size and lines_of(ROOT / name) == 0
