"""What a login shell of this machine leaves when a test ends it in its first second.

Where the machine has pyenv, each login shell of root holds a lock while it starts. A shell that is
ended by SIGKILL then leaves the lock, and each later shell waits a minute for it.
"""

from __future__ import annotations

import os
from pathlib import Path


def remove_stale_lock() -> None:
    """Remove the lock of pyenv if no shell that starts holds it."""
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    lock = root / "shims" / ".pyenv-shim"
    if lock.exists() and not _is_held():
        lock.unlink(missing_ok=True)


def _is_held() -> bool:
    for command in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if b"pyenv-rehash" in command.read_bytes():
                return True
        except OSError:  # it ended
            continue
    return False
