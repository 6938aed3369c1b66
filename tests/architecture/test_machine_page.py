"""The page on machines tells of every row, and of nothing else."""

from __future__ import annotations

import runpy

from tests.kit.machine.machine import ROOT
from tests.machines.test_kinds import KINDS

MADE = runpy.run_path(str(ROOT / "scripts" / "machines.py"))


def test_it_is_what_the_rows_say() -> None:
    written = (ROOT / "docs" / "machines.md").read_text()
    assert written == MADE["page"](), "run make generate"
    assert sorted(kind.name for kinds in MADE["GROUPS"].values() for kind in kinds) == sorted(
        kind.name for kind in KINDS
    )
