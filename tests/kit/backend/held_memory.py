"""What a backend's Python holds, whatever the allocator keeps of what it held.

After a flood, the resident memory of a process says how many connections were open at once: what is
free again lies between what is not. A leak shows in what is held.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

from tests.kit.backend.loop_watch import LoopWatch
from tests.kit.waiting import eventually

_AT_START = """

if "colabwidget.backend" in sys.orig_argv:
    import gc
    import os
    import signal
    import tracemalloc

    def held(*arguments):
        gc.collect()
        with open(__file__ + ".new", "w") as file:
            file.write(str(tracemalloc.get_traced_memory()[0]))
        os.replace(__file__ + ".new", __file__ + ".held")

    tracemalloc.start()
    signal.signal(signal.SIGUSR2, held)
"""


class HeldMemory:
    """Counts the memory of the backends that are started from now on, which makes them slower.

    Parameters
    ----------
    watch
        The watch of the same backends.
    """

    def __init__(self, watch: LoopWatch) -> None:
        with watch.module.open("a") as module:
            module.write(_AT_START)
        self._told = Path(f"{watch.module}.held")

    def of(self, backend: int) -> int:
        """Bytes that the objects of a backend take, by its process ID."""
        self._told.unlink(missing_ok=True)
        os.kill(backend, signal.SIGUSR2)
        eventually(self._told.exists, 20)
        return int(self._told.read_text())
