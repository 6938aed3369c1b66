"""What a run of the tests leaves on a machine is seen by the next one."""

from __future__ import annotations

from pathlib import Path

from tests.kit.machine.leftovers import leftovers


def test_folders_of_sessions_are_found_and_no_others(tmp_path: Path) -> None:
    before = leftovers(())
    for name in ("colabwidget", "colabwidget-ada", "colabwidget.guest-1.ab", "other"):
        (tmp_path / name).mkdir()
    found = {Path(place).name for place in leftovers((tmp_path,)) - before}
    assert found == {"colabwidget", "colabwidget-ada", "colabwidget.guest-1.ab"}
