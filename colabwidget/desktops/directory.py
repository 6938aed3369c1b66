"""The private directory of a desktop, which is its account's."""

from __future__ import annotations

from pathlib import Path

from colabwidget.access.account import Account
from colabwidget.access.mounts import unmount_below
from colabwidget.runtime.as_owner import remove_tree
from colabwidget.runtime.journal import Journal
from colabwidget.system import paths
from colabwidget.system.files import ensure_private
from colabwidget.system.rights import is_root


def of(name: str) -> Path:
    """Return the place of the one that belongs to the account of that name."""
    # root's runtime directory is closed to the account, so this one is beside it.
    base = Path("/run") if is_root() else paths.runtime_directory()
    return base / f"colabwidget-{name}"


async def new(account: Account, journal: Journal) -> Path:
    """Make an empty one, yet to be given to the account."""
    directory = of(account.name)
    await remove(directory, journal)
    return ensure_private(directory)


async def remove(directory: Path, journal: Journal) -> None:
    """Remove one with all files, and what the account has mounted among them."""
    if is_root():
        await unmount_below(directory, journal)
    await remove_tree(directory)
