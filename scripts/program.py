"""Write the user's end of SSH through a notebook's server as one file: ``dist/colabwidget.pyz``."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from colabwidget.through import program  # noqa: E402


def main() -> None:
    """Write it, and say how large it is."""
    target = ROOT / "dist" / "colabwidget.pyz"
    target.parent.mkdir(exist_ok=True)
    target.write_bytes(program.archive())
    print(f"{target.relative_to(ROOT)}: {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
