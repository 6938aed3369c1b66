"""The figures in docs/security.md are those of the tests that they are from."""

from __future__ import annotations

import ast
import re

import pytest

from tests.kit.machine.machine import ROOT

PAGE = ROOT / "docs" / "security.md"
ROW = re.compile(r"^\| (?P<what>[^|]+) \| (?P<number>[\d,]+) \| (?P<source>[^|]+) \|$", re.M)
ROWS = {row["what"]: row for row in ROW.finditer(PAGE.read_text().partition("## Figures")[2])}


@pytest.mark.parametrize("what", ROWS)
def test_each_is_in_the_words_of_its_test(what: str) -> None:
    number, source = int(ROWS[what]["number"].replace(",", "")), ROWS[what]["source"]
    (words,) = re.findall(r"`([^`]+)`", source)
    files = [PAGE.parent / place for place in re.findall(r"\]\(([^)]+)\)", source)]
    assert any(words in path.read_text() for path in files)
    assert number in (numbers_in(words) or [items_of(words, files[0].read_text())])


def numbers_in(words: str) -> list[int]:
    return [int(each.replace("_", "")) for each in re.findall(r"\d[\d_]*", words)]


def items_of(name: str, source: str) -> int:
    """How many items a tuple has; its module needs packages that are not everywhere."""
    (found,) = [
        each.value
        for each in ast.parse(source).body
        if isinstance(each, ast.Assign) and ast.unparse(each.targets[0]) == name
    ]
    assert isinstance(found, ast.Tuple)
    return len(found.elts)


def test_there_are_some() -> None:
    assert len(ROWS) >= 15
