"""`make generate` writes every committed file that a script makes."""

from __future__ import annotations

from tests.kit.machine.machine import ROOT


def test_it_runs_every_script_that_writes_a_file() -> None:
    recipe = (ROOT / "Makefile").read_text().partition("\ngenerate: ")[2].partition("\n\n")[0]
    scripts = [
        path
        for path in (ROOT / "scripts").glob("*.py")
        if "write_text(" in path.read_text() and path.name != "dist.py"  # writes into dist/
    ]
    assert len(scripts) >= 4
    for path in scripts:
        assert f"$(PYTHON) scripts/{path.name}\n" in recipe
    # The page is built of what the scripts have written.
    assert recipe.endswith("npm run --silent build")
