"""Importing is cheap: nothing heavy is loaded before it is needed."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import colabwidget
from tests.kit.sources import ROOT, tree

HEAVY = {"anywidget", "ipywidgets", "traitlets", "IPython", "asyncio", "pyngrok"}
SOURCES = sorted((ROOT / "colabwidget").rglob("*.py"))


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(path): path for path in SOURCES}


def top_level(body: list[ast.stmt]) -> list[ast.stmt]:
    """The statements that run at import; what only a type checker reads is left out."""
    found: list[ast.stmt] = []
    for node in body:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        found.append(node)
        for inner in ("body", "orelse", "finalbody"):
            if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                found += top_level(getattr(node, inner, []))
    return found


def imported(statements: list[ast.AST]) -> set[str]:
    """Modules of ours among them."""
    names: set[str] = set()
    for node in statements:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are written in full"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                names.add(whole if whole in MODULES else str(node.module))
    return names & set(MODULES)


@cache
def at_import(module: str) -> set[str]:
    return imported([*top_level(tree(MODULES[module]).body)])


@cache
def reached(module: str) -> set[str]:
    """All that is loaded with a module."""
    found: set[str] = set()
    more = {module}
    while more:
        found |= more
        more = {name for one in more for name in at_import(one)} - found
    return found


def loaded_by(statement: str) -> set[str]:
    code = f"import json, sys\n{statement}\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stdout))


def test_importing_the_package_loads_nothing_heavy() -> None:
    loaded = loaded_by("import colabwidget")
    assert not loaded & HEAVY
    assert {name for name in loaded if name.startswith("colabwidget")} == {
        "colabwidget",
        "colabwidget._version",
    }


@pytest.mark.parametrize(
    "name", ["ipc.client", "api", "cli", "kernel.bridge", "hosts", "core.options"]
)
def test_the_kernel_s_side_loads_neither_asyncio_nor_the_backend(name: str) -> None:
    loaded = loaded_by(f"import colabwidget.{name}")
    assert not loaded & HEAVY
    assert not [
        one
        for one in loaded
        if one.startswith("colabwidget.backend.") or one.endswith((".tunnel", ".factory"))
    ]


def test_a_form_is_there_without_what_only_a_click_needs() -> None:
    loaded = loaded_by("from colabwidget import ConnectWidget")
    late = {
        *("ipc.client", "ipc.messages", "hosts.environment", "system.key_files", "core.step"),
        *("core.details", "core.card_messages", "hosts.secrets", "system.paths", "report"),
        *("kernel.bridge", "kernel.outbox", "kernel.session_requests", "kernel.identity"),
    }
    assert not loaded & {f"colabwidget.{name}" for name in late}


def test_types_of_what_a_form_loads_are_not_compiled_from_text() -> None:
    """Each type of a field that is written as text costs every kernel 10 µs."""
    loaded = loaded_by("from colabwidget import ConnectWidget")
    for name in loaded & set(MODULES):
        text = MODULES[name].read_text()
        if re.search(r"\((TypedDict|NamedTuple)\b|^@dataclass", text, re.MULTILINE):
            assert "from __future__ import annotations" not in text, name


def test_the_backend_loads_no_face() -> None:
    loaded = loaded_by("import colabwidget.backend.lifecycle, colabwidget.tunnels.direct.tunnel")
    assert not loaded & (HEAVY - {"asyncio"})
    faces = ("widgets", "kernel", "api", "control", "ipc.client", "cli", "remocolab")
    assert not [
        name for name in loaded if name.startswith(tuple(f"colabwidget.{f}" for f in faces))
    ]


def test_all_public_names_are_there_and_no_others() -> None:
    code = (
        "import colabwidget\n"
        "for name in colabwidget.__all__: getattr(colabwidget, name)\n"
        "assert set(colabwidget.__all__) <= set(dir(colabwidget))\n"
        "try: colabwidget.surprise\n"
        "except AttributeError as error: assert 'surprise' in str(error)\n"
        "else: raise AssertionError\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_what_a_reader_asks_the_package_fits_two_screens() -> None:
    assert dir(colabwidget) == sorted(colabwidget.__all__)
    text = subprocess.check_output([sys.executable, "-m", "pydoc", "colabwidget"], cwd=ROOT)
    assert 20 < len(text.splitlines()) < 60


@pytest.mark.parametrize("module", MODULES)
def test_no_module_needs_itself(module: str) -> None:
    assert not [name for name in at_import(module) if module in reached(name)]
