"""Keys of users, as OpenSSH makes them."""

from __future__ import annotations

import subprocess
from pathlib import Path


def keypair(folder: Path) -> tuple[Path, Path]:
    path = folder / "id_ed25519"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True)
    return path, path.with_suffix(".pub")


def identity(key: Path) -> tuple[str, ...]:
    return ("-o", "IdentitiesOnly=yes", "-i", str(key), "-o", "BatchMode=yes")
