"""Rules for the front end's sources that no compiler looks at."""

from __future__ import annotations

import re

import pytest

from tests.kit.machine.machine import ROOT

SOURCES = sorted((ROOT / "js" / "src").rglob("*.ts*"))
COMMENT = re.compile(r"/\*.*?\*/|(?<!:)//[^\n]*", re.S)
HTML = re.compile(r"(?:inner|outer)HTML|insertAdjacentHTML|dangerouslySet|document\.write\b")
ANY = re.compile(r"(?::|\bas|[<|&,]|=>)\s*any\b(?!-)|\bany\[\]")
# A shadow root has its own: to the document, all in it is its host.
OF_A_TREE = re.compile(r"\bdocument\.(?:activeElement|fullscreenElement)\s*(?:===|[?.]*\.|;|\))")


def found(rule: re.Pattern[str]) -> list[str]:
    """The files in whose code a rule finds something."""
    return [path.name for path in SOURCES if rule.search(COMMENT.sub("", path.read_text()))]


def test_nothing_makes_html_of_data() -> None:
    assert found(HTML) == []


def test_nothing_is_of_the_type_any() -> None:
    assert found(ANY) == []


def test_nothing_asks_the_document_for_what_a_shadow_root_has() -> None:
    assert [name for name in found(OF_A_TREE) if name != "full-screen.ts"] == []


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        (HTML, "el.innerHTML = text"),
        (HTML, "<p dangerouslySetInnerHTML={{ __html }} />"),
        (ANY, "(x: any) => 1"),
        (ANY, "x as any"),
        (ANY, "new Map<string, any>()"),
        (ANY, "let x: unknown | any"),
        (ANY, "any[]"),
        (OF_A_TREE, "el === document.activeElement;"),
        (OF_A_TREE, "document.activeElement?.closest(x)"),
        (OF_A_TREE, "document.fullscreenElement === root"),
    ],
)
def test_what_the_rules_forbid_would_be_found(rule: re.Pattern[str], code: str) -> None:
    assert len(SOURCES) > 40
    assert rule.search(COMMENT.sub("", f"/* any */ {code} // {code}"))
