"""From a bare machine to a verified connection, against apt doing the least that it takes.

Both run in the same kind of copy of this machine, without the SSH server and without apt's
lists. Where sudo is missing too, colabwidget installs it as well, for the account that it
makes: that is shown against apt installing both.
"""

from __future__ import annotations

import sys
import time

from common import Table, medians, must_be_root

# isort: split
from tests.kit.machine.bare_machine import SERVER, SUDO, BareMachine
from tests.kit.machine.machine_copy import CopyImpossible

ROUNDS = 3
RATIO = 1.3

PLAIN = "apt-get update && apt-get install -y --no-install-recommends"


def main() -> int:
    must_be_root()
    table = Table(f"Bare machine to connected, medians of {ROUNDS}")
    try:
        for missing, packages, budget in (
            (SERVER, "openssh-server", RATIO),
            (SERVER + SUDO, "openssh-server sudo", None),
        ):
            names = packages.replace(" ", " and ")
            seconds = medians([one_round(missing, packages, turn) for turn in range(ROUNDS)])
            table.add(f"without {names}: colabwidget", seconds["ours"], "s")
            table.add(f"without {names}: apt-get", seconds["plain"], "s")
            table.add(f"without {names}: ratio", seconds["ratio"], "times", budget)
    except CopyImpossible as error:
        print(f"Skipped: {error}")
        return 0
    return table.end()


def one_round(missing: tuple[str, ...], packages: str, turn: int) -> dict[str, float]:
    """Measure both ways next to each other, in turns: the machine has better and worse minutes."""
    ways = {
        "ours": BareMachine().connecting(),
        "plain": ["sh", "-c", f"{PLAIN} {packages}"],
    }
    order = sorted(ways, reverse=turn % 2 == 1)
    seconds = {way: took(missing, *ways[way]) for way in order}
    return {**seconds, "ratio": seconds["ours"] / seconds["plain"]}


def took(without: tuple[str, ...], *command: str) -> float:
    """Return the seconds that a command takes on a bare machine of its own."""
    with BareMachine(without, lists=False) as machine:
        # As in containers: the packages' own services stay down, however they are installed.
        policy = machine.path("/usr/sbin/policy-rc.d")
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
        started = time.perf_counter()
        machine.must(*command)
        return time.perf_counter() - started


if __name__ == "__main__":
    sys.exit(main())
