"""Accounts of this machine, and the one of this process, which may have no name.

Containers run with user ids that no file knows (Kubernetes' ``runAsUser``, OpenShift's ids).
"""

from __future__ import annotations

import os
import pwd
from pathlib import Path

from colabwidget.system.rights import user_id


def own() -> pwd.struct_passwd:
    """Return the entry of this process's account; one made for it where it has none."""
    number = user_id()
    try:
        return pwd.getpwuid(number)
    except KeyError:
        home = os.environ.get("HOME", "")
        shell = os.environ.get("SHELL", "") or "/bin/sh"
        where = home if home.startswith("/") else "/"
        row = (f"uid{number}", "x", number, os.getegid(), "", where, shell)
        return pwd.struct_passwd(row)


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
