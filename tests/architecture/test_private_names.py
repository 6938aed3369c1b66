"""Unit tests go through what the product offers: private names may change at any time."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

UNIT = Path(__file__).parents[1] / "unit"
# Of other packages: what a front end or a kernel calls, for which they have no public name.
FOREIGN = {
    "_download_file",
    "_handle_custom_msg",
    "_handle_msg",
    "_publish_status",
    "_reply_subshell_for",
}


def is_private(name: str) -> bool:
    """Names as `_repr_mimebundle_` are what IPython calls."""
    return name.startswith("_") and not name.endswith("_") and name not in FOREIGN


def private_names(source: str) -> Iterator[str]:
    """The private names of other modules and objects that a source uses."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute):
            own = isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
            if is_private(node.attr) and not own:
                yield node.attr
        elif isinstance(node, ast.ImportFrom):
            yield from (alias.name for alias in node.names if is_private(alias.name))
        elif isinstance(node, ast.Call) and isinstance(node.func, (ast.Name, ast.Attribute)):
            called = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            if called in ("setattr", "getattr", "delattr"):
                for word in node.args:
                    if isinstance(word, ast.Constant) and isinstance(word.value, str):
                        name = word.value.rpartition(".")[2]
                        if is_private(name):
                            yield name


@pytest.mark.parametrize("file", sorted(UNIT.rglob("*.py")), ids=lambda file: file.stem)
def test_unit_tests_use_no_private_names(file: Path) -> None:
    assert not {*private_names(file.read_text())}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("bridge._line.empty()", ["_line"]),
        ("self._own = 1", []),
        ("monkeypatch.setattr(apt, '_apt', held)", ["_apt"]),
        ("from colabwidget.runtime.apt import _update", ["_update"]),
        ("widget._repr_mimebundle_()", []),
        ("import colabwidget; colabwidget.__version__", []),
    ],
)
def test_a_private_name_is_found(source: str, found: list[str]) -> None:
    assert [*private_names(source)] == found
