"""Whether a cell keeps the kernel from hearing its pages."""

from __future__ import annotations

import time
from typing import Any

from colabwidget.kernel.ipykernel_patches import current_kernel, has_subshells

_ASK_EVERY = 0.2  # seconds
_BUSY = 0.3  # seconds without an answer


class BusyProbe:
    """Tells whether a cell holds the kernel's main thread, where only that hears the pages."""

    def __init__(self) -> None:
        self._asked_at = 0.0  # when it was asked to answer; 0 while nothing is asked
        self._answered_at = 0.0

    def __call__(self) -> bool:
        """Return whether it has not answered for a while; it is asked as a side effect."""
        loop = _main_loop()
        if loop is None:
            return False
        now = time.monotonic()
        if not self._asked_at:
            if now - self._answered_at > _ASK_EVERY:
                self._asked_at = now
                loop.add_callback(self._answer)
            return False
        return now - self._asked_at > _BUSY

    def _answer(self) -> None:
        self._asked_at, self._answered_at = 0.0, time.monotonic()


#: Of this kernel.
is_busy = BusyProbe()


def _main_loop() -> Any:
    """Return the main thread's loop; ``None`` where subshells hear the pages."""
    return None if has_subshells() else getattr(current_kernel(), "io_loop", None)
