"""Names that pages give: which of them may be files here, and what is made of them."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import PurePosixPath

_NAME_MAX = 255  # bytes, of Linux's file systems
_DEPTH_MAX = 100
_PARTIAL = re.compile(r"\.colabwidget-[0-9a-f]{24}\.part")


class RefusedError(Exception):
    """What a page asks for is not done.

    Parameters
    ----------
    code
        Names the reason to the page.
    reason
        More of it, for people.
    details
        Further fields of the answer.
    """

    def __init__(self, code: str, reason: str = "", **details: int | str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.details = details


def checked(path: object) -> tuple[str, ...]:
    """Return the names on the way to a file or folder; empty for the folder where it begins.

    Raises
    ------
    RefusedError
        ``name`` where one could lead elsewhere, or where no file can be called so.
    """
    if not isinstance(path, list) or len(path) > _DEPTH_MAX:
        raise RefusedError("name", "It is no path.")
    for name in path:
        if not isinstance(name, str) or name in ("", ".", "..") or "/" in name or "\0" in name:
            raise RefusedError("name", "No file can have this name.")
        try:
            length = len(os.fsencode(name))
        except UnicodeEncodeError:
            raise RefusedError("name", "The name is no text.") from None
        if length > _NAME_MAX:
            raise RefusedError("name", f"The name is longer than {_NAME_MAX} bytes.")
    return tuple(path)


def partial(name: str, size: int, modified: int) -> str:
    """Return the hidden name of a file that is on its way.

    The same file has the same name again, so that it is found again by a page that was loaded anew.
    """
    told = f"{size} {modified} ".encode() + os.fsencode(name)
    return f".colabwidget-{hashlib.sha256(told).hexdigest()[:24]}.part"


def is_partial(name: str) -> bool:
    """Tell whether a name is one that `partial` gives."""
    return _PARTIAL.fullmatch(name) is not None


def numbered(name: str, number: int) -> str:
    """Return the name of a file that is kept beside others: ``a (1).txt``."""
    path = PurePosixPath(name)
    # What begins with a dot has no ending of its own.
    ending = "".join(path.suffixes[-2:]) if path.suffixes[-2:-1] == [".tar"] else path.suffix
    stem, mark = name[: len(name) - len(ending)], f" ({number})"
    while stem and len(os.fsencode(stem + mark + ending)) > _NAME_MAX:
        stem = stem[:-1]
    return f"{stem}{mark}{ending}"


def shown(name: str) -> str:
    """Return a name as UTF-8 has it: bytes that are no text are replaced."""
    return os.fsencode(name).decode(errors="replace")
