"""The login environment: the notebook's variables, shell and folder in every session.

sshd begins every session with a script of colabwidget, for all accounts, with and without root.
It brings the notebook's variables, enters the notebook's folder, and goes on with what the client
has asked for. A login shell then runs ``/etc/profile``, which sets ``PATH`` anew on Debian, and the
account's own files, which may put other programs before the notebook's. Two things answer that:

- ``$SHELL``, where it is bash, is a small program that runs bash and gives ``PATH`` its beginning
  again after these files. Terminals, tmux, screen and VS Code's server start ``$SHELL``, so that
  neither the account's files nor the settings of these programs need a change.
- As root, a file in ``/etc/profile.d`` does it for every other login shell: ``bash -l``,
  ``sudo -i``, ``su -``. Without root there is no such place.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shlex
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from colabwidget import hosts
from colabwidget.access import login_scripts, shared_folder, sudo
from colabwidget.access.account import (
    Account,
    as_account,
    is_ours,
    write_for_system,
)
from colabwidget.core.session_environment import FOLDER, PLACES, PROXIES
from colabwidget.runtime import process, work_environment
from colabwidget.runtime.journal import Journal
from colabwidget.system import accounts, paths
from colabwidget.system.files import runs_no_programs, write_private
from colabwidget.system.rights import is_root, user_id

# Files of the session: where the login environment's files are, and what a lent folder was before.
_RECORD = "login_environment"
_LENT = "lent_folder"
# Variables that programs under sudo have as well.
_UNDER_SUDO = "sudo_environment"

_PROFILES = Path("/etc/profile.d")
# Where root keeps files that an account may read. Many systems run no program in /run.
_BASES = ("/run", "/var/lib", "/usr/local/lib")
# Marks in a session's environment: that it is colabwidget's, and what PATH begins with.
_SESSION = "COLABWIDGET_SESSION"
_PATH = "COLABWIDGET_PATH"


async def ensure_login_environment(
    account: Account, environment: Mapping[str, str], files: Path, journal: Journal
) -> Account:
    """Give an account's sessions the notebook's environment, and return the account that has it.

    Parameters
    ----------
    account
        The account that clients sign in to.
    environment
        The notebook's variables that sessions may have, and its folder.
    files
        Private directory of the session.
    journal
        Gets a line for what differs from the notebook, with what to do about it.
    """
    entry = accounts.entry(account.name)
    _say_which_proxies_are_left_out(environment, journal)
    folder = await _folder(account, environment, files, journal)
    place = _new_place(account.name, files)
    seen = {
        **environment,
        FOLDER: folder,
        _SESSION: str(place),
        _PATH: environment.get("PATH", os.defpath),
    }
    # With all variables: sudo runs programs as root, which may write anywhere.
    lines = [f'{name}="{value}"\n' for name, value in seen.items() if name != "PATH"]
    under_sudo = write_private(files / _UNDER_SUDO, "".join(lines))
    notices = []
    may_sudo = is_ours(account.name) and account.sudo
    if may_sudo and (problem := await sudo.allow(account, under_sudo, seen)):
        journal.add(problem)
        notices.append(problem)
        may_sudo = False
    seen = await _usable(account, seen, may_sudo, journal)
    shell = entry.pw_shell or "/bin/sh"
    wrapped = Path(shell).name == "bash" and not runs_no_programs(place)
    seen["SHELL"] = str(place / "bash") if wrapped else shell
    quoted = {
        "place": shlex.quote(str(place)),
        "bash": shlex.quote(shell),
        "home": shlex.quote(account.home),
    }
    exports = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in seen.items())
    contents = {
        "environment": exports,
        "enter": login_scripts.ENTER.format(**quoted),
        "login": login_scripts.LOGIN,
        "bash": login_scripts.SHELL.format(**quoted),
        "below": login_scripts.BELOW.format(mark=shlex.quote(f"{_SESSION}={place}")),
        "askpass": login_scripts.ASKPASS,
    }
    for name, content in contents.items():
        mode = 0o750 if name in ("bash", "askpass") else 0o640
        write_for_account(place / name, content, account, mode)
    fish = place / login_scripts.FISH
    if Path(shell).name == fish.name:
        fish.mkdir(mode=0o700)
    if is_root():
        if fish.exists():
            os.chown(fish, entry.pw_uid, entry.pw_gid)
        os.chown(place, 0, entry.pw_gid)
        place.chmod(0o750)
        own = f'[ "${{LOGNAME-}}" = {account.name} ] || ' if is_ours(account.name) else ""
        profile = login_scripts.PROFILE.format(whose=own, **quoted)
        write_for_system(_profile(place), profile, 0o644)
    return replace(
        account,
        environment=seen,
        folder=folder,
        shell=shell,
        enter=f"/bin/sh {quoted['place']}/enter",
        keys_file=place / "authorized_keys",
        notices=(*account.notices, *notices),
    )


def askpass(account: Account) -> Path | None:
    """Return the program that tells ssh the account's password, where such a one can run."""
    program = account.keys_file.with_name("askpass")
    return None if runs_no_programs(program.parent) else program


