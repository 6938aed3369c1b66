"""Accounts of this machine that a test makes and removes."""

from __future__ import annotations

import os
import pwd
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.kit.waiting import eventually


def new_user() -> str:
    """The name of an account that is not there."""
    return f"cw{secrets.token_hex(4)}"


def remove_account(name: str) -> None:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return
    remove = ["userdel", "--remove", name]
    # Other tests, and what they try, change accounts at the same time.
    eventually(
        lambda: (
            b"cannot lock" not in subprocess.run(remove, capture_output=True, check=False).stderr
        )
    )


@contextmanager
def changing_accounts() -> Iterator[None]:
    """Another program is changing accounts all the while: no other can."""
    lock = Path("/etc/passwd.lock")
    with subprocess.Popen(["sleep", "60"]) as other:
        # As useradd writes it; one whose process is gone would be taken for a leftover.
        mine = lock.with_name(f"passwd.{other.pid}")
        mine.write_text(f"{other.pid}\0")
        try:
            eventually(lambda: _linked(mine, lock))  # another test may be changing accounts
            try:
                yield
            finally:
                lock.unlink()
        finally:
            mine.unlink()
            other.terminate()


def _linked(file: Path, name: Path) -> bool:
    """Whether a file has got that name, which no user and no group had."""
    try:
        os.link(file, name)
    except FileExistsError:
        return False
    return True
