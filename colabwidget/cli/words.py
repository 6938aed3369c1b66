"""What the commands print and read alike."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TextIO

from colabwidget.core import public_keys
from colabwidget.core.errors import ErrorInfo
from colabwidget.core.printable import spelled_out
from colabwidget.system.key_files import read_key_file


def say(text: str, file: TextIO | None = None) -> None:
    """Print a text that may be of any origin: it steers no terminal."""
    print(spelled_out(text), file=file)


def explain(info: ErrorInfo) -> None:
    """Print an error on stderr, with what else can be done."""
    for line in (info["title"], info["cause"], info["remedy"], info["copy"], info["link"]):
        if line:
            say(line, file=sys.stderr)
    for offer in info["offers"]:
        words = [f"--{name.replace('_', '-')} {value}" for name, value in offer["options"].items()]
        say(f"{offer['title']}: {' '.join(words)}", file=sys.stderr)


def lasting(seconds: float) -> str:
    """Return a time as far as one needs to know it: 40 s, 12 min, 3 h 5 min."""
    hours, minutes = divmod(int(seconds) // 60, 60)
    if not hours and not minutes:
        return f"{int(seconds)} s"
    return " ".join(
        filter(None, (f"{hours} h" if hours else "", f"{minutes} min" if minutes else ""))
    )


def keys_given(given: str) -> str:
    """Return the keys that an argument gives; any other text is the path of a file."""
    if public_keys.is_inline(given):
        return given
    return "\n".join(read_key_file(Path(given)))
