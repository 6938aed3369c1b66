"""A page that names a file of the project names one that is there."""

from __future__ import annotations

import re

from tests.kit.sources import ROOT, tracked

#: A file in code marks; a name in capitals stands for the reader's own.
FILE = re.compile(r"`([\w./-]+\.(?:py|ts|tsx|js|sh|toml|md))`")
PLACEHOLDER = re.compile(r"[A-Z]{2,}")
#: Not of the project: what it writes on the machine.
WRITTEN = {"/etc/profile.d/colabwidget.USER.ID.sh"}


def strangers(text: str, files: set[str]) -> list[str]:
    """The files that a text names and the project does not have."""
    named = {name for name in FILE.findall(text) if not PLACEHOLDER.search(name)}
    ends = {f"/{name}" for name in files}
    return sorted(
        name for name in named - WRITTEN if not any(each.endswith(f"/{name}") for each in ends)
    )


def test_every_file_that_a_page_names_is_there() -> None:
    files = {path.relative_to(ROOT).as_posix() for path in tracked()}
    pages = tracked("*.md")
    assert len(pages) > 20

    found = {path.name: strangers(path.read_text(), files) for path in pages}

    assert {name: names for name, names in found.items() if names} == {}


def test_a_file_that_has_moved_is_found() -> None:
    files = {"colabwidget/kernel/bridge.py", "README.md"}

    assert strangers("`bridge.py`, `kernel/bridge.py`, `NAME/tunnel.py`", files) == []
    assert strangers("`widgets/bridge.py` and `ridge.py`", files) == [
        "ridge.py",
        "widgets/bridge.py",
    ]
