"""A program of the desktop's account that writes pictures to a pipe."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import signal
from collections.abc import Mapping, Sequence

from colabwidget.access.account import as_account
from colabwidget.desktops.damage import Screen
from colabwidget.runtime import process
from colabwidget.runtime.process import Closable

_SMALL = 16 * 1024  # bytes that are held before the program has to wait
_END_GRACE = 0.2  # seconds
_MANY_PROCESSORS = 3
_RATE, _RATE_OF_MANY = 30, 60


class EncoderFailed(Exception):
    """The program has ended, or does not write what was asked for."""


class EncoderProgram:
    """That program, and what it writes."""

    def __init__(
        self, child: process.Child, pictures: asyncio.StreamReader, pipe: Closable, orders: int
    ) -> None:
        self._child = child
        self._pictures = pictures
        self._pipe = pipe
        self._orders = orders
        self._is_frozen = False
        self._said = asyncio.ensure_future(_last_words(child))

    @classmethod
    async def start(
        cls, screen: Screen, command: Sequence[str], environment: Mapping[str, str]
    ) -> EncoderProgram:
        """Start it as the account of a display.

        Parameters
        ----------
        screen
            The display.
        command
            The command line.
        environment
            Additions to a plain environment and to the file with the display's key.

        Raises
        ------
        EncoderFailed
            Where it cannot be started.
        """
        loop = asyncio.get_running_loop()
        with contextlib.ExitStack() as theirs, contextlib.ExitStack() as ours:
            read, write = os.pipe()
            theirs.callback(os.close, write)
            with contextlib.suppress(OSError):
                fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, _SMALL)
            reader = asyncio.StreamReader(limit=_SMALL // 2)
            pipe, _ = await loop.connect_read_pipe(
                lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(read, "rb", buffering=0)
            )
            ours.callback(pipe.close)
            stdin, orders = os.pipe()
            theirs.callback(os.close, stdin)
            ours.callback(os.close, orders)
            os.set_blocking(orders, False)
            try:
                child = await process.start(
                    as_account(screen.account, command),
                    environment={"XAUTHORITY": str(screen.authority), **environment},
                    stdin=stdin,
                    stdout=write,
                )
            except OSError as error:
                raise EncoderFailed(str(error)) from error
            ours.pop_all()
        return cls(child, reader, pipe, orders)

    async def read(self) -> bytes:
        """Return what it has written next.

        Raises
        ------
        EncoderFailed
            At its end, with what it said last.
        """
        try:
            if data := await self._pictures.read(_SMALL):
                return data
        except OSError as error:
            raise EncoderFailed(str(error)) from error
        await asyncio.wait({self._said}, timeout=_END_GRACE)
        raise EncoderFailed((self._said.done() and self._said.result()) or "it has ended")

    def order(self, line: str) -> None:
        """Write a line to its standard input.

        Raises
        ------
        EncoderFailed
            Where it does not take it.
        """
        try:
            os.write(self._orders, f"{line}\n".encode())
        except OSError as error:
            raise EncoderFailed(str(error)) from error

    def freeze(self) -> None:
        """Have it do nothing until `thaw`."""
        self._is_frozen = True
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        if self._is_frozen:
            self._is_frozen = False
            self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it now; `read` then says so."""
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        if self._child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._child.pid, number)

    async def close(self) -> None:
        """End it, and give back its pipes."""
        self._pipe.close()
        os.close(self._orders)
        self._said.cancel()
        self.thaw()
        await process.stop(self._child, _END_GRACE)
        self._child.close()


def picture_rate() -> int:
    """Return how many pictures a second this machine encodes and has time for all else."""
    many = len(os.sched_getaffinity(0)) >= _MANY_PROCESSORS
    return _RATE_OF_MANY if many else _RATE


async def _last_words(child: process.Child) -> str:
    last = ""
    async for line in process.lines_of(child, None):
        last = line or last
    return last
