"""The user's end as one file: small, quick to start, and of the standard library only."""

from __future__ import annotations

import ast
import io
import sys
import zipfile

from colabwidget.through import program


def test_it_is_under_40_kb_and_the_same_each_time() -> None:
    data = program.archive()
    assert len(data) < 40_000
    assert data == program.archive()


def test_it_holds_nothing_but_the_standard_library_and_itself() -> None:
    with zipfile.ZipFile(io.BytesIO(program.archive())) as whole:
        sources = {name: whole.read(name) for name in whole.namelist()}
    assert "__main__.py" in sources
    own = {name.removesuffix(".py").replace("/", ".") for name in sources}
    for name, source in sources.items():
        for node in ast.walk(ast.parse(source)):
            found = []
            if isinstance(node, ast.Import):
                found = [each.name for each in node.names]
            elif isinstance(node, ast.ImportFrom):
                found = [str(node.module)]
            for each in found:
                room = each.split(".")[0]
                known = room in sys.stdlib_module_names or each in {*own, "colabwidget.through"}
                known |= each == "colabwidget.through.ways"
                # Commands for people, which the file says that it lacks.
                known |= each in {"colabwidget.through.without_ssh", "colabwidget.through.bridge"}
                assert known, f"{name} imports {each}"
