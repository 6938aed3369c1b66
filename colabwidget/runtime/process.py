"""Programs that the backend starts, what they print, and their end.

Three words for an end, here and in every other room:

``kill``
    SIGKILL now: for a process that hangs, or must not run a moment longer.
``stop``
    Ask it to end (SIGTERM), wait for so many seconds, then kill it and its process group.
``close``
    Give back what an object holds: pipes, sockets, files, mounts, and the child that it has
    started, which it stops.
"""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Protocol

from colabwidget.core.plain_environment import PLAIN
from colabwidget.core.printable import left_standing
from colabwidget.runtime import children, oom
from colabwidget.runtime.journal import Journal
from colabwidget.system import subreaper
from colabwidget.system.accounts import home

_READ = 65_536
_UNENDED_LINE_MAX = 262_144
_OUTPUT_AFTER_END = 0.5  # seconds

# All that a program of the system needs; the notebook's own environment may hold secrets. What
# reaches the network gets more: see `colabwidget.runtime.work_environment`.
_PLAIN = {**PLAIN, "HOME": str(home())}

LineReader = Callable[[str], None]


def die_with_backend(arguments: Sequence[str]) -> list[str]:
    """Return a command line whose program is killed when the backend dies.

    PR_SET_PDEATHSIG (prctl(2)) acts when the thread that has started the program ends, so that
    thread must live as long as the backend.
    """
    return ["setpriv", "--pdeathsig", "KILL", "--", *arguments]


def python_libraries() -> dict[str, str]:
    """Return the variable by which Python's own libraries are found, where it is needed."""
    libraries = os.environ.get(subreaper.LIBRARIES)
    return {subreaper.LIBRARIES: libraries} if libraries else {}


def with_subreaper(arguments: Sequence[str]) -> list[str]:
    """Return a command line whose program leaves no process behind, however it or we end."""
    script = [sys.executable, "-I", "-S", subreaper.__file__, str(os.getpid()), *arguments]
    if libraries := python_libraries():
        return ["sh", "-c", subreaper.WITH_LIBRARIES, libraries[subreaper.LIBRARIES], *script]
    return script


class Closable(Protocol):
    """A transport, of which only its end matters here."""

    def close(self) -> None:
        """Close the pipe."""


class Child:
    """A program that was started, and what it prints.

    asyncio's own pipes are not used for its output: with them, `wait` would also wait for every
    process that the child has left behind and that still holds the pipe.
    """

    def __init__(
        self, process: asyncio.subprocess.Process, output: asyncio.StreamReader, pipe: Closable
    ) -> None:
        self._process = process
        self._pipe = pipe
        self.output = output
        self.pid = process.pid
        children.register(process.pid)

    @property
    def returncode(self) -> int | None:
        """Exit status; ``None`` while it runs."""
        return self._process.returncode

    async def wait(self) -> int:
        """Return its exit status once it has ended."""
        status = await self._process.wait()
        children.unregister(self.pid)
        return status

    def send_input(self, text: str) -> None:
        """Write its whole standard input, and end it."""
        assert self._process.stdin
        self._process.stdin.write(text.encode())
        self._process.stdin.close()

    def close(self) -> None:
        """Give back the pipe: its output is read no more."""
        self._pipe.close()


async def start(
    arguments: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    stdin: int = asyncio.subprocess.DEVNULL,
    stdout: int | None = None,
    pass_fds: Sequence[int] = (),
    oom_protected: bool = False,
    writes_are_lines: bool = False,
) -> Child:
    """Start a program in a process group of its own, its output and errors in one pipe.

    Parameters
    ----------
    arguments
        The command line; never a secret in it.
    environment
        Additions to a plain environment.
    stdin
        As asyncio's.
    stdout
        A descriptor that gets its output; ``None`` for the pipe that gets its errors.
    pass_fds
        Descriptors that it inherits.
    oom_protected
        Whether it keeps the backend's own protection when memory runs out; see `oom`.
    writes_are_lines
        Whether each of its writes is one line, as sshd's are: a line end inside is spelled out.
    """
    arguments = arguments if oom_protected else oom.with_original_score(arguments)
    reader, writer = _packets() if writes_are_lines else os.pipe()
    output = asyncio.StreamReader(limit=_READ)
    protocol = _LineAWrite if writes_are_lines else asyncio.StreamReaderProtocol
    pipe, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: protocol(output), os.fdopen(reader, "rb", buffering=0)
    )
    try:
        process = await asyncio.create_subprocess_exec(
            *die_with_backend(arguments),
            stdin=stdin,
            stdout=writer if stdout is None else stdout,
            stderr=writer,
            env={**_PLAIN, **(environment or {})},
            pass_fds=pass_fds,
            start_new_session=True,
            cwd="/",
        )
    except BaseException:
        pipe.close()
        raise
    finally:
        os.close(writer)
    return Child(process, output, pipe)


