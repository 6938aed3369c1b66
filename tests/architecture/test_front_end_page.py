"""The table of front ends tells what the tests try, and nothing else."""

from __future__ import annotations

import runpy

from tests.browser.front_ends import rows
from tests.kit.browser.story import STEPS
from tests.kit.machine.machine import ROOT

MADE = runpy.run_path(str(ROOT / "scripts" / "front_ends.py"))
EACH = [*rows.TOLD, *rows.OTHER_BROWSERS, *rows.NOT_TRIED]


def test_it_is_what_the_rows_say() -> None:
    written = (ROOT / "docs" / "front-ends.md").read_text()
    assert written.count(MADE["BEGIN"]) == written.count(MADE["END"]) == 1
    assert written == MADE["page"](written), "run make generate"


def test_each_row_is_a_front_end_of_its_own() -> None:
    assert len({row.name for row in EACH}) == len({row.title for row in EACH}) == len(EACH)
    for row in EACH:
        assert row.says.endswith(".") and {*row.steps} <= {*STEPS}
    assert all(row.steps for row in [*rows.TOLD, *rows.OTHER_BROWSERS])
    assert not any(row.steps for row in rows.NOT_TRIED)


def test_a_row_that_changes_is_missed() -> None:
    written = (ROOT / "docs" / "front-ends.md").read_text()
    assert MADE["page"](written.replace("| tested |", "| |", 1)) == written
