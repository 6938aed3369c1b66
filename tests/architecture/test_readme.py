"""The README reads well where a package index shows it."""

from __future__ import annotations

import re
from importlib.metadata import metadata

import pytest
from readme import for_index

from tests.kit.sources import ROOT, matches, tracked

SOURCE = "https://github.com/ana/colabwidget"
README = (ROOT / "README.md").read_text()
RELATIVE = re.compile(r"\]\((?!https?:|#)[^)]*\)")


@pytest.mark.parametrize("source", ["", SOURCE])
def test_no_link_is_relative(source: str) -> None:
    assert RELATIVE.search(README)
    text = for_index(README, source, "1.2.3")
    assert RELATIVE.findall(text) == []
    assert "<!--" not in text and "```python" in text


def test_links_lead_to_the_files_of_that_version() -> None:
    text = for_index("[a](docs/a.md#b) ![c](docs/c.png) [`d`](https://d.example)", SOURCE, "1.2.3")
    assert f"[a]({SOURCE}/blob/v1.2.3/docs/a.md#b)" in text
    assert f"![c]({SOURCE}/raw/v1.2.3/docs/c.png)" in text
    assert "[`d`](https://d.example)" in text


def test_without_an_address_the_words_stay() -> None:
    text = for_index("See [a](docs/a.md) and [b [c]](d.md).\n\n![e](f.png)\n\nEnd", "", "1")
    assert text == "See a and b [c].\n\nEnd"


def test_the_package_has_that_text() -> None:
    words = metadata("colabwidget")
    assert words["Description-Content-Type"] == "text/markdown"
    text = words.json["description"]
    assert isinstance(text, str)
    assert "# colabwidget" in text and not RELATIVE.search(text)


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("docs/a.md", "*.md"),
        ("docs/a/b.md", "docs"),
        ("a/b/c.py", "a/**.py"),
        ("Makefile", "Makefile"),
    ],
)
def test_patterns_of_an_archive_are_git_s(name: str, pattern: str) -> None:
    assert matches(name, (pattern,)) and not matches(name, ("other",))


def test_the_source_archive_has_every_part_of_the_project() -> None:
    lines = [line.split() for line in (ROOT / "MANIFEST.in").read_text().splitlines()]
    named = {
        name
        for command, *names in filter(None, lines)
        if command in ("graft", "include", "recursive-include")
        for name in names
    }
    parts = {path.relative_to(ROOT).parts[0] for path in tracked()}
    # Files that name the others are in each archive.
    assert parts - {"MANIFEST.in", "pyproject.toml", "setup.py"} <= named
