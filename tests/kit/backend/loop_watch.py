"""Watches that a backend never blocks in its event loop.

A module that Python imports at its start times each callback of the loop, in backends only,
whatever client starts them, and writes down which took long, and which asked the system for what
may take for ever: a name's address, a connection, a lock.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

# Seconds that a callback may take, by the beats of a thread beside it: on a machine that gives the
# backend no processor, or stands still, that thread waits as well. No beat counts while the loop's
# thread waits for a disk (state D of proc(5)), which other tests' apt may keep busy for seconds. A
# callback that waits for a lock, a network or another process takes longer, or never ends.
LIMIT = 2.0

_TOLD = re.compile(r"^Executing .* took (\d+\.\d+) seconds$", re.M)
_WAITS = re.compile(r"^Waiting .*$", re.M)

_AT_START = """\
import sys

if "colabwidget.backend" in sys.orig_argv:
    import asyncio.base_events
    import asyncio.events
    import fcntl
    import os
    import socket
    import threading
    import time
    import traceback

    BEAT = 0.05
    run = asyncio.events.Handle._run
    beats = 0
    inside = beating = None

    def beat(loop_thread):
        global beats
        stat = f"/proc/self/task/{loop_thread}/stat"
        while True:
            time.sleep(BEAT)
            with open(stat) as file:
                if file.read().rpartition(")")[2].split()[0] != "D":
                    beats += 1

    def tell(line):
        try:
            with open(__file__ + ".slow", "a") as file:
                file.write(line)
        except OSError:
            pass  # another account's, or a read-only disk

    def timed(handle):
        global inside, beating
        if beating != os.getpid():  # the thread of before a fork is not there
            beating = os.getpid()
            threading.Thread(target=beat, args=[threading.get_native_id()], daemon=True).start()
        begun, outer = beats, inside
        inside = threading.get_ident()
        try:
            run(handle)
        finally:
            inside = outer
        took = (beats - begun) * BEAT
        if took > 0.1:
            told = asyncio.base_events._format_handle(handle)
            tell(f"Executing {told} took {took:.3f} seconds\\n")

    def waits(event, arguments):
        if event == "socket.connect":
            return arguments[0].gettimeout() != 0 and arguments[0].type != socket.SOCK_DGRAM
        if event == "fcntl.flock":
            return not arguments[1] & (fcntl.LOCK_NB | fcntl.LOCK_UN)
        return event in ("socket.getaddrinfo", "socket.gethostbyname")

    def audited(event, arguments):
        if inside is not None and inside == threading.get_ident() and waits(event, arguments):
            told = " < ".join(each.name for each in reversed(traceback.extract_stack()[:-1]))
            tell(f"Waiting in {event}: {told[:400]}\\n")

    sys.addaudithook(audited)
    asyncio.events.Handle._run = timed
"""


class LoopWatch:
    """Watches the backends that are started with a folder in ``PYTHONPATH``.

    Parameters
    ----------
    folder
        An empty folder of the watch's own.

    Attributes
    ----------
    module
        What each Python that starts imports.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.module = folder / "sitecustomize.py"
        self.module.write_text(_AT_START)

    def too_long(self, limit: float = LIMIT) -> list[str]:
        """What took longer than the limit, in seconds, as asyncio tells it, or might have."""
        slow = Path(f"{self.module}.slow")
        told = slow.read_text() if slow.exists() else ""
        took = [found[0] for found in _TOLD.finditer(told) if float(found[1]) > limit]
        return took + _WAITS.findall(told)

    def check(self) -> None:
        """Fail the test where a backend has blocked."""
        if found := self.too_long():
            pytest.fail("the backend has blocked in its event loop: " + "; ".join(found))
