"""How an account is made: its group, and a home that is its own."""

from __future__ import annotations

import contextlib
import grp
import pwd
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path, PurePath

from colabwidget.core.errors import ColabWidgetError
from colabwidget.runtime import lookups, process
from colabwidget.runtime.journal import Journal
from colabwidget.runtime.threads import run_in_thread
from colabwidget.system import accounts
from colabwidget.system.foreign_files import is_open_to_others, steps_to

_GROUP_END = "-colabwidget"
_GROUP_MAX = 32 - len(_GROUP_END)  # characters that groupadd takes
_SKELETON = "/etc/skel"
# Where homes are made when the usual place belongs to another account.
_ELSEWHERE = PurePath("/var/lib/colabwidget-homes")
# Succeeds in a folder of the account's own that it can enter and write in, from the root on.
_LOOK = 'cd -- "$1" && [ -O . ] && [ -w . ]'

#: Runs a program that changes an account; raises where it fails.
Run = Callable[[list[str]], Awaitable[None]]


async def make(name: str, comment: str, run: Run) -> None:
    """Make an account, with a group that is its own.

    The session's files, and the notebook's folder where it is lent, are open to that group. So the
    account never joins a group that is there, which may be ``docker`` or ``sudo`` or have other
    members; where its name is taken by such a group, its own has another name.

    Parameters
    ----------
    name
        The account.
    comment
        Its comment field.
    run
        Runs ``groupadd`` and ``useradd``.

    Raises
    ------
    ColabWidgetError
        What `run` raises; the account and its group are not there then.
    """
    useradd = ["useradd", "--create-home", "--shell", "/bin/bash", "--comment", comment]
    await lookups.learn_groups(name)
    if accounts.find_group(name) is None:
        return await run([*useradd, "--user-group", name])
    group = f"{name[:_GROUP_MAX]}{_GROUP_END}"
    await lookups.learn_groups(group)
    left_over = (found := accounts.find_group(group)) is not None and not _is_used(found)
    if not left_over:
        await run(["groupadd", group])
    try:
        await run([*useradd, "--gid", group, name])
    except ColabWidgetError:
        if not left_over:
            await run(["groupdel", group])
        raise


async def ensure_group(name: str, run: Run) -> None:
    """See that an account that is here already has a group of its own, as a new one gets.

    Earlier versions, and machines with ``USERGROUPS_ENAB no``, have put it into one of others.

    Parameters
    ----------
    name
        The account, made by colabwidget.
    run
        Runs ``groupadd`` and ``usermod``.

    Raises
    ------
    ColabWidgetError
        What `run` raises.
    """
    own = accounts.entry(name)
    others = {entry.pw_name for entry in accounts.local() if entry.pw_gid == own.pw_gid}
    for each in accounts.local_groups():
        if each.gr_gid == own.pw_gid:
            others.update(each.gr_mem)
    if others <= {name}:
        return
    group = f"{name[:_GROUP_MAX]}{_GROUP_END}"
    known = accounts.find_local_group(group)
    if known is None or _is_used(known):
        group = group if known is None else f"{group[:_GROUP_MAX]}{secrets.token_hex(4)}"
        await run(["groupadd", group])
    await run(["usermod", "--gid", group, name])


def _is_used(group: grp.struct_group) -> bool:
    return bool(group.gr_mem) or any(each.pw_gid == group.gr_gid for each in accounts.local())


async def home_problem(name: str) -> str:
    """Say why an account cannot use its home; empty where it can."""
    entry = accounts.entry(name)
    return "" if await _is_own(entry, entry.pw_dir) else await _why_not(entry)


async def _exposed(entry: pwd.struct_passwd, home: str) -> str:
    """Say which folder above a home lets other accounts exchange that; empty for none."""
    found: list[str] = []

    def look() -> None:
        with contextlib.suppress(FileNotFoundError):  # root makes what is missing
            for step, looked in steps_to(Path(home).parent):
                if looked.st_uid not in (0, entry.pw_uid) or is_open_to_others(looked):
                    found.append(f"{step}, in which {home} is, can be changed by other accounts.")

    await run_in_thread(look)
    return found[0] if found else ""


async def ensure_home(name: str, run: Run, journal: Journal) -> str:
    """See that an account that colabwidget has made has a home of its own.

    A folder of another account, or one that another could exchange, is neither used nor changed:
    the account gets another home.

    Parameters
    ----------
    name
        The account.
    run
        Runs ``usermod``.
    journal
        Gets what the programs print.

    Returns
    -------
    str
        Why the account has got another home, and which; empty where it has its own.

    Raises
    ------
    ColabWidgetError
        ``account_home`` where no place is left.
    """
    entry = accounts.entry(name)
    reason = await _exposed(entry, entry.pw_dir) or await home_problem(name)
    if not reason:
        return ""
    for home in (entry.pw_dir, f"{entry.pw_dir}.colabwidget", str(_ELSEWHERE / name)):
        if await _exposed(entry, home):
            continue
        made = await _make(home, entry)
        if not await _is_own(entry, home):
            continue
        if made:
            copy = ["cp", "--recursive", "--no-target-directory", _SKELETON, home]
            await process.run(_as(entry, copy), journal)
        if home == entry.pw_dir:
            return ""
        await run(["usermod", "--home", home, name])
        return f"{reason} The home of {name} is {home}."
    raise ColabWidgetError("account_home", user=name, reason=reason)


async def _is_own(entry: pwd.struct_passwd, home: str) -> bool:
    return await process.run(_as(entry, ["sh", "-c", _LOOK, "sh", home]), None) == 0


async def _make(home: str, entry: pwd.struct_passwd) -> bool:
    """Make an empty home where nothing is; tell whether it was made."""
    above = str(PurePath(home).parent)
    await process.run(["mkdir", "--parents", "--mode=755", "--", above], None)
    # Only root writes in the folder above, so that what is made stays what is given away.
    if await process.run(["mkdir", "--mode=700", "--", home], None) != 0:
        return False
    owner = f"{entry.pw_uid}:{entry.pw_gid}"
    return await process.run(["chown", "--no-dereference", "--", owner, home], None) == 0


def _as(entry: pwd.struct_passwd, arguments: list[str]) -> list[str]:
    identity = ["--reuid", str(entry.pw_uid), "--regid", str(entry.pw_gid), "--clear-groups"]
    return ["setpriv", "--pdeathsig", "KILL", *identity, "--", *arguments]


async def _why_not(entry: pwd.struct_passwd) -> str:
    """Say why the usual home is not the account's."""
    said: list[str] = []
    look = ["stat", "--dereference", "--format=%u", "--", entry.pw_dir]
    if await process.run(look, None, on_line=said.append) != 0:
        return f"{entry.pw_dir} could not be made."
    if int(said[0]) == entry.pw_uid:
        return f"{entry.pw_dir} cannot be entered or written by {entry.pw_name}."
    owner = f"user id {said[0]}, which has no account here"
    with contextlib.suppress(ColabWidgetError):
        await lookups.learn(int(said[0]))
        if found := accounts.find(int(said[0])):
            owner = f"the account {found.pw_name}"
    return f"{entry.pw_dir} belongs to {owner}, and is left alone."
