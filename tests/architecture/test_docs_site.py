"""Every page of docs/ is in the site's navigation, and every link of every page leads somewhere.

``make docs`` builds the site and judges the same again, with its own eyes.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest
import python_reference
from docs_links import outward

from tests.kit.sources import ROOT, tracked

LINK = re.compile(r"!?\[(?:[^\]\[]|\[[^\]]*\])*\]\((?!https?:|mailto:)([^)\s]+)\)")
FENCED = re.compile(r"^ *```.*?^ *```", re.M | re.S)
CODE = re.compile(r"^ *```.*?^ *```|`[^`\n]+`", re.M | re.S)


def anchors(markdown: str) -> set[str]:
    """The anchors of a page's headings."""
    found = set()
    for heading in re.findall(r"^#+ (.+)$", FENCED.sub("", markdown), re.M):
        words = re.sub(r"[`*]|\]\([^)]*\)|\[", "", heading)
        plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode()
        found.add(re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", plain).strip().lower()))
    return found


def lost(page: Path, text: str) -> list[str]:
    """The links of a page that lead to no file, or to no heading of it."""
    found = []
    for link in LINK.findall(CODE.sub("", text)):
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.exists():
            found.append(link)
        elif anchor and target.suffix == ".md":
            content = text if target == page else target.read_text()
            if anchor not in anchors(content):
                found.append(link)
    return found


@pytest.mark.parametrize("page", tracked("*.md"), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    assert lost(page, page.read_text()) == []


def test_a_lost_link_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    text = "# A `b`, c\n[1](#a-b-c) [2](#d) [3](none.md) ![4](none.png) `[5](code.md)`\n"
    page.write_text(text)
    assert lost(page, text) == ["#d", "none.md", "none.png"]


def test_every_page_is_in_the_navigation_once() -> None:
    lines = (ROOT / "mkdocs.yml").read_text().partition("\nnav:\n")[2]
    named = re.findall(r"(\S+\.md)$", lines, re.M)
    pages = [path.relative_to(ROOT / "docs").as_posix() for path in tracked("docs/*.md")]
    assert sorted(named) == sorted(pages)


def test_the_reference_is_what_the_docstrings_say() -> None:
    text = (ROOT / python_reference.PAGE).read_text()
    assert text == python_reference.page(), "make generate"


def test_links_out_of_the_site_lead_to_the_repository() -> None:
    text = "[a](../README.md) [b](keys.md#x) [c](https://c.example) ![d](images/d.png)"
    source = "https://github.com/ana/colabwidget"
    led = outward(text, "index.md", source)
    assert led == text.replace("../README.md", f"{source}/blob/main/README.md")
    assert outward(text, "index.md", "").startswith("a [b](keys.md#x)")
    assert "(../index.md)" in outward("[a](../index.md)", "adr/1.md", "")
