"""Who has to go when the machine runs out of memory: rather the notebook's programs than us.

The kernel ends the process with the highest score (``oom_score_adj`` of proc(5)). A notebook whose
arrays have filled the memory is then stopped; the backend, through which its user gets at what is
left, is not. What a user runs in the session has the score that it would have without us.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Sequence
from pathlib import Path

# The first that is allowed is taken: to go below what the machine gave takes CAP_SYS_RESOURCE.
SPARED = (-500, 0)
_SCORE = Path("/proc/self/oom_score_adj")

# Where util-linux has it on every distribution.
_PLACES = "/usr/bin:/bin:/usr/sbin:/sbin"

_prefix: list[str] = []  # of a command line; empty where our score is as it was


def spare_ourselves(scores: Sequence[int] = SPARED) -> None:
    """Lower our own score as far as is allowed; where nothing is allowed, it stays as it is.

    Parameters
    ----------
    scores
        What is tried, the lowest first.
    """
    choom = shutil.which("choom", path=_PLACES)
    if not choom:
        return  # our children could not be given theirs back
    with contextlib.suppress(OSError, ValueError):
        found = int(_SCORE.read_text())
        for score in scores:
            if score < found and _taken(score):
                _prefix[:] = [choom, "-n", f"{found}", "--"]
                return


def as_before(arguments: Sequence[str]) -> list[str]:
    """Return a command line whose program has the score that we had.

    Without it, a program that we start has ours: right for what is small and vital.
    """
    return [*_prefix, *arguments]


def _taken(score: int) -> bool:
    try:
        _SCORE.write_text(f"{score}\n")
    except OSError:
        return False
    return True
