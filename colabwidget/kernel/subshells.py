"""Whether a kernel hears its pages while a cell runs."""

from __future__ import annotations

import time
from typing import Any

_ASK_EVERY = 0.2  # seconds
_BUSY = 0.3  # seconds without an answer


def has_subshells() -> bool:
    """Tell whether this kernel can handle the page's messages while a cell runs."""
    try:
        from IPython import get_ipython
    except ImportError:
        return False
    kernel = getattr(get_ipython(), "kernel", None)
    return bool(getattr(kernel, "_supports_kernel_subshells", False))


class Busy:
    """Tells whether the kernel's main thread, which hears the pages, is held by a cell."""

    def __init__(self) -> None:
        self._asked = 0.0  # when it was asked to answer; 0 while nothing is asked
        self._answered = 0.0

    def __call__(self) -> bool:
        """Return whether it has not answered for a while; it is asked as a side effect."""
        loop = _loop()
        if loop is None:
            return False
        now = time.monotonic()
        if not self._asked:
            if now - self._answered > _ASK_EVERY:
                self._asked = now
                loop.add_callback(self._answer)
            return False
        return now - self._asked > _BUSY

    def _answer(self) -> None:
        self._asked, self._answered = 0.0, time.monotonic()


#: Of this kernel.
busy = Busy()


def _loop() -> Any:
    """Return the main thread's loop where pages are heard by nobody else."""
    if has_subshells():
        return None
    try:
        from IPython import get_ipython
    except ImportError:
        return None
    return getattr(getattr(get_ipython(), "kernel", None), "io_loop", None)


def keep_off_the_busy_shell(comm: Any) -> None:
    """Let a page's messages go to the subshell that they name.

    ipykernel 7 routes them to the subshell of the last message sent; one that was sent from a
    thread of ours names the main shell, and clicks would wait for the cell there.
    """
    if hasattr(comm, "_reply_subshell_for"):
        comm._reply_subshell_for = lambda data, default: default
