"""What sessions leave on a machine where a test, or a demo, did not end them."""

from __future__ import annotations

import pwd
from pathlib import Path

PLACES = (Path("/run"), Path("/var/lib"))
#: How names of accounts begin that tests make, and that a session makes for guests.
ACCOUNTS = ("cw", "guest-")


def leftovers(places: tuple[Path, ...] = PLACES) -> set[str]:
    """Return folders of sessions that are this machine's, and accounts of tests and guests."""
    folders = {str(path) for place in places for path in place.glob("colabwidget*")}
    accounts = {f"account {name}" for name in map(_name, pwd.getpwall()) if _is_ours(name)}
    return folders | accounts


def _name(entry: pwd.struct_passwd) -> str:
    return entry.pw_name


def _is_ours(name: str) -> bool:
    return name.startswith(ACCOUNTS)
