"""Login shells: which of them let a user work."""

from __future__ import annotations

import os
from pathlib import PurePath

# Programs that stand in the place of a shell so that no sign-in leads anywhere.
_CLOSED = {"nologin", "false", "true", "sync", "halt", "shutdown"}
_USUAL = ("/bin/bash", "/usr/bin/bash", "/bin/sh")


def is_usable(shell: str) -> bool:
    """Tell whether a shell is there, runs, and is one.

    Parameters
    ----------
    shell
        As in the passwd file; empty stands for ``/bin/sh``.
    """
    shell = shell or "/bin/sh"
    return PurePath(shell).name not in _CLOSED and os.access(shell, os.X_OK)


def usual_shell() -> str:
    """Return a shell that every machine has: bash, else sh."""
    return next((shell for shell in _USUAL if os.access(shell, os.X_OK)), "/bin/sh")
