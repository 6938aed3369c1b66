"""Watches that a backend never blocks in its event loop.

asyncio's debug mode tells of each callback that takes long. A module that Python imports at its
start switches it on in backends, whatever client starts them, and writes down what it tells.
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
import logging
import os
import sys

if "colabwidget.backend" in sys.orig_argv:
    os.environ["PYTHONASYNCIODEBUG"] = "1"

    def write_down(record):
        if not str(record.msg).startswith("Executing "):
            return True
        with open(__file__ + ".slow", "a") as file:
            file.write(record.getMessage() + "\\n")
        return False  # the journal is as it is for users

    logging.getLogger("asyncio").addFilter(write_down)
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
        if found := self.too_long():
            pytest.fail("the backend has blocked in its event loop: " + "; ".join(found))
