"""``python -m colabwidget.backend.close_left_open``: close what a backend that has died left open.

The guard starts it, which holds the lock and has shut the door already; see
`colabwidget.system.guard`. What it does is what the next backend would do at its start.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from pathlib import Path

from colabwidget.backend import state_files
from colabwidget.core.secrets import Redactor
from colabwidget.runtime.journal import Journal, time_of_day
from colabwidget.system import subreaper
from colabwidget.system.files import ensure_private


def main(arguments: list[str]) -> int:
    """Close it.

    Parameters
    ----------
    arguments
        The runtime directory.
    """
    subreaper.become_subreaper()
    asyncio.run(_close(Path(arguments[0])))
    return 0


async def _close(directory: Path) -> None:
    journal = Journal(directory / "journal.log", Redactor(), stamp=time_of_day)
    try:
        files = directory / "session"
        if files.is_dir():
            await state_files.restore_after_crash(ensure_private(files), journal)
            with contextlib.suppress(OSError):
                files.rmdir()
        for socket in ("backend.sock", "streams.sock"):
            (directory / socket).unlink(missing_ok=True)
    finally:
        journal.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
