"""One place knows the project's address, and nothing installs by a name that is not ours."""

from __future__ import annotations

import re

import address
import pytest

from tests.kit.sources import ROOT, tracked

SOURCE = "https://github.com/ana/colabwidget"
#: What installs the package from an index; paths, files and variables are no bare names.
BARE = re.compile(
    r"(?:pip3? install|pipx (?:install|run)|uv tool (?:install|run))[^\n|;&#`]*?[ \"']"
    r"colabwidget(?![\w./-])|\buvx +[\"']?colabwidget(?![\w./-])",
    re.MULTILINE,
)
PYPROJECT = (ROOT / "pyproject.toml").read_text()


def test_what_follows_from_the_address_is_up_to_date() -> None:
    for path, text in address.everything().items():
        assert (ROOT / path).read_text() == text, "make generate"


def test_no_page_has_a_placeholder_for_it() -> None:
    pages = tracked("*.md", "*.ipynb", "*.toml", "*.yml", "js/src", "colabwidget/core")
    assert not [str(path) for path in pages if re.search(r"github\.com/OWNER", path.read_text())]


@pytest.mark.skipif(address.is_published(PYPROJECT), reason="the name is ours")
def test_nothing_is_installed_by_the_bare_name() -> None:
    pages = tracked("*.md", "*.ipynb", "*.py", "*.ts", "*.tsx", "Makefile", "*.sh", "*.yml")
    skipped = {"address.py", "test_address.py"}
    found = {
        str(path.relative_to(ROOT)): BARE.findall(path.read_text())
        for path in pages
        if path.name not in skipped
    }
    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "line",
    [
        "%pip install --quiet colabwidget",
        "pip install 'colabwidget[completion]'",
        "uvx colabwidget through pair",
        "pipx run colabwidget",
        "uv tool install colabwidget",
    ],
)
def test_a_bare_name_is_found(line: str) -> None:
    assert BARE.search(line)


@pytest.mark.parametrize(
    "line",
    [
        "pip install ./colabwidget-1-py3-none-any.whl",
        "pip install . && python -m colabwidget",
        "uvx --from ./colabwidget-1-py3-none-any.whl colabwidget through pair",
    ],
)
def test_a_file_is_no_bare_name(line: str) -> None:
    assert not BARE.search(line)


def test_an_address_is_set_and_set_again() -> None:
    first = address.with_source(PYPROJECT, SOURCE)
    assert address.source_of(first) == SOURCE
    assert first.index("[project.urls]") < first.index("[project.scripts]")
    again = address.with_source(first, "https://github.com/bo/colabwidget")
    assert address.source_of(again) == "https://github.com/bo/colabwidget"
    assert again.count("[project.urls]") == 1
    assert address.with_source(again, SOURCE) == first


def test_a_badge_opens_the_notebook_at_the_address() -> None:
    page = "A <!-- badge examples/colab.ipynb --><!-- /badge --> B"
    shown = address.badged(page, SOURCE)
    assert "research.google.com/github/ana/colabwidget/blob/main/examples/colab.ipynb)" in shown
    assert address.badged(shown, "") == page
    # Colab opens notebooks of this one host only.
    assert address.badged(shown, "https://example.org/ana/colabwidget") == page
