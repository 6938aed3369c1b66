"""Makes the table of docs/front-ends.md from the rows of tests/browser/front_ends/rows.py.

``python scripts/front_ends.py`` writes the table; a test keeps it equal to the rows.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.browser.front_ends import rows  # noqa: E402
from tests.kit.browser.story import STEPS, FrontEndRow  # noqa: E402

PAGE = ROOT / "docs" / "front-ends.md"
BEGIN = "<!-- Made by `python scripts/front_ends.py` from tests/browser/front_ends/rows.py. -->\n"
END = "<!-- The end of what is made. -->\n"


def page(written: str) -> str:
    """Return the page with its table as the rows have it."""
    before, _, rest = written.partition(BEGIN)
    return f"{before}{BEGIN}{_table()}{END}{rest.partition(END)[2]}"


def _table() -> str:
    titles = [title for title, _ in STEPS.values()]
    head = f"| | {' | '.join(titles)} | |\n|{' --- |' * (len(titles) + 2)}\n"
    each = (*rows.TOLD, *rows.OTHER_BROWSERS, *rows.NOT_TRIED)
    return head + "".join(map(_row, each))


def _row(row: FrontEndRow) -> str:
    marks = ["tested" if name in row.steps else "" for name in STEPS]
    says = row.says if row.steps else f"not tried: {row.says}"
    return f"| {' | '.join([row.title, *marks, says])} |\n"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text()))
