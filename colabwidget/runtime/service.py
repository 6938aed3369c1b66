"""A service: a child that runs until it is stopped, and that a supervisor watches."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Mapping, Sequence

from colabwidget.runtime import process
from colabwidget.runtime.journal import Journal
from colabwidget.runtime.throttle import RateLimiter
from colabwidget.system.procfs import resume_if_stopped

_LAST_LINES = 20
_CHECK_EVERY = 5.0  # seconds


class Service:
    """One child process, with its output, its health and its end.

    Parameters
    ----------
    title
        For people: ``"the SSH server"``.
    prefix
        Stands before its lines in the journal: ``"sshd"``.
    gone
        Code of the error for a service that ends again and again.
    journal
        Gets its lines.
    """

    check_every = _CHECK_EVERY

    def __init__(self, title: str, prefix: str, gone: str, journal: Journal) -> None:
        self.title = title
        self.gone = gone
        self._journal = journal
        self._process: process.Child | None = None
        self._reader: asyncio.Task[None] | None = None
        self._said: list[str] = []
        self._limiter = RateLimiter(lambda line: journal.add(f"{prefix}: {line}"))

    async def wait_failed(self) -> str:
        """Wait until it has ended, and return what happened."""
        assert self._process
        return f"{self.title} {_ended(await self._process.wait())}"

    async def health_problem(self) -> str:
        """Return what is wrong with it; a process that a signal has stopped is resumed."""
        if self._process and resume_if_stopped(self._process.pid):
            self._journal.add(f"A stop signal reached {self.title}: it goes on.")
        fault = await self.check()
        return f"{self.title} {fault}" if fault else ""

    async def check(self) -> str:
        """Return what is wrong with it, as the end of a sentence; for subclasses to define."""
        return ""

    async def kill(self) -> None:
        """Kill it, since it hangs."""
        await self.stop(0.0)

    def running(self) -> bool:
        """Tell whether it runs."""
        return self._process is not None and self._process.returncode is None

    @property
    def pids(self) -> set[int]:
        """Its process, while it runs."""
        return {self._process.pid} if self._process and self.running() else set()

    async def launch(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        on_line: Callable[[str], None] = lambda line: None,
        stdin: int = asyncio.subprocess.DEVNULL,
        stdout: int | None = None,
        oom_protected: bool = False,
        writes_are_lines: bool = False,
    ) -> process.Child:
        """Start the child, and write its output to the journal."""
        self._said = []
        self._process = child = await process.start(
            command,
            environment=environment,
            stdin=stdin,
            stdout=stdout,
            oom_protected=oom_protected,
            writes_are_lines=writes_are_lines,
        )
        self._reader = asyncio.ensure_future(self._read(child, on_line))
        return child

    async def stop(self, grace: float) -> None:
        """Stop the child, if it runs: SIGTERM, after some seconds SIGKILL."""
        if self._process:
            await process.stop(self._process, grace)
        if self._reader:
            await asyncio.wait({self._reader}, timeout=0.1)
            self._reader.cancel()
        if self._process:
            self._process.close()

    def last_words(self, otherwise: str) -> str:
        """Return the last line of its output, or another sentence where it has none."""
        return self._said[-1][:200] if self._said else otherwise

    def is_worth_logging(self, line: str) -> bool:
        """Tell whether a line belongs into the journal."""
        return bool(line.strip())

    def is_never_left_out(self, line: str) -> bool:
        """Tell whether a line is logged whatever flood it comes in."""
        return False

    async def _read(self, child: process.Child, on_line: Callable[[str], None]) -> None:
        async for line in process.lines_of(child, self._journal):
            on_line(line)
            if not self.is_worth_logging(line):
                continue
            self._said = [*self._said[1 - _LAST_LINES :], line.strip()]
            self._limiter.add(line, always=self.is_never_left_out(line))


def _ended(status: int) -> str:
    """Return how a process has ended, as the end of a sentence."""
    if status < 0:
        with contextlib.suppress(ValueError):
            return f"was killed by {signal.Signals(-status).name}"
    return f"ended with status {status}"
