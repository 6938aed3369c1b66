"""The files of the project."""

from __future__ import annotations

import ast
import os
import subprocess
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
_MADE = ("node_modules", "__pycache__", ".venv*", ".*_cache", ".hypothesis", ".types", "*.egg-info")
#: What setuptools adds to a source archive.
_PACKED = ("PKG-INFO", "setup.cfg")


def tracked(*patterns: str) -> list[Path]:
    """Return the files that match, new ones included, but for what git ignores.

    A source archive is no repository: there, all files are the project's but for what tools make.

    Parameters
    ----------
    patterns
        Folders, names, or patterns of git's kind: ``"docs"``, ``"*.py"``.
    """
    if not (ROOT / ".git").exists():
        return [ROOT / name for name in sorted(_archived()) if matches(name, patterns)]
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    found = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [path for path in found if path.is_file()]


@cache
def tree(path: Path) -> ast.Module:
    """The parsed source of a file, which many rules read and none changes."""
    return ast.parse(path.read_text())


def matches(name: str, patterns: tuple[str, ...]) -> bool:
    """Whether a file matches a pattern as git understands it: a star takes slashes too."""
    return not patterns or any(
        name == each or name.startswith(f"{each}/") or fnmatch(name, each) for each in patterns
    )


def _archived() -> Iterator[str]:
    """The files of an unpacked source archive, by their names within it."""
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [each for each in folders if not any(fnmatch(each, made) for made in _MADE)]
        at = Path(folder).relative_to(ROOT)
        if at == Path():
            folders[:] = [each for each in folders if each not in ("build", "dist", "test-results")]
            files = [each for each in files if each not in _PACKED]
        yield from ((at / file).as_posix() for file in files)
