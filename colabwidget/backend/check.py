"""The look at the machine before anything on it is changed."""

from __future__ import annotations

import os
import platform
import shutil

from colabwidget.backend import account, packages
from colabwidget.backend.journal import Journal
from colabwidget.errors import ColabWidgetError
from colabwidget.options import Options

_DISK_NEEDED_MB = 150


def look(options: Options, journal: Journal) -> tuple[str, list[str]]:
    """See whether a session is possible here.

    Parameters
    ----------
    options
        What the user asked for.
    journal
        Where it is said what was found.

    Returns
    -------
    tuple[str, list[str]]
        The account to open, and the packages that are missing.

    Raises
    ------
    ColabWidgetError
        With what stands in the way.
    """
    root = os.geteuid() == 0
    if platform.system() != "Linux":
        raise ColabWidgetError("not_linux", system=platform.system())
    name = account.account_name(options, root)
    needs = [packages.OPENSSH_SERVER, packages.OPENSSH_CLIENT]
    if root and name != "root":
        needs.append(packages.SUDO)
    missing = packages.missing(needs)
    if missing and not root:
        raise ColabWidgetError("no_root_no_sshd")
    account.check(name, options, root)
    free = shutil.disk_usage("/var").free >> 20
    if missing and free < _DISK_NEEDED_MB:
        raise ColabWidgetError("disk_full", path="/var", free=free, needed=_DISK_NEEDED_MB)
    journal.add(
        f"Account {name}, {'root' if root else 'no root'}, "
        f"missing packages: {', '.join(missing) or 'none'}."
    )
    return name, missing
