"""Whether this machine mounts with FUSE."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile


def _why_not() -> str:
    """Why nothing can be mounted here; empty where it can."""
    if os.geteuid() != 0 or not shutil.which("bindfs"):
        return "needs root and bindfs"
    with tempfile.TemporaryDirectory() as folder:
        tried = subprocess.run(["bindfs", folder, folder], capture_output=True, text=True)
        if tried.returncode == 0:
            subprocess.run(["umount", folder], check=True)
        return tried.stderr and f"this machine lets no account mount with FUSE: {tried.stderr}"


WHY_NOT = _why_not()
