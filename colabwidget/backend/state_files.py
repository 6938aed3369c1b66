"""Files that tell a backend what a killed one has left open, and how that is closed.

The modules that open something record it in the session's private directory, each in a file of its
own; the file with the account is written here.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from colabwidget.access import (
    account,
    google_drive,
    guest_account,
    login_environment,
    own_namespace,
    prior_account,
)
from colabwidget.desktops import after_crash
from colabwidget.runtime.closing import close_part
from colabwidget.runtime.journal import Journal
from colabwidget.system.files import write_private

_ACCOUNT = "account"
_PART_MAX = 15.0  # seconds


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
    """Close what a backend that was killed has left open, the door first, and remove its files.

    Each step stands alone, in its own time.

    Parameters
    ----------
    files
        Private directory of the session.
    journal
        Gets the lines of the programs that do it.
    """
    record = files / _ACCOUNT
    name = record.read_text() if record.exists() else ""
    for title, part in (
        ("the account", account.lock(name, journal)),
        ("guests", guest_account.restore_after_crash(files, journal)),
        ("the account of before", prior_account.restore(files, journal)),
        ("programs of the account", account.end_processes(name, journal)),
        ("the login environment", login_environment.restore_after_crash(files)),
        ("the desktop", after_crash.restore(files, name, journal) if name else None),
        ("Google Drive", google_drive.restore_after_crash(files, journal)),
        ("the namespace", _remove_namespace(files)),
    ):
        if part is not None:
            await close_part(title, part, journal, _PART_MAX)
    for left in files.iterdir():
        with contextlib.suppress(OSError):
            left.unlink()


async def _remove_namespace(files: Path) -> None:
    own_namespace.remove(files)
