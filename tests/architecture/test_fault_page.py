"""The page on faults tells of every row of the matrix, in the row's own words."""

from __future__ import annotations

import runpy

from tests.kit.machine.machine import ROOT

MADE = runpy.run_path(str(ROOT / "scripts" / "faults.py"))
SUITES = [
    name
    for names in MADE["SUITES"].values()
    for name in ((names,) if isinstance(names, str) else names)
]


def test_it_is_what_the_rows_say() -> None:
    written = (ROOT / "docs" / "faults.md").read_text()
    assert written == MADE["page"](), "run make generate"


def test_every_row_says_both() -> None:
    for name in SUITES:
        found = [*MADE["rows"](ROOT / "tests" / name)]
        assert found, name
        assert all(done and seen for done, seen in found), name


def test_every_suite_of_faults_is_on_it() -> None:
    tests = ROOT / "tests"
    suites = {str(path.relative_to(tests)) for path in tests.rglob("test_faults_*.py")}
    assert suites <= {*SUITES}
