"""Accounts of this machine, and the one of this process, which may have no name.

Containers run with user ids that no file knows (Kubernetes' ``runAsUser``, OpenShift's ids).
"""

from __future__ import annotations

import os
import pwd
from pathlib import Path

from colabwidget.system.rights import user_id


def own() -> pwd.struct_passwd:
    """Return the entry of this process's account; one made for it where it has none.

    Its home is ``$HOME`` where the one that it has there is another account's, as root's is for a
    root of a user namespace.
    """
    number = user_id()
    home = os.environ.get("HOME", "")
    home = home if home.startswith("/") else "/"
    try:
        found = pwd.getpwuid(number)
    except KeyError:
        shell = os.environ.get("SHELL", "") or "/bin/sh"
        return pwd.struct_passwd((f"uid{number}", "x", number, os.getegid(), "", home, shell))
    if _is_home(found.pw_dir) or not _is_home(home):
        return found
    return pwd.struct_passwd((*found[:5], home, *found[6:]))


def _is_home(folder: str) -> bool:
    """Tell whether a folder is ours, or may be written by us as if it was."""
    try:
        owner = Path(folder).stat().st_uid
    except OSError:
        return False
    return owner == os.geteuid() or os.access(folder, os.W_OK | os.X_OK, effective_ids=True)


def is_named() -> bool:
    """Tell whether this process's account has a name, by which programs find it."""
    try:
        pwd.getpwuid(user_id())
    except KeyError:
        return False
    return True


def entry(name: str) -> pwd.struct_passwd:
    """Return the entry of an account, or of this process's, whether that has a name or not.

    Raises
    ------
    KeyError
        Where there is no such account.
    """
    try:
        return pwd.getpwnam(name)
    except KeyError:
        mine = own()
        if name == mine.pw_name:
            return mine
        raise


def home() -> Path:
    """Return the home of this process's account: ``$HOME`` where it is set."""
    return Path(os.environ.get("HOME") or own().pw_dir)
