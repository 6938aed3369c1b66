"""How busy this machine is: proc(5), cgroups(7), and nvidia-smi.

In a container, /proc tells of the whole machine; its control group tells what of it is its own.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from colabwidget.core.load import GpuLoad, Load, Room

_GROUPS = Path("/sys/fs/cgroup")
_PROC = Path("/proc")
_KB = 1024
_MB = 1024 * 1024
_IDLE = (3, 4)  # of a line of /proc/stat: idle and iowait
_TIMES = 8  # of a line of /proc/stat; guests' time is in the user's already
_GPU_MAX = 3.0  # seconds
_GPU_ASKED = "utilization.gpu,memory.used,memory.total"


class _Work(NamedTuple):
    """Processor time that was used, and that could have been, of any unit."""

    used: float
    possible: float


class LoadReader:
    """Reads how busy this machine is.

    Parameters
    ----------
    proc, groups
        Where the kernel shows processes and control groups.
    gpu_patience
        Seconds after which a driver that does not answer is given up.
    """

    def __init__(
        self, proc: Path = _PROC, groups: Path = _GROUPS, gpu_patience: float = _GPU_MAX
    ) -> None:
        self._proc = proc
        self._groups = groups
        self._work: _Work | None = None
        self._gpu_patience = gpu_patience
        self._gpu_program = shutil.which("nvidia-smi")

    def read(self, folder: str | Path) -> Load:
        """Return how busy it is since the last time.

        Parameters
        ----------
        folder
            A folder on the disk of interest.

        Returns
        -------
        Load
            Without the processor's share at the first time, and without what is not told.
        """
        return {
            "cpu": self._cpu(),
            "memory": self._memory(),
            "disk": _disk(folder),
            "gpus": self._gpus(),
        }

    def _cpu(self) -> float | None:
        before, self._work = self._work, self._group_work() or self._machine_work()
        if not before or not self._work or self._work.possible <= before.possible:
            return None
        share = (self._work.used - before.used) / (self._work.possible - before.possible)
        return min(max(share, 0.0), 1.0)

    def _group_work(self) -> _Work | None:
        """Return the work of the innermost control group whose processor time is limited."""
        for group in self._own_groups():
            with contextlib.suppress(OSError, ValueError, KeyError, ZeroDivisionError):
                quota, period = (group / "cpu.max").read_text().split()
                used = _table(group / "cpu.stat")["usage_usec"] / 1e6
                return _Work(used, time.monotonic() * int(quota) / int(period))
        return None

    def _machine_work(self) -> _Work | None:
        """Return the work of the processors that this process may use."""
        try:
            lines = (self._proc / "stat").read_text().splitlines()
            mine = {f"cpu{number}" for number in os.sched_getaffinity(0)}
            rows = [line.split() for line in lines if line.split()[:1] and line.split()[0] in mine]
            times = [[int(each) for each in row[1 : 1 + _TIMES]] for row in rows]
        except (OSError, ValueError):
            return None
        total = sum(map(sum, times))
        return _Work(total - sum(row[at] for row in times for at in _IDLE), total)

    def _memory(self) -> Room | None:
        try:
            machine = _table(self._proc / "meminfo")
            total = machine["MemTotal"] * _KB
            used = total - machine["MemAvailable"] * _KB
        except (OSError, ValueError, KeyError):
            return None
        found: Room = {"used": used, "total": total}
        for limit, current, statistics, cache in self._memory_files():
            with contextlib.suppress(OSError, ValueError, KeyError):
                most = int(limit.read_text())
                if most < found["total"]:
                    used = int(current.read_text()) - _table(statistics)[cache]
                    found = {"used": max(used, 0), "total": most}
        return found

    def _memory_files(self) -> Iterator[tuple[Path, Path, Path, str]]:
        """Yield a group's limit, use and statistics, and what of them can be given back."""
        for group in self._own_groups():
            yield (
                group / "memory.max",
                group / "memory.current",
                group / "memory.stat",
                ("inactive_file"),
            )
        # The first version of control groups; in a container, its own is the root.
        old = self._groups / "memory"
        yield (
            old / "memory.limit_in_bytes",
            old / "memory.usage_in_bytes",
            old / "memory.stat",
            ("total_inactive_file"),
        )

    def _own_groups(self) -> Iterator[Path]:
        """Yield the control groups of this process, the innermost first."""
        try:
            lines = (self._proc / "self/cgroup").read_text().splitlines()
        except OSError:
            return
        for line in lines:
            number, _, path = line.partition("::")
            if number == "0":
                inner = Path(path.lstrip("/"))
                yield from (self._groups / each for each in (inner, *inner.parents))

    def _gpus(self) -> list[GpuLoad]:
        if not self._gpu_program:
            return []
        command = [self._gpu_program, f"--query-gpu={_GPU_ASKED}", "--format=csv,noheader,nounits"]
        try:
            told = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=self._gpu_patience,
                check=True,
            )
        except (OSError, subprocess.SubprocessError):
            # A driver that hangs or is missing is not asked again.
            self._gpu_program = None
            return []
        return [*_gpu_lines(told.stdout)]


def _gpu_lines(text: str) -> Iterator[GpuLoad]:
    for line in text.splitlines():
        # A value that a card does not tell is "[N/A]".
        with contextlib.suppress(ValueError):
            share, used, total = (float(value) for value in line.split(","))
            memory: Room = {"used": int(used * _MB), "total": int(total * _MB)}
            yield {"share": share / 100, "memory": memory}


def _disk(folder: str | Path) -> Room | None:
    try:
        found = os.statvfs(folder)
    except OSError:
        return None
    # What only root may use is used up, for all others.
    free = found.f_bavail * found.f_frsize
    used = (found.f_blocks - found.f_bfree) * found.f_frsize
    return {"used": used, "total": used + free}


def _table(file: Path) -> dict[str, int]:
    """Read lines of a name and a number."""
    rows = (line.replace(":", " ").split() for line in file.read_text().splitlines())
    return {row[0]: int(row[1]) for row in rows if len(row) > 1 and row[1].isdigit()}
