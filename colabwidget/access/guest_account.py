"""What a guest needs on this machine: a folder, the program that shows the shell, an account.

All of it is made for one invitation and removed with it. With root, the account's login shell is
that program, so that whatever lets the account in shows the shell and runs nothing else; its home
is the folder, in which it may change nothing. What is made is recorded first, so that the next
backend, or the guard's, removes what a killed one has left.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shlex
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from colabwidget.access import login_environment
from colabwidget.access.account import end_processes_of
from colabwidget.access.account_change import change, change_or_fail
from colabwidget.access.guest import KEYS, PROGRAM, SECRET, Guest
from colabwidget.core.errors import ColabWidgetError
from colabwidget.runtime import process
from colabwidget.runtime.journal import Journal
from colabwidget.system import made_accounts, watch
from colabwidget.system.accounts import find_local, find_local_group
from colabwidget.system.files import write_private
from colabwidget.system.rights import is_root

#: What the names of all guests begin with.
PREFIX = "guest-"

_RECORD = "guests"  # file of the session: a name and a folder a line
_PYTHON = "/usr/bin/python3"
_TRY_MAX = 10.0  # seconds
_REMOVE_TRIES = 4
_IS_IN_USE = 8  # status of userdel(8)
_SCRIPT = """\
#!/bin/sh
# Shows one shell to a guest of colabwidget; removed when the invitation ends.
{libraries}exec {python} -I -S {program} "$@"
"""
_PROGRAM_FILE = f"{PROGRAM}.py"


def new_name() -> str:
    """Return a name that no invitation and, as far as chance goes, no account has."""
    return f"{PREFIX}{secrets.token_hex(3)}"


async def make(name: str, key: str, files: Path, journal: Journal) -> Guest:
    """Make what a guest needs; nothing lets the guest in until sshd knows it.

    Parameters
    ----------
    name
        Of `new_name`.
    key
        The keys that open it; empty for a password, see `account.set_password`.
    files
        Private directory of the session.
    journal
        Gets the programs' lines.

    Raises
    ------
    ColabWidgetError
        ``account_failed``, ``invite_failed``; nothing is left behind then.
    """
    place = login_environment.new_folder(f"colabwidget.{name}", files)
    _record(files, [*_recorded(files), (name, place)])
    try:
        place.mkdir(mode=0o700)
        write_private(place / SECRET, secrets.token_hex(16), 0o640)
        write_private(place / _PROGRAM_FILE, Path(watch.__file__).read_bytes(), 0o640)
        if key:
            write_private(place / KEYS, f"{key}\n", 0o640)
        uid = None
        if is_root():
            uid = await _make_account(name, place, journal)
        await _find_python(name, place)
    except BaseException:
        await remove(name, files, journal)
        raise
    return Guest(name, place, key, uid=uid)


async def _make_account(name: str, place: Path, journal: Journal) -> int:
    write_private(place / PROGRAM, _SCRIPT, 0o750)
    options = ["--system", "--user-group", "--no-create-home", "--home-dir", str(place)]
    options += ["--shell", str(place / PROGRAM), "--comment", made_accounts.GUEST_MARK]
    # "*" fits no password, and does not count as locked: sshd lets keys in.
    await change_or_fail(["useradd", *options, "--password", "*", name], name, journal)
    found = _entry(name)
    assert found
    for path in (place / SECRET, place / _PROGRAM_FILE, place / KEYS, place):
        if path.exists():
            os.chown(path, 0, found.pw_gid)
    place.chmod(0o750)
    return found.pw_uid


async def _find_python(name: str, place: Path) -> None:
    """Write the program for a Python that the guest can run, and see that it runs.

    Raises
    ------
    ColabWidgetError
        ``invite_failed``.
    """
    path, said = place / PROGRAM, ""
    libraries = process.python_libraries()
    found, become = _entry(name), []
    if found:
        ids = ["--reuid", str(found.pw_uid), "--regid", str(found.pw_gid)]
        become = ["setpriv", *ids, "--clear-groups", "--"]
    for python in dict.fromkeys((sys.executable, _PYTHON)):
        exports = [f"export {name}={shlex.quote(text)}\n" for name, text in libraries.items()]
        script = _SCRIPT.format(
            libraries="".join(exports) if python == sys.executable else "",
            python=shlex.quote(python),
            program=shlex.quote(str(place / _PROGRAM_FILE)),
        )
        write_private(path, script, 0o750)
        if found:
            os.chown(path, 0, found.pw_gid)
        command = [str(path)] if found else ["/bin/sh", str(path)]
        status, said = await process.output([*become, *command, "check"], _TRY_MAX)
        if status == 0:
            return
    reason = (said.splitlines() or ["It gives no reason."])[-1][:200]
    raise ColabWidgetError("invite_failed", reason=f"A guest cannot run Python here: {reason}")


async def lock(guest: Guest, journal: Journal) -> None:
    """Let no password of a guest be valid any more; open connections go on."""
    await change(["chpasswd", "--encrypted"], journal, f"{guest.name}:*\n")


async def remove(name: str, files: Path, journal: Journal) -> None:
    """Remove a guest's keys, processes and account, and then all of its files.

    Parameters
    ----------
    name
        The guest; an account that was not made for an invitation is left alone.
    files
        Private directory of the session.
    journal
        Gets the programs' lines.
    """
    for place in (place for known, place in _recorded(files) if known == name):
        # Only root writes in the folder above, and only we in this one.
        shutil.rmtree(place, ignore_errors=True)
    gone = await _remove_account(name, journal) if is_root() else True
    if gone:
        _record(files, [each for each in _recorded(files) if each[0] != name])


async def _remove_account(name: str, journal: Journal) -> bool:
    for _ in range(_REMOVE_TRIES):
        found = _entry(name)
        if found is None:
            break
        await end_processes_of(found.pw_uid, journal)
        status, _ = await change(["userdel", name], journal)
        if status not in (0, _IS_IN_USE):
            break
    # Where the system's accounts have no groups of their own, userdel leaves the group; a useradd
    # that was broken off has made nothing else.
    if _entry(name) is None and find_local_group(name):
        await change(["groupdel", name], journal)
    if _entry(name) is None and not find_local_group(name):
        return True
    journal.add(f"The account {name} could not be removed.")
    return False


async def restore_after_crash(files: Path, journal: Journal) -> None:
    """Remove the guests of a backend that was killed.

    Parameters
    ----------
    files
        Private directory of the session.
    journal
        Gets the programs' lines.
    """
    for name, _ in _recorded(files):
        await remove(name, files, journal)


def _entry(name: str) -> pwd.struct_passwd | None:
    """Return the entry of a guest's account, which is in /etc/passwd; ``None`` for others."""
    found = find_local(name)
    return found if found and made_accounts.is_guest(found) else None


def record(files: Path) -> set[Path]:
    """Return the file of the session that names guests, while it names some.

    Parameters
    ----------
    files
        Private directory of the session.
    """
    return {files / _RECORD} if _recorded(files) else set()


def _recorded(files: Path) -> list[tuple[str, Path]]:
    try:
        lines = (files / _RECORD).read_text().splitlines()
    except OSError:
        return []
    rows = (line.partition("\t") for line in lines)
    return [(name, Path(place)) for name, _, place in rows if place]


def _record(files: Path, guests: Iterable[tuple[str, Path]]) -> None:
    write_private(files / _RECORD, "".join(f"{name}\t{place}\n" for name, place in guests))
