"""An RSA host key that a machine has already: to make one takes a second of work."""

from __future__ import annotations

import functools
import subprocess
import tempfile
from pathlib import Path


@functools.cache
def _rsa() -> tuple[bytes, bytes]:
    with tempfile.TemporaryDirectory() as folder:
        key = Path(folder) / "key"
        make = ["ssh-keygen", "-q", "-t", "rsa", "-b", "3072", "-N", "", "-C", "", "-f", str(key)]
        subprocess.run(make, check=True)
        return key.read_bytes(), key.with_suffix(".pub").read_bytes()


def put_rsa_key(state: Path) -> None:
    """Leave the key in a state directory, as an earlier session of the machine would.

    Parameters
    ----------
    state
        ``$XDG_STATE_HOME``.
    """
    folder = state / "colabwidget"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, content in zip(("ssh_host_rsa_key", "ssh_host_rsa_key.pub"), _rsa(), strict=True):
        (folder / name).write_bytes(content)
        (folder / name).chmod(0o600)
