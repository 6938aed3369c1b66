"""Words of a command line, written as the shells of people's computers read them."""

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
