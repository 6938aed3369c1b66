"""Accounts of this machine that a test makes and removes."""

from __future__ import annotations

import pwd
import secrets
import subprocess

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
