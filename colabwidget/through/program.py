"""The user's end as one file that any Python runs."""

from __future__ import annotations

import importlib.util
import io
import sys
import zipfile
from pathlib import Path

_MAIN = "import sys\nfrom colabwidget.through.cli import main\nsys.exit(main())\n"
_WHEN = (1980, 1, 1, 0, 0, 0)


def archive(*, compiled: bool = False) -> bytes:
    """Return the file: a zip archive with a ``__main__``.

    Parameters
    ----------
    compiled
        Whether it holds what this Python has compiled as well: it then starts sooner with this
        one, and as before with others.
    """
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as whole:
        for name, source in sorted(_sources().items()):
            _add(whole, name, source)
            if compiled and name != "__main__.py":
                _add(whole, f"{name}c", _compiled(name, source))
    return data.getvalue()


def interpreter() -> str:
    """Return the Python that runs it: not that of an environment that may be cleared away."""
    return str(getattr(sys, "_base_executable", "") or sys.executable)


def _sources() -> dict[str, bytes]:
    here = Path(__file__)
    if not here.is_file():  # in an archive of this kind
        with zipfile.ZipFile(here.parents[2]) as whole:
            names = [name for name in whole.namelist() if name.endswith(".py")]
            return {name: whole.read(name) for name in names}
    found = {"__main__.py": _MAIN.encode(), "colabwidget/__init__.py": b""}
    for path in here.parent.rglob("*.py"):
        if {"without_ssh", "bridge"} & {*path.parts}:
            continue  # for people: ssh starts nothing of it
        found[path.relative_to(here.parents[2]).as_posix()] = _bare(path.read_bytes())
    return found


def _bare(source: bytes) -> bytes:
    """Return a source without its comments and docstrings, which a program does not need."""
    import ast

    tree = ast.parse(source)
    for node in ast.walk(tree):
        if not isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)):
            continue
        if ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(tree).encode()


def _compiled(name: str, source: bytes) -> bytes:
    """Return a source as Python caches it, without a look at the source's date."""
    import marshal

    unchecked = (0b01).to_bytes(4, "little")  # PEP 552: by hash, and not compared
    code = marshal.dumps(compile(source, name, "exec", dont_inherit=True))
    return importlib.util.MAGIC_NUMBER + unchecked + importlib.util.source_hash(source) + code


def _add(whole: zipfile.ZipFile, name: str, data: bytes) -> None:
    entry = zipfile.ZipInfo(name, _WHEN)
    entry.compress_type = zipfile.ZIP_DEFLATED
    whole.writestr(entry, data)
