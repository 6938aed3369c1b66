"""Programs that dpkg-divert(1) has moved away, as images do with those that they replace."""

from __future__ import annotations

import os
from pathlib import Path

FILE = Path("/var/lib/dpkg/diversions")
_ROW = 3  # lines: where a package would put a file, where it is, and what has asked for that


def moved(path: str) -> str | None:
    """Return where a program is that belongs at a path; ``None`` where it was not moved away."""
    try:
        lines = os.fsdecode(FILE.read_bytes()).split("\n")
    except OSError:
        return None
    for place in range(0, len(lines) - _ROW + 1, _ROW):
        if lines[place] == path and os.access(lines[place + 1], os.X_OK):
            return lines[place + 1]
    return None
