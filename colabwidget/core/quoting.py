"""Words of command lines and configurations, as the programs that read them take them apart."""

from __future__ import annotations

import re
import shlex

# What no shell takes for anything but itself.
_PLAIN = re.compile(r"[\w@.:/+=%-]+", re.ASCII)
# What means the same between double quotes in sh, cmd and PowerShell. At its prompt, cmd leaves
# a % alone unless a variable of that name is there.
_COMMON = re.compile(r"[^\"$`\\!\n]*")


def quoted(word: str) -> str:
    """Return a word for sh, in a form that cmd and PowerShell read alike if there is one."""
    if _PLAIN.fullmatch(word):
        return word
    return f'"{word}"' if _COMMON.fullmatch(word) else shlex.quote(word)


def cmd(word: str) -> str:
    """Return a word for Windows' cmd, as programs there take their command line apart."""
    if _PLAIN.fullmatch(word):
        return word
    # Backslashes count only where a quote follows: they are then doubled.
    inside = re.sub(r'(\\*)"', r'\1\1\\"', word)
    return f'"{inside}{inside[len(inside.rstrip(chr(92))) :]}"'


def powershell(word: str) -> str:
    """Return a word for PowerShell, as the argument of a program.

    Before version 7.3, PowerShell hands a quote on only where a backslash stands before it.
    """
    if _PLAIN.fullmatch(word):
        return word
    return "'" + word.replace("'", "''").replace('"', '\\"') + "'"


def openssh(path: str, *, tokens: bool = False) -> str:
    """Return a path as a value in ``ssh_config`` or ``sshd_config``.

    Parameters
    ----------
    path
        Without quotes and backslashes, which older versions cannot read in any form.
    tokens
        Whether the keyword expands ``%h`` and the like; a ``%`` is then written twice.
    """
    value = path.replace("%", "%%") if tokens else path
    return value if _PLAIN.fullmatch(value) else f'"{value}"'
