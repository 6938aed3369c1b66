"""From a bare machine to a desktop that a viewer can see, against apt installing the same packages.

All run in the same kind of copy of this machine, without the SSH server, without anything of a
desktop and without apt's lists. remocolab installs the package ``xfce4`` with what it recommends:
that alone, without its downloads and its waiting, is measured once beside the others.
"""

from __future__ import annotations

import sys
import time

from common import Table, medians, must_be_root

# isort: split
from colabwidget.desktops import environments, opengl, servers, x11
from tests.kit.machine.bare_machine import DESKTOP, SERVER, BareMachine
from tests.kit.machine.machine_copy import CopyImpossible

ROUNDS = 3
RATIO = 1.25
AGAINST_REMOCOLAB = 1 / 3
INSTALLED = 3.0  # seconds

UPDATE = "apt-get update && apt-get install -y"
NEEDS = (
    *environments.default().needs,
    *x11.NEEDS,
    *opengl.NEEDS,
    *servers.find("tigervnc").needs,
)
PACKAGES = sorted({need.package for need in NEEDS})
WAYS = {
    "ours": [],
    "plain": ["sh", "-c", f"{UPDATE} --no-install-recommends openssh-server {' '.join(PACKAGES)}"],
}
# What remocolab's setupVNC asks apt for: https://github.com/demotomohiro/remocolab
REMOCOLAB = ["sh", "-c", f"{UPDATE} openssh-server xfce4 xfce4-terminal"]


def main() -> int:
    must_be_root()
    table = Table(f"Bare machine to the desktop's details, medians of {ROUNDS}")
    try:
        rounds = [one_round(turn) for turn in range(ROUNDS)]
        remocolab, _ = took(REMOCOLAB)
    except CopyImpossible as error:
        print(f"Skipped: {error}")
        return 0
    seconds = medians(rounds)
    table.add("colabwidget", seconds["ours"], "s")
    table.add("apt-get, the same packages", seconds["plain"], "s")
    table.add("ratio", seconds["ratio"], "times", RATIO)
    table.add("apt-get, what remocolab installs", remocolab, "s")
    table.add("ratio to that", seconds["ours"] / remocolab, "times", AGAINST_REMOCOLAB)
    table.add("everything there: click to details", seconds["again"], "s", INSTALLED)
    return table.end()


def one_round(turn: int) -> dict[str, float]:
    """Measure the ways next to each other, in turns: the machine has better and worse minutes."""
    seconds = {}
    for way in sorted(WAYS, reverse=turn % 2 == 1):
        seconds[way], again = took(WAYS[way])
        if way == "ours":
            seconds["again"] = again
    return {**seconds, "ratio": seconds["ours"] / seconds["plain"]}


def took(command: list[str]) -> tuple[float, float]:
    """Return the seconds that it takes on a bare machine of its own, and a second time there.

    No command stands for colabwidget; only that is measured a second time.
    """
    with BareMachine(SERVER + DESKTOP, lists=False) as machine:
        # As in containers: the packages' own services stay down, however they are installed.
        policy = machine.path("/usr/sbin/policy-rc.d")
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
        ours = machine.connecting("--desktop", "--vnc", "tigervnc")

        def measure() -> float:
            started = time.perf_counter()
            done = machine.run(*(command or ours), timeout=300)
            assert done.returncode == 0, done.stdout + done.stderr
            return time.perf_counter() - started

        first = measure()
        if command:
            return first, 0.0
        machine.must(*machine.colabwidget("disconnect"))
        return first, measure()


if __name__ == "__main__":
    sys.exit(main())
