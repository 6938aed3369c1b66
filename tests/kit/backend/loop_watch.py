"""Watches that a backend never blocks in its event loop.

A module that Python imports at its start times each callback of the loop, in backends only,
whatever client starts them, and writes down which took long.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

# Seconds that a callback may take. On a busy machine each waits for a processor and for programs
# to start; one that waits for a lock, a network or another process takes longer, or never ends.
LIMIT = 2.0

_TOLD = re.compile(r"^Executing .* took (\d+\.\d+) seconds$", re.M)

_AT_START = """\
import sys

if "colabwidget.backend" in sys.orig_argv:
    import asyncio.base_events
    import asyncio.events
    import time

    run = asyncio.events.Handle._run

    def timed(handle):
        begun = time.monotonic()
        run(handle)
        took = time.monotonic() - begun
        if took > 0.1:
            told = asyncio.base_events._format_handle(handle)
            try:
                with open(__file__ + ".slow", "a") as file:
                    file.write(f"Executing {told} took {took:.3f} seconds\\n")
            except OSError:
                pass  # another account's, or a read-only disk

    asyncio.events.Handle._run = timed
"""


class LoopWatch:
    """Watches the backends that are started with a folder in ``PYTHONPATH``.

    Parameters
    ----------
    folder
        An empty folder of the watch's own.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._module = folder / "sitecustomize.py"
        self._module.write_text(_AT_START)

    def too_long(self, limit: float = LIMIT) -> list[str]:
        """What took longer than the limit, in seconds, as asyncio tells it."""
        slow = Path(f"{self._module}.slow")
        told = slow.read_text() if slow.exists() else ""
        return [found[0] for found in _TOLD.finditer(told) if float(found[1]) > limit]

    def check(self) -> None:
        """Fail the test where a backend has blocked."""
        if found := self.too_long():
            pytest.fail("the backend has blocked in its event loop: " + "; ".join(found))
