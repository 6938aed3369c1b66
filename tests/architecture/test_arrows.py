"""The rule of arrows: a room of the package imports from lower floors only, and inside itself.

A room is a folder of `colabwidget`, or a module directly below it. Imports are read from the
sources, those inside of functions and those for the type checker too.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "colabwidget"

FLOORS = {
    "_version": 1,
    "core": 1,
    "relays": 1,
    "static": 1,
    "through": 1,
    "attach": 2,
    "system": 2,
    "hosts": 3,
    "ipc": 3,
    "runtime": 3,
    "access": 4,
    "report": 4,
    "tunnels": 4,
    "control": 5,
    "desktops": 5,
    "kernel": 5,
    "backend": 6,
    "widgets": 6,
    "api": 7,
    "__init__": 8,
    "__main__": 9,
    "cli": 8,
    "remocolab": 8,
}

#: The two processes share their vocabulary, and nothing above it.
BACKEND_SIDE = {"backend", "desktops", "access", "runtime"}
KERNEL_SIDE = {"kernel", "widgets", "control", "api"}

#: What a tunnel's ``spec``, and the ``texts`` beside it, may import: every kernel loads them.
OF_A_SPEC = ("colabwidget.core", "colabwidget.tunnels.spec")


def modules() -> dict[str, Path]:
    """Return the package's modules by dotted name."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def room(module: str) -> str:
    """Return the room of a module."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def imports(path: Path, known: dict[str, Path]) -> Iterator[str]:
    """Return the modules of the package that a file imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [name.name for name in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path} imports relatively; name the package"
            whole = [f"{node.module}.{name.name}" for name in node.names]
            names = [name if name in known else str(node.module) for name in whole]
        else:
            continue
        yield from (name for name in names if name in known)


@cache
def arrows() -> set[tuple[str, str]]:
    """Return all imports inside of the package: importer and imported, by dotted names."""
    known = modules()
    return {
        (module, target)
        for module, path in known.items()
        for target in imports(path, known)
        if target != module
    }


def is_upward(source: str, target: str) -> bool:
    """Tell whether an arrow goes up, or across a floor."""
    return room(source) != room(target) and FLOORS[room(source)] <= FLOORS[room(target)]


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Return the strongly connected parts of a graph that have more than one node (Tarjan)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for target in sorted(graph.get(node, ())):
            if target not in index:
                visit(target)
                low[node] = min(low[node], low[target])
            elif target in stack:
                low[node] = min(low[node], index[target])
        if low[node] == index[node]:
            part = stack[stack.index(node) :]
            del stack[stack.index(node) :]
            if len(part) > 1:
                found.append(sorted(part))

    for node in sorted(graph):
        if node not in index:
            visit(node)
    return found


def test_each_room_has_its_floor() -> None:
    assert {room(module) for module in modules()} <= set(FLOORS)


def test_no_arrow_goes_up() -> None:
    found = {f"{source} -> {target}" for source, target in arrows() if is_upward(source, target)}
    assert not found


def test_no_circle() -> None:
    graph: dict[str, set[str]] = {}
    for source, target in arrows():
        graph.setdefault(source, set()).add(target)
    assert not circles(graph)


def test_the_two_processes_share_only_their_vocabulary() -> None:
    found = {
        f"{source} -> {target}"
        for source, target in arrows()
        if (room(source) in BACKEND_SIDE and room(target) in KERNEL_SIDE)
        or (room(source) in KERNEL_SIDE and room(target) in BACKEND_SIDE)
    }
    assert not found


def test_a_tunnels_spec_is_light() -> None:
    found = {
        f"{source} -> {target}"
        for source, target in arrows()
        if source.startswith("colabwidget.tunnels.")
        and source.endswith((".spec", ".texts"))
        and not target.startswith(OF_A_SPEC)
        and target != f"{source.rpartition('.')[0]}.texts"
    }
    assert not found


def test_a_circle_is_found() -> None:
    graph = {"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}}
    assert circles(graph) == [["b", "c"]]


def test_an_arrow_up_is_found() -> None:
    assert is_upward("colabwidget.core.options", "colabwidget.tunnels.registry")
    assert is_upward("colabwidget.kernel.bridge", "colabwidget.control.progress")
    assert not is_upward("colabwidget.kernel.bridge", "colabwidget.kernel.outbox")
    assert not is_upward("colabwidget.api", "colabwidget.core.options")
