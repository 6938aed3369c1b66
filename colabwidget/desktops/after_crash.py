"""What the desktop of a killed backend has left, removed by the next backend."""

from __future__ import annotations

from pathlib import Path

from colabwidget.access.account import is_ours
from colabwidget.desktops import directory, vnc
from colabwidget.desktops.opengl import SYSTEM_FOLDER, remove_wrapper
from colabwidget.desktops.session import remove_leftovers
from colabwidget.runtime.closing import close_in_thread, close_part
from colabwidget.runtime.journal import Journal
from colabwidget.system.rights import is_root


async def restore(files: Path, name: str, journal: Journal) -> None:
    """Remove what the desktop of a killed backend has left.

    Parameters
    ----------
    files
        Private directory of the session.
    name
        The session's account.
    journal
        Gets a line for what could not be removed.
    """
    display = files / vnc.RECORD
    await close_in_thread("the display", lambda: vnc.remove_leftovers(display), journal, 5)
    if is_root():
        remove_wrapper(SYSTEM_FOLDER)
    if is_ours(name):
        await close_part("files of the desktop", remove_leftovers(name), journal, 10)
    folder = directory.remove(directory.of(name), journal)
    await close_part("the desktop's folder", folder, journal, 10)