def write_for_account(path: Path, content: str, account: Account, mode: int = 0o640) -> None:
    """Write a file whole or not at all, which the account can read and cannot change.

    Parameters
    ----------
    path
        In the folder that `ensure_login_environment` has made.
    content
        Its text.
    account
        Whose group may read it.
    mode
        Permissions.
    """
    draft = write_private(path.with_name(f".{path.name}"), content, mode)
    if is_root():
        os.chown(draft, 0, accounts.entry(account.name).pw_gid)
    draft.rename(path)


async def restore_after_crash(files: Path) -> None:
    """Remove what `ensure_login_environment` has made, however far it came.

    Parameters
    ----------
    files
        Private directory of the session.
    """
    shared_folder.restore(files / _LENT)
    record = files / _RECORD
    with contextlib.suppress(FileNotFoundError):
        place = Path(record.read_text())
        if is_root():
            _profile(place).unlink(missing_ok=True)
        shutil.rmtree(place, ignore_errors=True)
        record.unlink()


async def _folder(
    account: Account, environment: Mapping[str, str], files: Path, journal: Journal
) -> str:
    """Return where sessions begin: in the notebook's folder, lent if need be, or at home."""
    folder = environment.get(FOLDER, "")
    home = "Sessions begin in the home folder"
    if folder == "/":
        journal.add(f"{home}: the notebook works in /, which is no folder for work.")
        return account.home
    if not folder.startswith("/"):
        journal.add(f"{home}: which one the notebook works in is not known.")
        return account.home
    found = await _look(account, folder)
    if "enters" not in found:
        reason = f"{account.name} may not enter" if Path(folder).is_dir() else "there is no"
        journal.add(f"{home}: {reason} {folder}.")
        return account.home
    said = f"Sessions begin in {folder}"
    if "writes" in found:
        journal.add(f"{said}.")
        return folder
    reason = "Folders are lent only to accounts that colabwidget has made."
    if is_ours(account.name):
        group = accounts.entry(account.name).pw_gid
        reason = shared_folder.refusal(
            folder, hosts.work_folder(environment)
        ) or shared_folder.lend(folder, group, files / _LENT)
        if not reason and "writes" not in await _look(account, folder):
            reason = "The machine does not let it."
    if reason:
        journal.add(f"{said}, where {account.name} may not write. {reason}")
    else:
        journal.add(f"{said}; {account.name} may write there until the session ends.")
    return folder


def _say_which_proxies_are_left_out(environment: Mapping[str, str], journal: Journal) -> None:
    known = work_environment.current()
    for name in PROXIES:
        if known.get(name) and name not in environment:
            journal.add(
                f"{name} is left out of sessions: its address may hold a password. It is used to "
                "connect; in a session, set it yourself."
            )


async def _usable(
    account: Account, seen: dict[str, str], may_sudo: bool, journal: Journal
) -> dict[str, str]:
    """Return the variables without folders in which the account cannot keep its files."""
    if accounts.entry(account.name).pw_uid == user_id():
        return seen
    places = {name: seen[name] for name in PLACES if seen.get(name)}
    found = await _look(account, account.home, *places.values())
    closed = {name: value for name, value in places.items() if value not in found}
    for name, value in closed.items():
        journal.add(f"{name} is left out: {account.name} may not write to {value}.")
    python = shutil.which("python", path=seen[_PATH])
    if python:
        # Of the notebook's variables only that which finds its libraries: no start-up code runs.
        run = ["env", f"LD_LIBRARY_PATH={seen.get('LD_LIBRARY_PATH', '')}", python, "-ISc", ""]
        status, said = await process.output(as_account(account, run))
        if status > 0:
            by_sudo = "Run it with sudo there, or sign" if may_sudo else "Sign"
            journal.add(
                f"{account.name} cannot run the notebook's Python, {python}: "
                f"{(said.splitlines() or ['it gives no reason'])[-1]}. {by_sudo} in as root with "
                "a public key."
            )
    return {name: value for name, value in seen.items() if name not in closed}


async def _look(account: Account, folder: str, *places: str) -> list[str]:
    look = as_account(account, ["/bin/sh", "-c", login_scripts.LOOK, "sh", folder, *places])
    return (await process.output(look))[1].splitlines()


def _new_place(name: str, files: Path) -> Path:
    """Make a directory for the login environment's files, recorded before it is made."""
    if is_root():
        # A new name each time: backends of two users may open the same account.
        place = _base(*_BASES) / f"colabwidget.{name}.{secrets.token_hex(4)}"
    else:
        place = _base(str(files.parent), str(paths.state_directory())) / "login-environment"
        shutil.rmtree(place, ignore_errors=True)
    write_private(files / _RECORD, str(place))
    place.mkdir(mode=0o700)
    return place


def new_folder(name: str, files: Path) -> Path:
    """Return the path of a folder, not yet made, in which programs of other accounts can run.

    Parameters
    ----------
    name
        Its name.
    files
        Private directory of the session; without root, the folder is beside it.
    """
    bases = _BASES if is_root() else (str(files.parent), str(paths.state_directory()))
    return _base(*bases) / name


def _base(*places: str) -> Path:
    """Return the first that is there and runs programs; else the first."""
    return Path(next((each for each in places if not runs_no_programs(Path(each))), places[0]))


def _profile(place: Path) -> Path:
    return _PROFILES / f"{place.name}.sh"
