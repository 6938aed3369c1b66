"""The account of a session: checked, made or opened, and locked again."""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from colabwidget.access import new_account, prior_account
from colabwidget.access.account_change import change, change_or_fail
from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.options import Options
from colabwidget.core.secrets import Secret, new_password
from colabwidget.runtime import lookups, process
from colabwidget.runtime.journal import Journal
from colabwidget.system import made_accounts
from colabwidget.system.accounts import entry as entry_of
from colabwidget.system.accounts import find, find_local, home
from colabwidget.system.accounts import own as own_entry
from colabwidget.system.foreign_files import give_tree
from colabwidget.system.rights import is_root, user_id

_UID_MIN = 1000  # of login.defs; directory services and containers give numbers far above it
_NOBODY = 65_534
_OWNERS_OWN = stat.S_IWUSR | stat.S_IXUSR
_NEW_NAME = re.compile(r"[a-z_][a-z0-9_-]{0,31}")  # that useradd takes


@dataclass(frozen=True)
class Account:
    """An account that clients sign in to.

    Parameters
    ----------
    name, home
        As in the passwd file.
    password
        ``None`` where a public key opens the account.
    public_key
        As ``authorized_keys`` has them; empty where the password opens the account.
    environment, folder, shell, enter
        Variables of its sessions, the folder where they begin, its login shell, and the command
        that begins them.
    notices
        What does not work in its sessions; a sentence each.
    keys_file
        Where sshd finds the keys that open the account: readable by it, and changed by us only.
    root_keys
        Whether root's own keys open root beside it.
    has_home
        Whether it can write in its home, as far as that was tried; see `writes_at_home`.
    sudo
        Whether it may use sudo, where colabwidget has made it.
    agent_forwarding, remote_forwarding
        Whether clients may lend their agent (``ssh -A``) and ports (``ssh -R``) to its sessions.
    namespace
        Words before each command of its sessions; see `own_namespace`.
    """

    name: str
    home: str
    password: Secret | None
    public_key: str
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: str = ""
    shell: str = ""
    enter: str = ""
    notices: tuple[str, ...] = ()
    keys_file: Path = Path()
    root_keys: bool = False
    has_home: bool = True
    namespace: tuple[str, ...] = ()
    sudo: bool = True
    agent_forwarding: bool = False
    remote_forwarding: bool = False


async def learn(options: Options, root: bool) -> None:
    """Hear of the accounts that `check` looks for, which may be a directory service's.

    Raises
    ------
    ColabWidgetError
        ``accounts_silent``.
    """
    if root:
        await lookups.learn(account_name(options, root), "sshd")


def account_name(options: Options, root: bool) -> str:
    """Return the name of the account that the options mean.

    Raises
    ------
    ColabWidgetError
        ``no_root_other_user`` where only root can open that account.
    """
    own = own_entry().pw_name
    if root:
        return options.user or "colab"
    # The form's preset names an account that only root can make; without root it stands for the
    # notebook's own.
    if options.user not in ("", "colab", own):
        raise ColabWidgetError("no_root_other_user", user=options.user, own=own)
    return own


def check(name: str, options: Options, root: bool, *, brings_key: bool = False) -> None:
    """See, before anything is changed, whether the account can be used with these options.

    Parameters
    ----------
    name
        The account.
    options
        What the user asked for.
    root
        Whether this process has root's rights.
    brings_key
        Whether clients bring their keys later.

    Raises
    ------
    ColabWidgetError
        ``public_key_needed``, ``user_system``, or ``user_invalid`` for an account to be made.
    """
    if options.public_key or brings_key:
        reason = ""
    elif not root:
        reason = "Without root, no password can be set for your account."
    elif name == "root":
        reason = "root signs in with a key only."
    elif (found := find(name)) and not made_accounts.is_marked(found):
        reason = f"The account {name} was here before; its password is not ours to change."
    else:
        reason = ""
    found = find(name)
    if root and not found and not _NEW_NAME.fullmatch(name):
        raise ColabWidgetError("user_invalid", user=repr(name[:40]))
    if root and name != "root" and found and not _is_human(found.pw_uid):
        raise ColabWidgetError("user_system", user=name)
    if reason:
        raise ColabWidgetError("public_key_needed", reason=reason)


