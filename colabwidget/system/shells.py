"""Login shells: which of them let a user work."""

from __future__ import annotations

import os
from pathlib import Path, PurePath

# Programs that stand in the place of a shell so that no sign-in leads anywhere.
_CLOSED = {"nologin", "false", "true", "sync", "halt", "shutdown"}
# What they read for every command, whatever stands in their environment.
_SYSTEM_FILES = {
    "csh": ("/etc/csh.cshrc",),
    "tcsh": ("/etc/csh.cshrc",),
    "fish": ("/etc/fish/config.fish", "/etc/fish/conf.d"),
    "zsh": ("/etc/zsh/zshenv", "/etc/zshenv"),
}
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


def system_files(shell: str) -> list[str]:
    """Return the start-up files of the system that a shell reads for every command."""
    named = _SYSTEM_FILES.get(PurePath(shell).name, ())
    return [each for each in named if Path(each).exists()]
