"""Programs that the backend starts: each has an owner here that ends it."""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from colabwidget.runtime import oom
from colabwidget.runtime.journal import Journal
from colabwidget.system import subreaper

_READ = 65_536
_UNENDED_LINE_MAX = 262_144
_LAST_WORDS = 0.5  # seconds that output may come after the end of a program

# What a program of the system needs to run; nothing of the notebook's environment.
_PLAIN = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LANG": "C.UTF-8",
    "LC_ALL": "C.UTF-8",
    "HOME": str(Path.home()),
} | {
    name: os.environ[name]
    for name in ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
    if name in os.environ
}

# Children that somebody here waits for; every other child of ours is an orphan taken in.
_owned: set[int] = set()
# Of these, the ones that belong to no session, and outlive its end.
_apart: set[int] = set()

LineReader = Callable[[str], None]


def tied_to_us(arguments: Sequence[str]) -> list[str]:
    """Return a command line whose program is killed when the backend dies.

    PR_SET_PDEATHSIG counts from the thread that starts the program, so it must be one that
    lives as long as the backend.
    """
    return ["setpriv", "--pdeathsig", "KILL", "--", *arguments]


def kept(arguments: Sequence[str]) -> list[str]:
    """Return a command line whose program leaves nothing behind, however it or we end."""
    return [sys.executable, "-I", "-S", subreaper.__file__, str(os.getpid()), *arguments]


class Closable(Protocol):
    """What can be closed."""

    def close(self) -> None:
        """Close it."""


class Child:
    """A program that was started, and what it prints.

    asyncio's own pipes are not used for its output: with them, `wait` would also wait for
    every process that the child has left behind with the pipe in its hands.
    """

    def __init__(
        self, process: asyncio.subprocess.Process, output: asyncio.StreamReader, pipe: Closable
    ) -> None:
        self._process = process
        self._pipe = pipe
        self.output = output
        self.pid = process.pid
        _owned.add(process.pid)

    @property
    def returncode(self) -> int | None:
        """Exit status; ``None`` while it runs."""
        return self._process.returncode

    async def wait(self) -> int:
        """Return its exit status once it has ended."""
        status = await self._process.wait()
        _owned.discard(self.pid)
        return status

    def tell(self, text: str) -> None:
        """Give it all that it will read."""
        assert self._process.stdin
        self._process.stdin.write(text.encode())
        self._process.stdin.close()

    def hang_up(self) -> None:
        """Read no more of its output."""
        self._pipe.close()


async def start(
    arguments: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    stdin: int = asyncio.subprocess.DEVNULL,
    pass_fds: Sequence[int] = (),
    spared: bool = False,
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
    pass_fds
        Descriptors that it inherits.
    spared
        It is as dear as the backend itself when memory runs out; see `oom`.
    """
    arguments = arguments if spared else oom.as_before(arguments)
    reader, writer = os.pipe()
    output = asyncio.StreamReader(limit=_READ)
    pipe, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(output), os.fdopen(reader, "rb", buffering=0)
    )
    try:
        process = await asyncio.create_subprocess_exec(
            *tied_to_us(arguments),
            stdin=stdin,
            stdout=writer,
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


async def pipe(arguments: Sequence[str]) -> asyncio.subprocess.Process:
    """Start a program whose three streams are the caller's to pump, and its to end."""
    process = await asyncio.create_subprocess_exec(
        *tied_to_us(oom.as_before(arguments)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=_PLAIN,
        start_new_session=True,
        cwd="/",
    )
    _owned.add(process.pid)
    return process


async def run(
    arguments: Sequence[str],
    journal: Journal | None,
    *,
    text: str = "",
    environment: Mapping[str, str] | None = None,
    pass_fds: Sequence[int] = (),
    on_line: LineReader = lambda line: None,
    grace: float = 5.0,
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
        Gets each line as well.
    grace
        Seconds that it has to end after SIGTERM when the caller is cancelled; then SIGKILL.
    """
    pipe = asyncio.subprocess.PIPE if text else asyncio.subprocess.DEVNULL
    child = await start(arguments, environment=environment, stdin=pipe, pass_fds=pass_fds)

    async def listen() -> None:
        async for line in lines_of(child, journal):
            if journal:
                journal.add(line)
            on_line(line)

    listener = asyncio.ensure_future(listen())
    try:
        if text:
            child.tell(text)
        status = await child.wait()
        # What it has left running may hold the pipe open for ever.
        await asyncio.wait({listener}, timeout=_LAST_WORDS)
        return status
    finally:
        await end(child, grace)
        listener.cancel()
        child.hang_up()


async def output(
    arguments: Sequence[str],
    timeout: float = 10.0,
    *,
    environment: Mapping[str, str] | None = None,
) -> tuple[int, str]:
    """Run a program and return its exit status and what it printed; -1 when it was too slow."""
    collected: list[str] = []
    work = run(arguments, None, environment=environment, on_line=collected.append, grace=0.5)
    try:
        status = await asyncio.wait_for(work, timeout)
    except asyncio.TimeoutError:
        status = -1
    return status, "\n".join(collected)


async def lines_of(child: Child, journal: Journal | None) -> AsyncIterator[str]:
    """Give what a program prints, line by line, however its writes were cut.

    A line that does not end is given in pieces, none of which ends inside a secret.
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


async def end(child: Child, grace: float = 5.0) -> None:
    """End a program and its process group: SIGTERM, then SIGKILL."""
    if child.returncode is not None:
        return
    try:
        await _end_leader(child, grace)
    finally:
        # Others of its group may have been deaf to the first signal.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)


async def _end_leader(child: Child, grace: float) -> None:
    for number, seconds in ((signal.SIGTERM, grace), (signal.SIGKILL, 5.0)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, number)
        try:
            await asyncio.wait_for(asyncio.shield(child.wait()), seconds)
            return
        except asyncio.TimeoutError:
            continue


def descendants(root: int | None = None) -> set[int]:
    """Return the numbers of all processes below one (ourselves), orphans taken in included."""
    return subreaper.descendants(root or os.getpid())


async def end_descendants(kept: set[int], grace: float = 1.0) -> None:
    """End every process below us but the kept ones, those of no session, and what is theirs."""
    spared = kept | _apart
    for pid in kept | _apart:
        spared |= descendants(pid)
    deadline = asyncio.get_running_loop().time() + grace
    number = signal.SIGTERM
    while remaining := {pid for pid in descendants() - spared if not _reaped(pid)}:
        for pid in remaining:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)
        if asyncio.get_running_loop().time() > deadline:
            if number == signal.SIGKILL:
                return
            number, deadline = signal.SIGKILL, deadline + 2.0
        await asyncio.sleep(0.02)


def disown(pid: int) -> None:
    """Say that nobody waits for this child any more: it has been waited for."""
    _owned.discard(pid)
    _apart.discard(pid)


def own(pid: int, *, apart: bool = False) -> None:
    """Say that somebody waits for this child: it is then not taken for an orphan.

    Parameters
    ----------
    pid
        Its number.
    apart
        It belongs to no session, and does not end with one.
    """
    _owned.add(pid)
    if apart:
        _apart.add(pid)


def reap_orphans() -> None:
    """Take in the exit status of orphans that have ended."""
    while True:
        try:
            ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return
        if ended is None or ended.si_pid in _owned:
            return
        _reaped(ended.si_pid)


def _reaped(pid: int) -> bool:
    """Take in the exit status of an orphan that has ended."""
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        return not Path(f"/proc/{pid}").exists()
