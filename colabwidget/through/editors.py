"""What an editor of this computer will look for on a machine."""

from __future__ import annotations

import shutil
import subprocess

from colabwidget.through.pairing import COMMIT

_WITHIN = 30.0  # seconds
_MISSING = "VS Code's command `code` was not found here: its server comes when VS Code connects."


def vscode_commit() -> tuple[str, str]:
    """Return the commit of this computer's VS Code, or a sentence that there is none."""
    code = shutil.which("code")  # a script with an ending of its own on Windows
    if not code:
        return "", _MISSING
    try:
        done = subprocess.run(
            [code, "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=_WITHIN,
        )
    except (OSError, subprocess.TimeoutExpired):
        return "", _MISSING
    for line in done.stdout.split():
        if COMMIT.fullmatch(line):
            return line, ""
    return "", _MISSING
