"""Files that tell a backend what a killed one has left open, and how that is closed.

The modules that open something record it in the session's private directory, each in a file of its
own; the file with the account is written here.
"""

from __future__ import annotations

from pathlib import Path

from colabwidget.access import (
    account,
    google_drive,
    login_environment,
    own_namespace,
    prior_account,
)
from colabwidget.desktops import desktop
from colabwidget.runtime.journal import Journal
from colabwidget.system.files import write_private

_ACCOUNT = "account"


def record_account(files: Path, name: str) -> None:
    """Record the session's account, before anything of the account is changed.

    Parameters
    ----------
    files
        Private directory of the session.
    name
        The account.
    """
    write_private(files / _ACCOUNT, name)


async def restore_after_crash(files: Path, journal: Journal) -> None:
    """Close what a backend that was killed has left open, and remove its files.

    Parameters
    ----------
    files
        Private directory of the session.
    journal
        Gets the lines of the programs that do it.
    """
    await google_drive.restore_after_crash(files, journal)
    record = files / _ACCOUNT
    if record.exists():
        name = record.read_text()
        desktop.restore_after_crash(files, name)
        await account.lock(name, journal)
    await prior_account.restore(files, journal)
    await login_environment.restore_after_crash(files)
    own_namespace.remove(files)
    for left in files.iterdir():
        left.unlink()
