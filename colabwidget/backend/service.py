"""A service: a child that runs until it is stopped, and that somebody watches."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

from colabwidget.backend import process
from colabwidget.backend.journal import Journal

_LAST_LINES = 20


class Service:
    """One child, what it says, and its end.

    Parameters
    ----------
    title
        For people: ``"the SSH server"``.
    prefix
        Before its lines in the journal: ``"sshd"``.
    journal
        Where its lines go.
    """

    def __init__(self, title: str, prefix: str, journal: Journal) -> None:
        self._title = title
        self._prefix = prefix
        self._journal = journal
        self._process: process.Child | None = None
        self._reader: asyncio.Task[None] | None = None
        self._said: list[str] = []

    async def broken(self) -> str:
        """Return, once it has ended, what happened."""
        assert self._process
        return f"{self._title} ended with status {await self._process.wait()}"

    def running(self) -> bool:
        """Tell whether it runs."""
        return self._process is not None and self._process.returncode is None

    async def launch(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        on_line: Callable[[str], None] = lambda line: None,
    ) -> process.Child:
        """Start the child, and write down what it says."""
        self._said = []
        self._process = child = await process.start(command, environment=environment)
        self._reader = asyncio.ensure_future(self._read(child, on_line))
        return child

    async def end(self, grace: float) -> None:
        """End the child, if it runs: SIGTERM, after some seconds SIGKILL."""
        if self._process:
            await process.end(self._process, grace)
        if self._reader:
            await asyncio.wait({self._reader}, timeout=0.1)
            self._reader.cancel()
        if self._process:
            self._process.hang_up()

    def last_words(self, otherwise: str) -> str:
        """Return the last line that it has said, or a sentence for one that said nothing."""
        return self._said[-1][:200] if self._said else otherwise

    async def _read(self, child: process.Child, on_line: Callable[[str], None]) -> None:
        async for line in process.lines_of(child, self._journal):
            if line.strip():
                self._said = [*self._said[1 - _LAST_LINES :], line.strip()]
                self._journal.add(f"{self._prefix}: {line}")
                on_line(line)
