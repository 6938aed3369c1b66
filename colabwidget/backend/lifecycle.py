"""The backend's life: one for a machine and user, from its lock to its last file."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import logging
import os
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from colabwidget.backend import state_files
from colabwidget.backend.server import Server
from colabwidget.core import settings
from colabwidget.core.errors import disk_full
from colabwidget.core.secrets import Redactor
from colabwidget.runtime import oom
from colabwidget.runtime.journal import Journal, JournalHandler, time_of_day
from colabwidget.system import guard, paths, subreaper
from colabwidget.system.files import ensure_private

_ENDING_MAX = 25.0  # seconds: longer than the guard of a backend that was killed may take


def run(ready: Callable[[], None]) -> None:
    """Serve until the backend is not needed; return at once where a backend runs already.

    Parameters
    ----------
    ready
        Called once the backend can be asked.

    Raises
    ------
    ColabWidgetError
        ``runtime_directory``, ``disk_full``.
    """
    directory = paths.ensure_runtime_directory()
    guard.become_guarded(str(directory))
    try:
        with _opened(directory / "lock") as lock:
            if not _only_one(lock):
                ready()
                return
            # It has no terminal; a handled signal has its default again in the children.
            signal.signal(signal.SIGHUP, lambda *_: None)
            oom.protect_backend()
            subreaper.become_subreaper()
            asyncio.run(_serve(directory, ready))
    except OSError as error:
        raise disk_full(error) or error from error


def _opened(path: Path) -> IO[str]:
    """Open the lock's file, which is made at the first use."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    return os.fdopen(descriptor, "r+")


def _only_one(lock: IO[str]) -> bool:
    """Hold the lock, or tell that another backend serves.

    A backend that is just ending has removed its socket already; wait for its end.
    """
    deadline = time.monotonic() + _ENDING_MAX
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if _answers(paths.socket_path()) or time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        else:
            return True


def _answers(path: Path) -> bool:
    """Tell whether a process listens on a socket; that of a killed backend stays."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.setblocking(False)
        # EAGAIN: the listen backlog is full, so a process is listening.
        return probe.connect_ex(str(path)) in (0, errno.EAGAIN)


def _tell(journal: Journal, context: dict[str, Any]) -> None:
    """Tell of an exception that nothing has handled."""
    error = context.get("exception")
    # Python 3.12.1 makes one of each client's task that is cancelled at the end.
    if not isinstance(error, asyncio.CancelledError):
        journal.add(f"Unexpected: {error!r}" if error else f"Unexpected: {context}")


async def _serve(directory: Path, ready: Callable[[], None]) -> None:
    files = ensure_private(directory / "session")
    journal = Journal(directory / "journal.log", Redactor(), stamp=time_of_day)
    await state_files.restore_after_crash(files, journal)
    logging.basicConfig(level=logging.WARNING, handlers=[JournalHandler(journal)])
    server = Server(journal, files, settings.IDLE_LIMIT.value())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.request_stop)
    loop.set_exception_handler(lambda _, context: _tell(journal, context))
    try:
        await server.run(paths.socket_path(), ready)
    finally:
        journal.close()
        with contextlib.suppress(OSError):
            files.rmdir()
