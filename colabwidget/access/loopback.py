"""The way that a client takes into a tunnel, tried from this machine."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence

from colabwidget.core.endpoint import Endpoint
from colabwidget.runtime import process
from colabwidget.runtime.pump import pump

_WORDS_MAX = 4_096  # bytes of what a program prints for people
_LAST_WORDS = 0.5  # seconds that they may come after its end


@contextlib.asynccontextmanager
async def through_tunnel(
    endpoint: Endpoint,
    command: Sequence[str],
    on_words: Callable[[str], None] = lambda words: None,
) -> AsyncIterator[tuple[str, int]]:
    """Give the host and port at which this machine comes in as a client would.

    Parameters
    ----------
    endpoint
        What the tunnel gives to clients.
    command
        The program that carries a client's connection on its stdin and stdout, as OpenSSH's
        ``ProxyCommand``; empty where a client connects to the endpoint itself. Each connection
        to the port that is given has a program of its own; all end with the context.
    on_words
        Gets the last line that a program has said to people, once it has ended.
    """
    if not command:
        yield endpoint.host, endpoint.port
        return
    carried: set[asyncio.Task[None]] = set()

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        carried.add(task)
        try:
            await _carry(command, reader, writer, on_words)
        except asyncio.CancelledError:
            pass  # the context has ended
        finally:
            writer.close()
            carried.discard(task)

    server = await asyncio.start_server(carry, "127.0.0.1", 0)
    try:
        yield "127.0.0.1", server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in carried.copy():
            task.cancel()
        if carried:
            await asyncio.wait(carried, timeout=2.0)


async def _carry(
    command: Sequence[str],
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    on_words: Callable[[str], None],
) -> None:
    child = await process.pipe(command)
    assert child.stdin and child.stdout and child.stderr
    words = asyncio.ensure_future(_last_line(child.stderr))
    inwards = asyncio.ensure_future(pump(reader, child.stdin))
    try:
        await pump(child.stdout, writer)
        await process.kill_piped(child)
        await asyncio.wait({words}, timeout=_LAST_WORDS)
        if words.done() and (said := words.result()):
            on_words(said)
    finally:
        inwards.cancel()
        words.cancel()
        await process.close_piped(child)


async def _last_line(stream: asyncio.StreamReader) -> str:
    """Return the last line of a stream that is not empty."""
    end = b""
    while data := await stream.read(_WORDS_MAX):
        end = (end + data)[-_WORDS_MAX:]
    lines = [line.strip() for line in end.decode(errors="replace").splitlines()]
    return next((line for line in reversed(lines) if line), "")
