"""What it costs to import colabwidget, to have its backend idle, and to load its page."""

from __future__ import annotations

import os
import subprocess
import sys
import time

from common import ROOT, Table, cpu_seconds, medians, must_be_root, needed, resident_mb

from tests.kit.machine.machine import Machine
from tests.kit.waiting import eventually

ROUNDS = 15
IMPORT = 1.15  # times anywidget's
RESIDENT = 40.0  # MB
REST = 10.0  # seconds
CPU = 0.01  # of one processor; what "none to speak of" means
SIZES = {"stub.js": 4, "card.js": 72, "session.js": 49}  # KB of 1,024 bytes

STATEMENTS = {
    "anywidget": "import anywidget",
    "colabwidget": "import colabwidget",
    "ConnectWidget": "from colabwidget import ConnectWidget",
}


def main() -> int:
    must_be_root()
    table = Table(f"Start and rest; imports are medians of {ROUNDS}")
    seconds = medians([imports() for _ in range(ROUNDS)])
    table.add("import anywidget", seconds["anywidget"], "s")
    for name in ("colabwidget", "ConnectWidget"):
        table.add(STATEMENTS[name], seconds[f"{name} ratio"], "times anywidget", IMPORT)
    machine = Machine.make()
    try:
        for state, values in at_rest(machine).items():
            table.add(f"backend, {state}: memory", values["memory"], "MB", RESIDENT)
            table.add(f"backend, {state}: CPU", values["cpu"], "of one processor", CPU)
    finally:
        machine.close()
    for name, most in SIZES.items():
        size = (ROOT / "colabwidget" / "static" / name).stat().st_size
        table.add(name, size / 1024, "KB", most)
    return table.end()


def imports() -> dict[str, float]:
    """Time each statement in an interpreter of its own, and compare with the round's anywidget."""
    found: dict[str, float] = {}
    for name, statement in STATEMENTS.items():
        code = (
            "import time; before = time.perf_counter()\n"
            f"{statement}\nprint(time.perf_counter() - before)"
        )
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        said = subprocess.check_output([sys.executable, "-c", code], env=environment, cwd="/")
        found[name] = float(said)
    ratios = {f"{name} ratio": value / found["anywidget"] for name, value in found.items()}
    return {**found, **ratios}


def at_rest(machine: Machine) -> dict[str, dict[str, float]]:
    """Measure the backend with a connection that is not used, and after it."""
    machine.connect()
    pid = needed(machine.backend_pid())
    found = {"connected": resting(pid)}
    machine.disconnect()
    eventually(lambda: machine.status()["phase"] == "idle")
    assert machine.backend_pid() == pid
    found["disconnected"] = resting(pid)
    return found


def resting(pid: int) -> dict[str, float]:
    time.sleep(1.0)
    before, used = time.monotonic(), cpu_seconds(pid)
    time.sleep(REST)
    share = (cpu_seconds(pid) - used) / (time.monotonic() - before)
    return {"memory": resident_mb(pid), "cpu": share}


if __name__ == "__main__":
    sys.exit(main())
