"""Waiting for what another process or thread does."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any


def eventually(
    check: Callable[[], Any], seconds: float = 20.0, what: Callable[[], str] | None = None
) -> Any:
    """What the check gives once it is true; a failure when it is not true in time."""
    deadline = time.monotonic() + seconds
    pause = 0.002
    while True:
        began = time.monotonic()
        if found := check():
            return found
        now = time.monotonic()
        assert now < deadline, what() if what else f"never true: {check}"
        # What is waited for needs the processor more than a check that is dear.
        time.sleep(max(pause, min(now - began, 0.2)))
        pause = min(2 * pause, 0.05)
