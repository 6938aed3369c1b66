"""Whether this machine lets an sshd let clients in."""

from __future__ import annotations

import os
from pathlib import Path

from colabwidget.core.errors import ColabWidgetError
from colabwidget.system import accounts, rights

# Where root's sshd locks up the half of itself that speaks to clients before they have signed in.
PRIVSEP = Path("/run/sshd")


def check_machine(namespace: tuple[str, ...]) -> None:
    """See whether an sshd can let clients in here.

    Parameters
    ----------
    namespace
        See `own_namespace`; in one, sshd lacks nothing.

    Raises
    ------
    ColabWidgetError
        ``sshd_no_rights``, ``sshd_no_name``.
    """
    if namespace:
        return
    if lack := rights.sshd_lacks() or _no_folder():
        raise ColabWidgetError("sshd_no_rights", lack=lack)
    if not accounts.is_named():
        raise ColabWidgetError("sshd_no_name", number=rights.user_id())


def _no_folder() -> str:
    if rights.user_id() != 0 or PRIVSEP.is_dir():
        return ""
    place = next(each for each in PRIVSEP.parents if each.exists())
    if os.access(place, os.W_OK, effective_ids=True):
        return ""
    return f"{PRIVSEP} is missing and {place} cannot be written"
