"""Bytes between two connections: all of them, in order, with no more held than a limit."""

from __future__ import annotations

import asyncio
import os
import socket
import tracemalloc
from collections.abc import Awaitable, Callable

import pytest

from colabwidget.runtime.pipe import Stream, join

SIZE = 8 << 20


async def connection() -> tuple[Stream, Stream]:
    """Both ends of a connection; the first is the one to join."""
    ours, theirs = socket.socketpair()
    joined = await asyncio.open_unix_connection(sock=ours, limit=65_536)
    return joined, await asyncio.open_unix_connection(sock=theirs)


def run(work: Callable[[], Awaitable[None]]) -> None:
    async def limited() -> None:
        await asyncio.wait_for(work(), 20)

    asyncio.run(limited())


def hang_up(*streams: Stream) -> None:
    for _, writer in streams:
        writer.close()


def test_bytes_pass_both_ways_what_was_held_first() -> None:
    async def work() -> None:
        one, viewer = await connection()
        other, desktop = await connection()
        sent = os.urandom(SIZE)
        viewer[1].write(b"early ")
        assert await one[0].read(2) == b"ea"
        desktop[1].write(b"picture ")
        await asyncio.sleep(0.01)
        joined = asyncio.ensure_future(join(one, other, bytes.upper))
        viewer[1].write(b"late")
        assert await desktop[0].readexactly(8) == b"RLY LATE"
        desktop[1].write(sent)
        assert await viewer[0].readexactly(8 + SIZE) == b"picture " + sent
        hang_up(viewer)
        await joined
        hang_up(one, other, desktop)

    run(work)


@pytest.mark.parametrize("first_hangs_up", [True, False])
@pytest.mark.parametrize("before", [True, False])
def test_it_ends_with_either_also_one_that_had_ended(first_hangs_up: bool, before: bool) -> None:
    async def work() -> None:
        one, viewer = await connection()
        other, desktop = await connection()
        left, stays, its_end = (
            (viewer, desktop, other) if first_hangs_up else (desktop, viewer, one)
        )
        if not before:
            joined = asyncio.ensure_future(join(one, other))
            await asyncio.sleep(0.01)
        left[1].write(b"last words")
        left[1].write_eof()
        if before:
            await asyncio.sleep(0.01)
            joined = asyncio.ensure_future(join(one, other))
        await joined
        hang_up(its_end)  # flushes
        assert await stays[0].read() == b"last words"
        hang_up(one, other, viewer, desktop)

    run(work)


@pytest.mark.parametrize("forward", [True, False])
def test_an_end_that_does_not_read_is_not_read_for(forward: bool) -> None:
    async def work() -> None:
        one, viewer = await connection()
        other, desktop = await connection()
        joined = asyncio.ensure_future(join(one, other))
        sender, receiver = (viewer, desktop) if forward else (desktop, viewer)
        data = bytes(SIZE)
        await asyncio.sleep(0.01)
        tracemalloc.start()
        sender[1].write(data)
        await asyncio.sleep(0.05)
        held = tracemalloc.get_traced_memory()[0] - _in(sender)
        tracemalloc.stop()
        assert held < 3 << 20
        assert len(await receiver[0].readexactly(SIZE)) == SIZE
        hang_up(sender)
        await joined
        hang_up(one, other, receiver)

    run(work)


def _in(stream: Stream) -> int:
    """What a writer has not sent yet, which tracemalloc may count."""
    return int(stream[1].transport.get_write_buffer_size())


def test_what_is_refused_ends_it_and_no_later_byte_passes() -> None:
    def refuse(data: bytes) -> bytes:
        if b"bad" in data:
            raise ValueError("bad")
        return data

    async def work() -> None:
        one, viewer = await connection()
        other, desktop = await connection()
        joined = asyncio.ensure_future(join(one, other, refuse))
        await asyncio.sleep(0.01)
        viewer[1].write(b"good")
        assert await desktop[0].readexactly(4) == b"good"
        viewer[1].write(b"bad")
        with pytest.raises(ValueError, match="bad"):
            await joined
        viewer[1].write(b"good")
        await asyncio.sleep(0.01)
        hang_up(one, other)
        assert await desktop[0].read() == b""
        hang_up(viewer, desktop)

    run(work)


def test_bad_words_that_were_held_are_refused_too() -> None:
    def refuse(data: bytes) -> bytes:
        raise ValueError(data)

    async def work() -> None:
        one, viewer = await connection()
        other, desktop = await connection()
        viewer[1].write(b"bad")
        await asyncio.sleep(0.01)
        with pytest.raises(ValueError, match="bad"):
            await join(one, other, refuse)
        hang_up(one, other)
        assert await desktop[0].read() == b""
        hang_up(viewer, desktop)

    run(work)


def test_what_belongs_together_is_passed_on_together() -> None:
    async def work() -> None:
        one, viewer = await connection()
        other, desktop = await connection()
        joined = asyncio.ensure_future(join(one, other, is_whole=lambda data: data.endswith(b".")))
        await asyncio.sleep(0.01)
        for part in (b"a ", b"pic", b"ture."):
            desktop[1].write(part)
            await asyncio.sleep(0.001)
        assert await viewer[0].read(100) == b"a picture."
        # What lasts too long, or is too much, is passed on as it is, and so is what comes last.
        desktop[1].write(b"half")
        assert await viewer[0].read(100) == b"half"
        desktop[1].write(bytes(SIZE))
        assert len(await viewer[0].readexactly(SIZE)) == SIZE
        desktop[1].write(b"end")
        desktop[1].close()
        await joined
        hang_up(one)
        assert await viewer[0].read() == b"end"
        hang_up(other, viewer)

    run(work)