def _packets() -> tuple[int, int]:
    """Return two ends of a connection on which each write is read by itself."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    return ours.detach(), theirs.detach()


class _LineAWrite(asyncio.StreamReaderProtocol):
    """Gives each write as one line, whatever line ends are in it."""

    def data_received(self, data: bytes) -> None:
        super().data_received(data.rstrip(b"\r\n").replace(b"\n", b"\\n") + b"\n")


async def pipe(arguments: Sequence[str]) -> asyncio.subprocess.Process:
    """Start a program whose streams the caller reads and writes, and which the caller ends."""
    process = await asyncio.create_subprocess_exec(
        *die_with_backend(oom.with_original_score(arguments)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=_PLAIN,
        start_new_session=True,
        cwd="/",
    )
    children.register(process.pid)
    return process


async def kill_piped(process: asyncio.subprocess.Process) -> None:
    """Kill a program that `pipe` has started, unless it has ended; its output can still be read."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    await process.wait()
    children.unregister(process.pid)


async def close_piped(process: asyncio.subprocess.Process) -> None:
    """Kill a program that `pipe` has started, unless it has ended, and close its streams."""
    try:
        await kill_piped(process)
    finally:
        # asyncio closes it in a later turn of its loop, which may never come.
        process._transport.close()  # type: ignore[attr-defined]


async def run(
    arguments: Sequence[str],
    journal: Journal | None,
    *,
    text: str = "",
    environment: Mapping[str, str] | None = None,
    pass_fds: Sequence[int] = (),
    on_line: LineReader = lambda line: None,
    grace: float = 5.0,
    outlives_session: bool = False,
) -> int:
    """Run a program to its end and return its exit status.

    Parameters
    ----------
    arguments
        The command line; never a secret in it.
    journal
        Where its lines go; ``None`` for nowhere.
    text
        What it reads on its standard input.
    environment
        Additions to a plain environment.
    pass_fds
        Descriptors that it inherits.
    on_line
        Gets each line, too.
    grace
        Seconds between SIGTERM and SIGKILL when the caller is cancelled.
    outlives_session
        Whether the end of a session leaves it to the caller.
    """
    pipe = asyncio.subprocess.PIPE if text else asyncio.subprocess.DEVNULL
    child = await start(arguments, environment=environment, stdin=pipe, pass_fds=pass_fds)
    if outlives_session:
        children.register(child.pid, outlives_session=True)

    async def listen() -> None:
        async for line in lines_of(child, journal):
            if journal:
                journal.add(left_standing(line))
            on_line(line)

    listener = asyncio.ensure_future(listen())
    try:
        if text:
            child.send_input(text)
        status = await child.wait()
        # A process that it has left behind may hold the pipe open for ever.
        await asyncio.wait({listener}, timeout=_OUTPUT_AFTER_END)
        return status
    finally:
        await stop(child, grace)
        listener.cancel()
        child.close()


async def output(
    arguments: Sequence[str],
    timeout: float = 10.0,
    *,
    environment: Mapping[str, str] | None = None,
) -> tuple[int, str]:
    """Run a program and return its exit status and what it printed; -1 where it took too long."""
    collected: list[str] = []
    work = run(arguments, None, environment=environment, on_line=collected.append, grace=0.5)
    try:
        status = await asyncio.wait_for(work, timeout)
    except asyncio.TimeoutError:
        status = -1
    return status, "\n".join(collected)


async def lines_of(child: Child, journal: Journal | None) -> AsyncIterator[str]:
    """Yield what a program prints, line by line, however its writes were cut.

    A very long line comes in pieces, none of which ends inside a secret.
    """
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    rest = ""
    while data := await child.output.read(_READ):
        *whole, rest = (rest + decoder.decode(data)).split("\n")
        for line in whole:
            yield line.rstrip("\r")
        if len(rest) > _UNENDED_LINE_MAX:
            kept = journal.redactor.pending(rest) if journal else 0
            yield rest[: len(rest) - kept]
            rest = rest[len(rest) - kept :]
    if rest:
        yield rest


async def stop(child: Child, grace: float = 5.0) -> None:
    """Stop a program and its process group: SIGTERM, after some seconds SIGKILL."""
    if child.returncode is not None:
        return
    try:
        await _stop_leader(child, grace)
    finally:
        # Others of its group may have ignored SIGTERM.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)


async def _stop_leader(child: Child, grace: float) -> None:
    for number, seconds in ((signal.SIGTERM, grace), (signal.SIGKILL, 5.0)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, number)
        try:
            await asyncio.wait_for(asyncio.shield(child.wait()), seconds)
            return
        except asyncio.TimeoutError:
            continue
