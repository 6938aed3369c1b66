"""Checks of the machine before anything on it is changed."""

from __future__ import annotations

import platform
import shutil

from colabwidget.access import account, google_drive, sshd_rights
from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.options import Options
from colabwidget.desktops import environments, packages
from colabwidget.runtime import apt
from colabwidget.runtime.journal import Journal
from colabwidget.system import accounts, rights
from colabwidget.tunnels import registry

_DISK_NEEDED_MB = 150
_DESKTOP_DISK_NEEDED_MB = 600


def check_machine(
    options: Options, journal: Journal, namespace: tuple[str, ...]
) -> tuple[str, list[str]]:
    """See whether a session with SSH is possible here.

    Parameters
    ----------
    options
        What the user asked for.
    journal
        Gets a line with what was found.
    namespace
        In which the session is to run; see `own_namespace`.

    Returns
    -------
    tuple[str, list[str]]
        The account to open, and the packages that are missing.

    Raises
    ------
    ColabWidgetError
        With what stands in the way.
    """
    _check_system()
    root = rights.is_root()
    sshd_rights.check_machine(namespace)
    name = account.account_name(options, root)
    needs = [apt.OPENSSH_SERVER, apt.OPENSSH_CLIENT]
    if root and name != "root":
        needs.append(apt.SUDO)
    if options.mount_gdrive_to:
        google_drive.check_machine()
        needs.append(google_drive.BINDFS)
    missing = apt.missing(needs)
    if missing and not root:
        raise ColabWidgetError("no_root_no_sshd")
    account.check(name, options, root, brings_key=registry.find(options.tunnel).pairs)
    if missing:
        _check_disk(_DISK_NEEDED_MB)
    if options.desktop:
        check_desktop(options)
    if not root and rights.user_id() == 0:
        journal.add(
            f"This root has no rights of root: {rights.root_lacks()}. "
            "It is served as an account without root."
        )
    journal.add(
        f"Account {name}, {'root' if root else 'no root'}, "
        f"missing packages: {', '.join(missing) or 'none'}."
    )
    return name, missing


def is_without_sshd() -> bool:
    """Tell whether no sshd is here, and none can be installed."""
    can_install = rights.is_root() and apt.program("apt-get")
    return not can_install and bool(apt.missing([apt.OPENSSH_SERVER]))


def check_notebook_only(options: Options) -> str:
    """See whether a session inside the notebook is possible here; return its account.

    Raises
    ------
    ColabWidgetError
        With what stands in the way.
    """
    _check_system()
    check_desktop(options)
    return accounts.own().pw_name


def check_desktop(options: Options) -> None:
    """See whether a desktop is possible here.

    Raises
    ------
    ColabWidgetError
        With what stands in the way.
    """
    if not accounts.is_named():
        raise ColabWidgetError("desktop_no_name", number=rights.user_id())
    missing = packages.missing(environments.default(), options.vnc)
    if missing and not rights.is_root():
        raise ColabWidgetError("no_root_no_desktop", packages=", ".join(missing))
    if missing:
        _check_disk(_DESKTOP_DISK_NEEDED_MB)


def _check_system() -> None:
    if platform.system() != "Linux":
        raise ColabWidgetError("not_linux", system=platform.system())


def _check_disk(needed: int) -> None:
    free = shutil.disk_usage("/var").free >> 20
    if free < needed:
        reason = f"/var has {free} MB left; {needed} MB are needed."
        raise ColabWidgetError("disk_full", reason=reason)
