"""Replaces two methods of ipykernel, where they are as this module expects.

`delay_busy_status`: for each message of a page, ipykernel publishes *busy* before it handles the
message, and *idle* after. A notebook server sends these few bytes at once, and then, by Nagle's
algorithm, nothing small until the page's machine has acknowledged them: that takes 40 ms on
Linux, since the page itself has nothing to say. So both are kept back, and published in order,
when no bytes of a stream are on their way. None is left out: pages wait for them.

`route_replies_to_subshell`: ipykernel 7 routes a page's messages to the subshell of the last
message sent. A message that was sent from a thread of ours names the main shell, and clicks would
wait there for the cell.

Without the patches everything works, but streams are slower and clicks wait for the running
cell: so it is with another kernel, with an ipykernel whose methods have changed, and where the
environment has ``COLABWIDGET_PATCHES=0``.
"""

from __future__ import annotations

import inspect
import logging
import threading
import time
from typing import Any

from colabwidget.core import settings

SWITCH = settings.PATCHES.name

QUIET = 0.06  # seconds without a message of a stream, after which a status is published
_LONGEST = 0.25  # seconds that a status is kept back
_STREAM_MESSAGES = frozenset({"show", "ready", "bundle", "open", "data", "took"})

_log = logging.getLogger(__name__)


def current_kernel() -> Any:
    """Return the kernel that this process runs; ``None`` where it runs none."""
    try:
        from IPython import get_ipython
    except ImportError:
        return None
    return getattr(get_ipython(), "kernel", None)


def current_client() -> str:
    """Return which client has sent what this kernel handles now; empty where it does not tell."""
    try:
        return str(current_kernel().get_parent("shell")["header"]["session"])
    except (AttributeError, KeyError, TypeError):
        return ""


def has_subshells() -> bool:
    """Tell whether this kernel can handle the page's messages while a cell runs."""
    return bool(getattr(current_kernel(), "_supports_kernel_subshells", False))


def route_replies_to_subshell(comm: Any) -> None:
    """Let a page's messages go to the subshell that they name."""
    if _enabled() and _has_parameters(comm, "_reply_subshell_for", "data", "default"):
        comm._reply_subshell_for = lambda data, default: default


class KernelPatches:
    """What is replaced in the kernel of a process, from the first comm with streams on.

    Before that, and where the kernel is left alone, nothing waits.
    """

    def __init__(self) -> None:
        self._delay: _StatusDelay | None = None

    @property
    def passed_at(self) -> float:
        """When a stream's message last went either way (`time.monotonic`); 0 for never."""
        return self._delay.passed_at if self._delay else 0.0

    def patch(self, comm: Any) -> None:
        """Apply both patches for the comm of a widget that has streams."""
        route_replies_to_subshell(comm)
        self.delay_busy_status(comm)

    def delay_busy_status(self, comm: Any) -> None:
        """Publish the kernel's status about this comm's streams behind their bytes."""
        if not _enabled():
            return
        if not self._delay:
            kernel = current_kernel()
            if kernel is None:
                return
            if not _publishes_as_expected(kernel):
                _log.debug("ipykernel publishes its status in another way; it is left alone")
                return
            self._delay = _StatusDelay(kernel)
        self._delay.comms.add(comm.comm_id)

    def wait_for_quiet_streams(self) -> None:
        """Return once no stream is being opened or shows anything new, or after `_LONGEST`.

        For what is small and not urgent: it would hold up a picture as a status does.
        """
        end = time.monotonic() + _LONGEST
        if self._delay:
            while (pause := min(self._delay.passed_at + QUIET, end) - time.monotonic()) > 0:
                time.sleep(pause)

    def note_stream_output(self) -> None:
        """Note that bytes of a stream are on their way to a page."""
        if self._delay:
            self._delay.passed_at = time.monotonic()


class _StatusDelay:
    """Keeps back the status messages of one kernel."""

    def __init__(self, kernel: Any) -> None:
        self._publish_now = kernel._publish_status
        self._get_parent = kernel.get_parent
        self._loop = kernel.iopub_thread.io_loop
        self._lock = threading.Lock()
        self._held: list[tuple[str, str, Any]] = []
        self._held_since = 0.0
        self.comms: set[str] = set()
        self.passed_at = 0.0  # when a stream's message went either way
        kernel._publish_status = self._publish

    def _publish(self, status: str, channel: str, parent: Any = None) -> None:
        """Publish a status, or keep it for later; instead of ``Kernel._publish_status``."""
        parent = parent or self._get_parent(channel)
        if channel != "shell" or not self._is_of_a_stream(parent):
            self._publish_now(status, channel, parent)
            return
        self.passed_at = time.monotonic()
        with self._lock:
            self._held.append((status, channel, parent))
            first = len(self._held) == 1
            if first:
                self._held_since = time.monotonic()
        if first:
            self._loop.add_callback(self._release)

    def _is_of_a_stream(self, parent: Any) -> bool:
        try:
            if parent["header"]["msg_type"] != "comm_msg":
                return False
            if parent["content"]["comm_id"] not in self.comms:
                return False
            content = parent["content"]["data"]["content"]
            # The card wraps what is about what it shows inside.
            inner = content["content"] if content["type"] == "inside" else content
            return inner["type"] in _STREAM_MESSAGES
        except (KeyError, TypeError):
            return False

    def _release(self) -> None:
        """Publish all that is held once it is time. Runs in the thread that sends."""
        now = time.monotonic()
        quiet_at = max(self.passed_at, self._held_since) + QUIET
        pause = min(self._held_since + _LONGEST, quiet_at) - now
        if pause > 0:
            self._loop.call_later(pause, self._release)
            return
        with self._lock:
            held, self._held = self._held, []
        for each in held:
            self._publish_now(*each)


#: Those of this process.
THIS_KERNEL = KernelPatches()


def _enabled() -> bool:
    return settings.PATCHES.value() != "0"


def _publishes_as_expected(kernel: Any) -> bool:
    loop = getattr(getattr(kernel, "iopub_thread", None), "io_loop", None)
    return (
        _has_parameters(kernel, "_publish_status", "status", "channel", "parent")
        and _has_parameters(kernel, "get_parent", "channel")
        and callable(getattr(loop, "add_callback", None))
        and callable(getattr(loop, "call_later", None))
    )


def _has_parameters(owner: Any, method: str, *names: str) -> bool:
    """Tell whether a method is there, with exactly these parameters."""
    try:
        return [*inspect.signature(getattr(owner, method)).parameters] == [*names]
    except (AttributeError, TypeError, ValueError):
        return False
