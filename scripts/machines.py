"""Makes docs/machines.md from the rows of tests/machines/.

``python scripts/machines.py`` writes the page; a test keeps it equal to the rows.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.kit.machine.kind import Kind  # noqa: E402
from tests.machines import distributions, homes, rights  # noqa: E402

PAGE = ROOT / "docs" / "machines.md"
GROUPS = {
    "Distributions": distributions.KINDS,
    "Rights": rights.KINDS,
    "Homes and folders": homes.KINDS,
}
HEADER = """\
# What works on which machine

<!-- Made by `python scripts/machines.py` from the rows in tests/machines/. -->

Each row is a test that does it for real, on a throw-away copy of a machine. It connects, signs in
with OpenSSH's client and types into the terminal in the cell. If the table says so, it opens the
desktop in the cell. Then it disconnects, and sees that no process and no file is left.
`make machines` runs all of them.

*Password* is SSH to an account that colabwidget makes; *key* is SSH to an account that exists, by
a public key. *Terminal* and *desktop* are those in the notebook, which need no sign-in. What is
empty was not tried.
"""
COLUMNS = (
    "| machine | password | key | terminal | desktop | |\n| --- | --- | --- | --- | --- | --- |\n"
)


def page() -> str:
    """Return the page."""
    return HEADER + "".join(_part(title, kinds) for title, kinds in GROUPS.items())


def _part(title: str, kinds: list[Kind]) -> str:
    return f"\n## {title}\n\n{COLUMNS}" + "".join(_row(kind) for kind in kinds)


def _row(kind: Kind) -> str:
    return f"| {' | '.join([kind.title, *_marks(kind), kind.says])} |\n"


def _marks(kind: Kind) -> Iterator[str]:
    for way, fails in (("password", kind.no_password), ("key", kind.refused)):
        yield "yes" if way in kind.ways else "no" if fails or not kind.ways else ""
    yield "yes"
    yield "yes" if kind.desktop else ""


if __name__ == "__main__":
    PAGE.write_text(page())