async def ensure_account(
    name: str,
    options: Options,
    directory: Path,
    journal: Journal,
) -> Account:
    """Make the account, or open it again, with a fresh password or the public key.

    Parameters
    ----------
    name
        The account; checked before.
    options
        What the user asked for.
    directory
        Private directory for files that last as long as the session.
    journal
        Gets the programs' lines.

    Raises
    ------
    ColabWidgetError
        ``account_failed``, ``account_home``.
    """
    if not is_root():
        entry = own_entry()
        return Account(name, entry.pw_dir, None, options.public_key)
    known = find(name) is not None

    async def run(arguments: list[str], text: str = "") -> None:
        await change_or_fail(arguments, name, journal, text)

    if not known:
        await new_account.make(name, made_accounts.MARK, run)
    has_home = True
    if ours := is_ours(name):
        if known:
            await new_account.ensure_group(name, run)
        notice = await new_account.ensure_home(name, run, journal)
    elif notice := await new_account.home_problem(name):
        has_home = False
        notice += (
            f" Sessions of {name} have no home to write in, and a desktop's settings go with it."
        )
    if notice:
        journal.add(notice)
    entry = entry_of(name)
    password = None
    if ours and options.public_key:
        # "*" fits no password; "!" would count as locked, and sshd lets no key into that.
        await change_or_fail(
            ["usermod", "--expiredate", "9999-12-31", "--password", "*", name], name, journal
        )
    elif ours:
        if known:
            await change_or_fail(["usermod", "--expiredate", "9999-12-31", name], name, journal)
        password = await set_password(name, journal)
    if not ours:
        await prior_account.open_for_keys(name, directory, run, journal)
    return Account(
        name,
        entry.pw_dir,
        password,
        options.public_key,
        root_keys=options.root_keys and name != "root",
        has_home=has_home,
        sudo=options.sudo,
        notices=(notice,) if notice else (),
    )


async def set_password(name: str, journal: Journal) -> Secret:
    """Give an account that colabwidget has made a fresh password, and return it.

    Raises
    ------
    ColabWidgetError
        ``account_failed``.
    """
    password = new_password()
    journal.redactor.add([password])
    await change_or_fail(["chpasswd"], name, journal, f"{name}:{password.reveal()}\n")
    return password


def own_account(name: str, environment: Mapping[str, str]) -> Account:
    """Return the notebook's own account, to which no client signs in.

    Parameters
    ----------
    name
        Its name.
    environment
        What its programs see of the notebook's.
    """
    return Account(name, str(home()), None, "", environment)


def as_account(account: Account, arguments: Sequence[str]) -> list[str]:
    """Return a command line that runs a program as the account, killed when the backend dies."""
    entry = entry_of(account.name)
    if entry.pw_uid == user_id():
        return [*account.namespace, *arguments]
    # A change of account clears PR_SET_PDEATHSIG (prctl(2)), so setpriv sets it again.
    identity = ["--reuid", str(entry.pw_uid), "--regid", str(entry.pw_gid), "--init-groups"]
    return ["setpriv", "--pdeathsig", "KILL", *identity, "--", *arguments]


def writes_at_home(account: Account) -> bool:
    """Tell whether an account can keep files in its home, as far as that can be known."""
    if not account.has_home:
        return False
    user = entry_of(account.name).pw_uid
    if user == user_id():
        return os.access(account.home, os.W_OK | os.X_OK, effective_ids=True)
    try:
        if os.statvfs(account.home).f_flag & os.ST_RDONLY:
            return False
        found = Path(account.home).stat()
    except OSError:
        return True  # it may be a home that only the account itself sees
    # What an owner may do no list of further rights changes.
    return found.st_uid != user or found.st_mode & _OWNERS_OWN == _OWNERS_OWN


def give(folder: Path, account: Account) -> None:
    """Make a private directory, with all that is in it, the account's own."""
    entry = entry_of(account.name)
    give_tree(folder, entry.pw_uid, entry.pw_gid)


def is_ours(name: str) -> bool:
    """Tell whether colabwidget has made an account, so that root's backend may change it."""
    # Those are in /etc/passwd.
    found = find_local(name)
    return is_root() and found is not None and made_accounts.is_made(found)


async def lock(name: str, journal: Journal) -> bool:
    """Lock an account if colabwidget has made it: no password, expired, no sudo.

    Its files stay. No client gets in afterwards, however far `ensure_account` came.

    Returns
    -------
    bool
        Whether that was done, or is not needed; a program that changes accounts may be in the way.
    """
    if not is_ours(name):
        return True
    Path(made_accounts.sudo_rule(name)).unlink(missing_ok=True)
    status, _ = await change([*made_accounts.LOCK, name], journal)
    return status == 0


async def end_processes(name: str, journal: Journal) -> None:
    """Kill every process of an account that colabwidget has made, at once.

    It takes the place of a search by descent where that may miss some: those that fork on and on,
    and those that no process of ours has started.
    """
    if is_ours(name) and not await end_processes_of(entry_of(name).pw_uid, journal):
        journal.add(f"Not every process of {name} could be ended.")


async def end_processes_of(uid: int, journal: Journal) -> bool:
    """Kill every process with a user id at once, as root; tell whether none is left."""
    script = [sys.executable, "-I", "-S", made_accounts.__file__, str(uid), str(os.getpid())]
    return await process.run(script, journal, environment=process.python_libraries()) == 0


def write_for_system(path: Path, text: str, mode: int) -> None:
    """Write a file of the system whole or not at all; sudo skips names with a dot."""
    path.parent.mkdir(mode=0o755, exist_ok=True)
    draft = path.with_name(f".{path.name}.new")
    try:
        draft.write_text(text)
        draft.chmod(mode)
        draft.rename(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise


def _is_human(uid: int) -> bool:
    return uid >= _UID_MIN and uid != _NOBODY
