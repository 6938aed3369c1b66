"""That the kernel is busy with a stream's message is said after what answers it.

For each message of a page, ipykernel says that it is busy before it handles it, and idle after. A
notebook server sends these few bytes at once, and then, by Nagle's algorithm, nothing small until
the page's machine has acknowledged them: that takes 40 ms on Linux, since the page itself has
nothing to say. So both are kept back, and said in order, when no bytes of a stream are on their
way. None is left out: pages wait for them.
"""

from __future__ import annotations

import threading
import time
from typing import Any

_QUIET = 0.06  # seconds without a message of a stream
_LONGEST = 0.25  # seconds that one is kept back
_KINDS = frozenset({"show", "ready", "bundle", "open", "data", "took"})


class _Statuses:
    """What one kernel has to say, later."""

    def __init__(self, kernel: Any) -> None:
        self._publish = kernel._publish_status
        self._get_parent = kernel.get_parent
        self._loop = kernel.iopub_thread.io_loop
        self._lock = threading.Lock()
        self._held: list[tuple[str, str, Any]] = []
        self._since = 0.0
        self.comms: set[str] = set()
        self.passed = 0.0  # when a stream's message went either way
        kernel._publish_status = self._take

    def _take(self, status: str, channel: str, parent: Any = None) -> None:
        """Say it, or keep it for later; instead of ``Kernel._publish_status``."""
        parent = parent or self._get_parent(channel)
        if channel != "shell" or not self._is_of_a_stream(parent):
            self._publish(status, channel, parent)
            return
        self.passed = time.monotonic()
        with self._lock:
            self._held.append((status, channel, parent))
            first = len(self._held) == 1
            if first:
                self._since = time.monotonic()
        if first:
            self._loop.add_callback(self._wait)

    def _is_of_a_stream(self, parent: Any) -> bool:
        try:
            if parent["header"]["msg_type"] != "comm_msg":
                return False
            if parent["content"]["comm_id"] not in self.comms:
                return False
            said = parent["content"]["data"]["content"]
            # The card wraps what is about what it shows inside.
            return (said["content"] if said["type"] == "inside" else said)["type"] in _KINDS
        except (KeyError, TypeError):
            return False

    def _wait(self) -> None:
        """Say all once it is time. Runs in the thread that sends."""
        now = time.monotonic()
        pause = min(self._since + _LONGEST, max(self.passed, self._since) + _QUIET) - now
        if pause > 0:
            self._loop.call_later(pause, self._wait)
            return
        with self._lock:
            held, self._held = self._held, []
        for each in held:
            self._publish(*each)


_of_this_kernel: list[_Statuses] = []


def behind_answers(comm: Any) -> None:
    """Keep what the kernel says about this comm's streams behind their bytes."""
    if not _of_this_kernel:
        try:
            from IPython import get_ipython

            _of_this_kernel.append(_Statuses(get_ipython().kernel))
        except (ImportError, AttributeError):
            return  # another kernel: slower, and no worse
    _of_this_kernel[0].comms.add(comm.comm_id)


def wait_for_quiet() -> None:
    """Return once no stream is being opened or shows anything new, or after `_LONGEST`.

    For what is small and not urgent: it would hold up a picture as a status does.
    """
    end = time.monotonic() + _LONGEST
    for statuses in _of_this_kernel:
        while (pause := min(statuses.passed + _QUIET, end) - time.monotonic()) > 0:
            time.sleep(pause)


def sent() -> None:
    """Note that bytes are on their way to a page."""
    for statuses in _of_this_kernel:
        statuses.passed = time.monotonic()
