"""Which process the kernel kills when memory runs out: the notebook's programs before the backend.

The kernel kills the process with the highest score (``oom_score_adj`` of proc(5)). A notebook whose
arrays have filled the memory is then killed; the backend, through which its user reaches what is
left, is not. What a user runs in the session has the score that it would have without the backend.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Sequence
from pathlib import Path

# The first that is allowed is used: a score below the one at the start needs CAP_SYS_RESOURCE.
PROTECTED_SCORES = (-500, 0)
_SCORE = Path("/proc/self/oom_score_adj")

# Folders in which util-linux installs choom on every distribution.
_PLACES = "/usr/bin:/bin:/usr/sbin:/sbin"

_prefix: list[str] = []  # of a command line; empty where the score was not changed


def protect_backend(scores: Sequence[int] = PROTECTED_SCORES) -> None:
    """Lower the backend's own score as far as is allowed; else it stays as it is.

    Parameters
    ----------
    scores
        Scores to try, the lowest first.
    """
    choom = shutil.which("choom", path=_PLACES)
    if not choom:
        return  # children could not get the original score back
    with contextlib.suppress(OSError, ValueError):
        found = int(_SCORE.read_text())
        for score in scores:
            if score < found and _set_score(score):
                _prefix[:] = [choom, "-n", f"{found}", "--"]
                return


def with_original_score(arguments: Sequence[str]) -> list[str]:
    """Return a command line whose program has the score that the backend had at its start.

    Without it, a program has the backend's score: right for what is small and vital.
    """
    return [*_prefix, *arguments]


def _set_score(score: int) -> bool:
    try:
        _SCORE.write_text(f"{score}\n")
    except OSError:
        return False
    return True
