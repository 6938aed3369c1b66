"""Accounts that were here before: what keeps a key out of them is set aside for the session.

sshd lets no key into a locked account, and none into one whose shell is missing; one whose shell
is ``nologin`` it lets in to be turned out. An account that images, volumes and directory services
bring is often like that. Root's backend changes both for as long as the session lasts, records it
first, and undoes exactly that; no password becomes valid by it.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path

from colabwidget.core.errors import ColabWidgetError
from colabwidget.runtime import lookups, process
from colabwidget.runtime.journal import Journal
from colabwidget.system import accounts
from colabwidget.system.files import write_private
from colabwidget.system.shells import is_usable, usual_shell

_RECORD = "prior_account"  # file of the session
_SHADOW = Path("/etc/shadow")
# In front of a password's field: no password fits, and sshd does not take the account for locked.
_SET_ASIDE = "*"

#: Runs a program that changes an account, with what it reads; raises where it fails.
Run = Callable[[list[str], str], Awaitable[None]]


async def open_for_keys(name: str, files: Path, run: Run, journal: Journal) -> None:
    """Let keys into an account that was here before, until `restore`.

    Parameters
    ----------
    name
        The account.
    files
        Private directory of the session.
    run
        Runs ``chpasswd`` and ``usermod``.
    journal
        Gets a line for each change.

    Raises
    ------
    ColabWidgetError
        What `run` raises.
    """
    entry = accounts.entry(name)
    is_locked = _password_field(name).startswith("!")
    shell = "" if is_usable(entry.pw_shell) else usual_shell()
    if not (is_locked or shell):
        return
    record = {"name": name, "unlocked": is_locked, "shell": shell, "before": entry.pw_shell}
    write_private(files / _RECORD, json.dumps(record))
    if is_locked:
        # On its standard input: behind the mark of a lock, a password's hash may follow.
        await run(["chpasswd", "--encrypted"], f"{name}:{_SET_ASIDE}{_password_field(name)}\n")
        journal.add(f"The account {name} is locked: it is open to keys until the session ends.")
    if shell:
        await run(["usermod", "--shell", shell, name], "")
        journal.add(
            f"The shell of {name}, {entry.pw_shell}, does not run: {shell} stands in its place "
            "until the session ends."
        )


async def restore(files: Path, journal: Journal) -> None:
    """Undo what `open_for_keys` has done, unless it was changed again meanwhile.

    Parameters
    ----------
    files
        Private directory of the session.
    journal
        Gets the programs' lines.
    """
    path = files / _RECORD
    try:
        record = json.loads(path.read_text())
        name = record["name"]
        await lookups.learn(name)
        entry = accounts.entry(name)
    except ColabWidgetError as error:
        journal.add(str(error))
        return
    except (OSError, ValueError, KeyError):
        path.unlink(missing_ok=True)
        return
    field = _password_field(name)
    if record["unlocked"] and field.startswith(f"{_SET_ASIDE}!"):
        text = f"{name}:{field[len(_SET_ASIDE) :]}\n"
        await process.run(["chpasswd", "--encrypted"], journal, text=text)
    if record["shell"] and entry.pw_shell == record["shell"]:
        await process.run(["usermod", "--shell", record["before"], name], journal)
    path.unlink(missing_ok=True)


def _password_field(name: str) -> str:
    """Return what the shadow file has as an account's password; empty where it has none."""
    try:
        lines = _SHADOW.read_text().splitlines()
    except OSError:
        return ""
    rows = (line.split(":") for line in lines)
    return next((row[1] for row in rows if row[0] == name and len(row) > 1), "")
