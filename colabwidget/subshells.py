"""Whether a kernel hears its pages while a cell runs."""

from __future__ import annotations

from typing import Any


def has_subshells() -> bool:
    """Tell whether this kernel can handle the page's messages while a cell runs."""
    try:
        from IPython import get_ipython
    except ImportError:
        return False
    kernel = getattr(get_ipython(), "kernel", None)
    return bool(getattr(kernel, "_supports_kernel_subshells", False))


def keep_off_the_busy_shell(comm: Any) -> None:
    """Let a page's messages go to the subshell that they name.

    ipykernel 7 routes them to the subshell of the last message sent; one that was sent from a
    thread of ours names the main shell, and clicks would wait for the cell there.
    """
    if hasattr(comm, "_reply_subshell_for"):
        comm._reply_subshell_for = lambda data, default: default
