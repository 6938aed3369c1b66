"""Whether the notebook's own account needs a user namespace for its sessions, and which."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from colabwidget.runtime import lookups, process
from colabwidget.runtime.journal import Journal
from colabwidget.system import accounts, rights, user_namespace
from colabwidget.system.shells import is_usable

_FOLDER = "namespace"  # in the session's private directory


async def enter_where_needed(files: Path, journal: Journal) -> tuple[str, ...]:
    """Return the words before a command that runs it in a user namespace.

    Parameters
    ----------
    files
        Private directory of the session.
    journal
        Gets a line with the reason, where a namespace is used or would help.

    Returns
    -------
    tuple[str, ...]
        Nothing where none is needed, and where the machine allows none.
    """
    await lookups.learn_groups("tty")
    reason = _reason()
    if not reason:
        return ()
    words = user_namespace.words(files / _FOLDER, keep=True)
    status, said = await process.output([*words, "true"])
    if status != 0:
        journal.add(f"A user namespace would help, but is not available ({said}): {reason}.")
        remove(files)
        return ()
    journal.add(f"Sessions run in a user namespace of their own: {reason}.")
    return words


def remove(files: Path) -> None:
    """Remove what `enter_where_needed` has made.

    Parameters
    ----------
    files
        Private directory of the session.
    """
    shutil.rmtree(files / _FOLDER, ignore_errors=True)


def _reason() -> str:
    """Return why a session would not work as it is; empty where it does."""
    if rights.user_id() == 0:
        return "" if rights.is_root() else rights.sshd_lacks()
    if accounts.is_named() and not is_usable(shell := accounts.own().pw_shell):
        return f"the shell {shell} does not run"
    return "" if _gives_terminals() else "terminals do not belong to the group tty here"


def _gives_terminals() -> bool:
    """Tell whether a new terminal belongs to the group to which sshd wants to give it."""
    if not (tty := accounts.find_group("tty")):
        return True
    try:
        ours, theirs = os.openpty()
    except OSError:
        return True
    try:
        return os.fstat(theirs).st_gid == tty.gr_gid
    finally:
        os.close(ours)
        os.close(theirs)
