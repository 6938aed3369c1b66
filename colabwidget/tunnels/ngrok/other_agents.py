"""ngrok agents of this machine that are not a session's of colabwidget."""

from __future__ import annotations

import re
from pathlib import Path

# The configuration of a session's own agent: another backend would start that again.
_OF_A_SESSION = re.compile(rb"/colabwidget/[^\0]*ngrok\.yml\0")


def find_other_agent() -> tuple[int, str] | None:
    """Return the process id and the program of another ngrok agent; ``None`` where none is seen.

    Nothing of its command line is returned, as a token may stand in it.
    """
    for folder in Path("/proc").iterdir():
        if not folder.name.isdecimal():
            continue
        try:
            if (folder / "comm").read_text().strip() != "ngrok":
                continue
            if _OF_A_SESSION.search((folder / "cmdline").read_bytes()):
                continue
        except OSError:
            continue  # it has ended, or is hidden
        return int(folder.name), _program(folder)
    return None


def _program(folder: Path) -> str:
    try:
        return str((folder / "exe").readlink())
    except OSError:
        return "ngrok"  # of another account
