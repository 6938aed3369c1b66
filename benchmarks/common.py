"""What the benchmarks share: a table of measured values, each with its budget if it has one."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TypeVar

ROOT = Path(__file__).resolve().parent.parent
# The machines and stand-ins of the tests are ours as well.
sys.path.insert(0, str(ROOT))

#: How often a benchmark in a browser repeats what it measures.
ROUNDS = int(os.environ.get("ROUNDS", "3"))

_Of = TypeVar("_Of")


@dataclass
class Table:
    """Measured values.

    Parameters
    ----------
    title
        What was measured, in a line.
    """

    title: str
    _rows: list[tuple[str, str, str]] = field(default_factory=list)
    _missed: list[str] = field(default_factory=list)

    def add(self, name: str, value: float, unit: str = "", budget: float | None = None) -> None:
        """Add a value, which must not be above its budget."""
        allowed = "" if budget is None else f"at most {budget:g} {unit}".rstrip()
        if budget is not None and value > budget:
            allowed += "  MISSED"
            self._missed.append(name)
        self._rows.append((name, f"{value:.3g} {unit}".rstrip(), allowed))

    def end(self) -> int:
        """Print the table and return the exit status: 1 where a budget was missed."""
        widths = [max(len(row[column]) for row in self._rows) for column in (0, 1)]
        print(self.title)
        for name, value, allowed in self._rows:
            print(f"  {name:<{widths[0]}}  {value:>{widths[1]}}  {allowed}".rstrip())
        if self._missed:
            print(f"Missed: {', '.join(self._missed)}.")
        return 1 if self._missed else 0


def medians(rounds: list[dict[str, float]]) -> dict[str, float]:
    """Return the median of each value over some rounds."""
    return {name: median(values[name] for values in rounds) for name in rounds[0]}


def must_be_root() -> None:
    """End the benchmark where it cannot make accounts or install packages."""
    if os.geteuid() != 0:
        print("Skipped: it takes root.")
        sys.exit(0)


def resident_mb(pid: int, what: str = "VmRSS") -> float:
    """Return the memory of a process in MB (1,000,000 bytes); ``VmHWM`` for the most it had."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{what}:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise LookupError(what)


def cpu_seconds(pid: int) -> float:
    """Return the CPU time that a process has used (proc(5), fields 14 and 15 of stat)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def needed(value: _Of | None) -> _Of:
    """Return a value that must be there."""
    assert value is not None
    return value
