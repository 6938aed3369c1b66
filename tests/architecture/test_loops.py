"""A test beside those of a browser has its event loop in a thread of its own."""

from __future__ import annotations

import ast
from pathlib import Path

TESTS = Path(__file__).parents[1]


def runs_of(source: str) -> list[int]:
    """The lines in which a module runs an event loop, but for those that give one to a thread."""
    tree = ast.parse(source)
    apart = {
        inner
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)
        if call.func.attr == "submit"
        for inner in ast.walk(call)
    }
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "asyncio.run"
        if node not in apart
    ]


def test_a_loop_in_the_worker_s_own_thread_is_seen() -> None:
    assert runs_of("import asyncio\nasyncio.run(work())") == [2]
    assert runs_of("threads.submit(lambda: asyncio.run(work()))") == []


def test_no_test_beside_a_browser_s_has_one() -> None:
    found = {
        str(path.relative_to(TESTS)): lines
        for room in ("system", "machines", "browser")
        for path in (TESTS / room).rglob("*.py")
        if (lines := runs_of(path.read_text()))
    }
    assert not found, "run_apart of tests/kit/loops.py runs it in a thread"
