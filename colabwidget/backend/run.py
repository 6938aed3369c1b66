"""The backend's life: one for a machine and user, from its lock to its last file."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

from colabwidget import paths
from colabwidget.backend import account, desktop, keeper
from colabwidget.backend.connection import OPENED
from colabwidget.backend.journal import Journal, JournalHandler
from colabwidget.backend.server import IDLE_LIMIT, Server
from colabwidget.credentials import Redactor

_ENDING_MAX = 20.0  # seconds


def run(ready: Callable[[], None]) -> None:
    """Serve until nobody needs it; return at once where a backend runs already.

    Parameters
    ----------
    ready
        Called once the backend can be asked.

    Raises
    ------
    ColabWidgetError
        ``runtime_directory``.
    """
    directory = paths.ensure_private(paths.runtime_directory())
    with (directory / "lock").open("w") as lock:
        if not _only_one(lock):
            ready()
            return
        # For the children: useradd and dpkg go by it. Our own files name their mode.
        os.umask(0o022)
        keeper.become_subreaper()
        asyncio.run(_serve(directory, ready))


def _only_one(lock: IO[str]) -> bool:
    """Hold the lock, or tell that another backend serves.

    One that is just ending has removed its socket already, and is waited for.
    """
    deadline = time.monotonic() + _ENDING_MAX
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if paths.socket_path().exists() or time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        else:
            return True


async def _clear_up(files: Path, journal: Journal) -> None:
    """Take back what a backend that was killed has left open."""
    opened = files / OPENED
    if opened.exists():
        desktop.take_back(files, opened.read_text())
        await account.lock(opened.read_text(), journal)
    for left in files.iterdir():
        left.unlink()


async def _serve(directory: Path, ready: Callable[[], None]) -> None:
    files = paths.ensure_private(directory / "session")
    journal = Journal(directory / "journal.log", Redactor())
    await _clear_up(files, journal)
    logging.basicConfig(level=logging.WARNING, handlers=[JournalHandler(journal)])
    limit = float(os.environ.get("COLABWIDGET_IDLE_LIMIT", IDLE_LIMIT))
    server = Server(journal, files, limit)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.stop)
    loop.set_exception_handler(
        lambda _, context: journal.add(f"Unexpected: {context.get('exception') or context}")
    )
    try:
        await server.run(paths.socket_path(), ready)
    finally:
        journal.close()
        with contextlib.suppress(OSError):
            files.rmdir()
