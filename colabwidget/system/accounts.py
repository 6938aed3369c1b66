"""Accounts of this machine, and the one of this process, which may have no name.

Containers run with user ids that no file knows (Kubernetes' ``runAsUser``, OpenShift's ids).

What /etc/passwd and /etc/group have is read there. Of other accounts and groups the system tells,
which may ask a directory service (LDAP, SSSD) and wait for it for minutes: `ask` and `ask_group` do
that, and what they have heard is kept. In an event loop, `runtime.lookups` calls them.
"""

from __future__ import annotations

import grp
import os
import pwd
from collections.abc import Iterator
from pathlib import Path

from colabwidget.system.rights import user_id
from colabwidget.system.shells import is_usable, usual_shell

PASSWD = Path("/etc/passwd")
GROUP = Path("/etc/group")

#: What the system has said of accounts, by name or user id, and of groups, that no file has.
_accounts: dict[str | int, pwd.struct_passwd | None] = {}
_groups: dict[str, grp.struct_group | None] = {}


def local() -> Iterator[pwd.struct_passwd]:
    """Yield the accounts in /etc/passwd."""
    for name, word, number, group, comment, home, shell in _rows(PASSWD, 7):
        if number.isdecimal() and group.isdecimal():
            yield pwd.struct_passwd((name, word, int(number), int(group), comment, home, shell))


def find_local(which: str | int) -> pwd.struct_passwd | None:
    """Return what /etc/passwd has of an account, by name or user id; ``None`` for nothing."""
    return next((each for each in local() if which in (each.pw_name, each.pw_uid)), None)


def find(which: str | int) -> pwd.struct_passwd | None:
    """Return the entry of an account, by name or user id; ``None`` where there is none."""
    if found := find_local(which):
        return found
    return _accounts[which] if which in _accounts else ask(which)


def ask(which: str | int) -> pwd.struct_passwd | None:
    """Return what the system tells of an account now, however long that takes."""
    try:
        found = pwd.getpwnam(which) if isinstance(which, str) else pwd.getpwuid(which)
    except KeyError:
        found = None
    _accounts[which] = found
    return found


def local_groups() -> Iterator[grp.struct_group]:
    """Yield the groups in /etc/group."""
    for name, word, number, members in _rows(GROUP, 4):
        if number.isdecimal():
            yield grp.struct_group((name, word, int(number), [*filter(None, members.split(","))]))


def find_local_group(name: str) -> grp.struct_group | None:
    """Return what /etc/group has of a group; ``None`` for nothing."""
    return next((each for each in local_groups() if each.gr_name == name), None)


def find_group(name: str) -> grp.struct_group | None:
    """Return the entry of a group; ``None`` where there is none."""
    if found := find_local_group(name):
        return found
    return _groups[name] if name in _groups else ask_group(name)


def ask_group(name: str) -> grp.struct_group | None:
    """Return what the system tells of a group now, however long that takes."""
    try:
        found = grp.getgrnam(name)
    except KeyError:
        found = None
    _groups[name] = found
    return found


def _rows(file: Path, fields: int) -> Iterator[list[str]]:
    try:
        lines = os.fsdecode(file.read_bytes()).split("\n")
    except OSError:
        return
    rows = (line.split(":") for line in lines)
    yield from (row for row in rows if len(row) == fields)


def own() -> pwd.struct_passwd:
    """Return the entry of this process's account; one made for it where it has none.

    Its home is ``$HOME`` where the one that it has there is another account's, as root's is for a
    root of a user namespace. One without a name has the shell of ``$SHELL``, else the usual one.
    """
    number = user_id()
    home = _named_home() or "/"
    if not (found := find(number)):
        named = os.environ.get("SHELL", "")
        shell = named if named and is_usable(named) else usual_shell()
        return pwd.struct_passwd((f"uid{number}", "x", number, os.getegid(), "", home, shell))
    if _is_home(found.pw_dir) or not _is_home(home):
        return found
    return pwd.struct_passwd((*found[:5], home, *found[6:]))


def _named_home() -> str:
    """Return ``$HOME``; empty where it is not set, or means another folder in each program."""
    named = os.environ.get("HOME", "")
    return named if named.startswith("/") else ""


def _is_home(folder: str) -> bool:
    """Tell whether a folder is ours, or may be written by us as if it was."""
    try:
        owner = Path(folder).stat().st_uid
    except OSError:
        return False
    return owner == os.geteuid() or os.access(folder, os.W_OK | os.X_OK, effective_ids=True)


def is_named() -> bool:
    """Tell whether this process's account has a name, by which programs find it."""
    return find(user_id()) is not None


def entry(name: str) -> pwd.struct_passwd:
    """Return the entry of an account, or of this process's, whether that has a name or not.

    Raises
    ------
    KeyError
        Where there is no such account.
    """
    if found := find(name):
        return found
    mine = own()
    if name == mine.pw_name:
        return mine
    raise KeyError(name)


def home() -> Path:
    """Return the home of this process's account: ``$HOME`` where that is set to a path."""
    return Path(_named_home() or own().pw_dir)
