"""The private sshd of a session by itself, in this process: no tunnel, no account is made."""

from __future__ import annotations

import asyncio
import os
import pwd
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from colabwidget.access.account import Account
from colabwidget.access.host_key import HostKey
from colabwidget.access.sshd import SshService
from colabwidget.runtime.journal import Journal


def make_key(path: Path, *words: str) -> HostKey:
    """A key pair as ssh-keygen makes it."""
    command = ["ssh-keygen", "-q", *words, "-N", "", "-C", "", "-f", str(path)]
    subprocess.run(command, check=True)
    return HostKey(path, path.with_suffix(".pub").read_text().strip())


def with_sshd(
    folder: Path,
    journal: Journal,
    use: Callable[[SshService], Awaitable[Any]],
    *,
    rsa: bool = False,
) -> Any:
    """Run an sshd for this process's own account, which `client` in the folder is the key of."""
    keys = [make_key(folder / "host", "-t", "ed25519")]
    if rsa:
        keys.append(make_key(folder / "host_rsa", "-t", "rsa", "-b", "3072"))
    own = pwd.getpwuid(os.geteuid())
    account = Account(
        own.pw_name,
        own.pw_dir,
        None,
        make_key(folder / "client", "-t", "ed25519").public,
        keys_file=folder / "authorized_keys",
        enter="/bin/true",
    )

    async def work() -> Any:
        service = SshService(account, keys, folder, journal)
        try:
            await service.start()
            return await use(service)
        finally:
            await service.close()

    return asyncio.run(asyncio.wait_for(work(), 120))
