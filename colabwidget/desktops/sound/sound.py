"""What of a desktop's sound its session owns: the server, and those that listen."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import Any

from colabwidget.access.account import Account
from colabwidget.core.errors import ColabWidgetError
from colabwidget.desktops.sound import needs
from colabwidget.desktops.sound.recording import record
from colabwidget.desktops.sound.server import SoundServer
from colabwidget.runtime.apt_get import Progress
from colabwidget.runtime.journal import Journal

_LISTENERS_MAX = 4
_TROUBLES_MAX, _TROUBLES_WITHIN = 5, 60.0  # times, seconds
_AGAIN = 0.3  # seconds
_END_MAX = 3.0  # seconds


class Sound:
    """The sound of one desktop; nothing of it runs until a page listens.

    Parameters
    ----------
    account, directory
        Runs its programs, and the desktop's directory, which is the account's.
    journal
        The event log.
    """

    def __init__(self, account: Account, directory: Path, journal: Journal) -> None:
        self._account = account
        self._directory = directory
        self._journal = journal
        self._server = SoundServer(account, directory, journal)
        self._starting = asyncio.Lock()
        self._installing = asyncio.Lock()
        self._listeners: set[asyncio.Task[Any]] = set()

    async def listen(self, may_install: bool, progress: Progress) -> AsyncGenerator[bytes, None]:
        """Yield what `record` does, from now on; what ends is started again.

        The sound server goes on once the last listener has gone, since programs that play lose
        their sound with it.

        Parameters
        ----------
        may_install
            Whether the user has agreed to what that costs.
        progress
            Gets what is going on, and how far it is (0 to 1).

        Raises
        ------
        ColabWidgetError
            As `needs.ensure_installed`; ``sound_failed``, ``sound_too_many``.
        """
        task = asyncio.current_task()
        assert task
        if len(self._listeners) >= _LISTENERS_MAX:
            raise ColabWidgetError("sound_too_many")
        self._listeners.add(task)
        try:
            async with self._installing:
                await needs.ensure_installed(may_install, self._journal, progress)
            troubles: deque[float] = deque(maxlen=_TROUBLES_MAX)
            while True:
                try:
                    await self._ensure_server()
                    recording = record(self._account, self._directory, self._journal)
                    async with aclosing(recording) as packets:
                        async for packet in packets:
                            yield packet
                except ColabWidgetError as error:
                    now = asyncio.get_running_loop().time()
                    troubles.append(now)
                    if len(troubles) == _TROUBLES_MAX and now - troubles[0] < _TROUBLES_WITHIN:
                        raise
                    self._journal.add(f"Starting the sound again: {error.info['cause']}")
                    await asyncio.sleep(_AGAIN)
        finally:
            self._listeners.discard(task)

    async def close(self) -> None:
        """End all that listens, and the sound server."""
        listeners = self._listeners.copy()
        for task in listeners:
            task.cancel()
        if listeners:
            await asyncio.wait(listeners, timeout=_END_MAX)
        await self._server.close()

    async def _ensure_server(self) -> None:
        async with self._starting:
            if not self._server.running():
                await self._server.close()
                await self._server.start()
