"""sudo without a password for an account of ours, with the notebook's variables; whether it works.

The system's own files are never changed: a file in ``/etc/sudoers.d`` lasts as long as the session.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from colabwidget.access.account import Account, as_account, write_for_system
from colabwidget.runtime import process
from colabwidget.runtime.apt import program
from colabwidget.system import made_accounts

_RULE = """\
# Written by colabwidget; removed at disconnect.
{user} ALL=(ALL:ALL) NOPASSWD: ALL
Defaults:{user} !secure_path
{variables}
"""
_ENV_FILE = "Defaults:{user} env_file={file}"
# Other programs of that name, such as sudo-rs, know no env_file: what the session has is kept. The
# dynamic linker hides LD_* from sudo, so that these cannot be.
_ENV_KEEP = 'Defaults:{user} env_keep+="{names}"'
_SUDO = re.compile(r"^Sudo version 1\.", re.M)
_INCLUDES = re.compile(r"^\s*[@#]includedir\s+/etc/sudoers\.d/?\s*$", re.M)
_SECONDS = 2.0  # sudo looks the machine's own name up, which may take longer and then works
_TOO_SLOW = -1
SYSTEM_FILE = Path("/etc/sudoers")

# What it says, and what that means.
_MEANINGS = (
    (
        "no new privileges",
        "this container lets no program gain rights (no_new_privs; in Docker the option "
        "no-new-privileges, in Kubernetes allowPrivilegeEscalation)",
    ),
    ("nosuid", "the file system of {sudo} is mounted nosuid"),
    ("effective uid is not 0", "{sudo} is not setuid root"),
    ("must be owned by uid 0", "{sudo} is not setuid root"),
    ("must be setuid root", "{sudo} is not setuid root"),
)


async def allow(account: Account, file: Path, names: Iterable[str]) -> str:
    """Let the account run everything by sudo; return why it cannot, as a sentence, or nothing.

    Parameters
    ----------
    account
        The account, made by colabwidget.
    file
        Private file with the variables that programs under sudo have as well.
    names
        Names of the variables that the account's sessions have. PATH is kept anyway.
    """
    sudo = program("sudo") or "sudo"
    _, said = await process.output([sudo, "--version"])
    keeps = " ".join(sorted(name for name in names if name != "PATH" and name[:3] != "LD_"))
    variables = _ENV_FILE if _SUDO.search(said) else _ENV_KEEP if keeps else ""
    rule = _RULE.format(
        user=account.name, variables=variables.format(user=account.name, file=file, names=keeps)
    )
    write_for_system(Path(made_accounts.sudo_rule(account.name)), rule, 0o440)
    status, said = await process.output(as_account(account, [sudo, "-n", "true"]), _SECONDS)
    if status in (0, _TOO_SLOW):
        return ""
    return f"sudo does not work in sessions: {_reason(sudo, said)}."


def _reason(sudo: str, said: str) -> str:
    """Return what the words of sudo mean, as the end of a sentence."""
    for words, meaning in _MEANINGS:
        if words in said:
            return meaning.format(sudo=sudo)
    try:
        is_included = bool(_INCLUDES.search(SYSTEM_FILE.read_text(errors="replace")))
    except OSError:
        is_included = True  # another place of that file: its words have to do
    if not is_included:
        return (
            f"it asks for a password, since {SYSTEM_FILE} does not read /etc/sudoers.d (the line "
            "@includedir /etc/sudoers.d is missing)"
        )
    last = [line for line in said.splitlines() if line.strip()][-1:] or ["it gives no reason"]
    return last[0].removeprefix("sudo: ").rstrip(".")
