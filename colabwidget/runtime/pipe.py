"""Bytes between two connections, both ways, with no buffers but those of the connections.

`runtime.pump` copies them through streams, three times each; here once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

_GATHERED_MAX = 64 * 1024  # bytes
_LARGE = 16 * 1024  # bytes that are worth a packet of their own
_GATHERING = 0.01  # seconds
_HELD_MAX = 256 * 1024  # bytes that an end may hold until the other one is read no more

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Joined:
    """Two connections that are joined, for bytes that neither has said."""

    def __init__(self, from_one: _End, from_other: _End) -> None:
        self._from_one = from_one
        self._from_other = from_other

    @property
    def is_full(self) -> bool:
        """Whether the first holds as much as it may."""
        return self._from_one.is_full

    def to_one(self, data: bytes) -> None:
        """Send the first bytes, behind all that the second has said."""
        self._from_other.put(data)

    def to_other(self, data: bytes) -> None:
        """Send the second bytes, behind all that the first has said."""
        self._from_one.put(data)


async def join(
    one: Stream,
    other: Stream,
    change: Callable[[bytes], bytes] = lambda data: data,
    is_whole: Callable[[bytes], bool] = lambda data: True,
    meet: Callable[[Joined], None] = lambda joined: None,
) -> None:
    """Pass bytes between two connections until either ends; their streams are used up.

    What one end cannot take yet is held for it, up to a limit; then the other end is not read.

    Parameters
    ----------
    one, other
        Reader and writer of each, of which only `close` of the writer may be called afterwards.
    change
        Given what comes from the first, returns what the second gets.
    is_whole
        Given what comes from the second, tells whether it ends there for now: else it is gathered
        for a moment, so that what belongs together is passed on together.
    meet
        Called before the first byte, with what sends them more.

    Raises
    ------
    Exception
        What `change` raises.
    """
    for _, writer in (one, other):
        await writer.drain()
    first, second = (cast(asyncio.Transport, writer.transport) for _, writer in (one, other))
    ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    ends = (_End(second, ended, change=change), _End(first, ended, is_whole=is_whole))
    meet(Joined(*ends))
    for transport, end in zip((first, second), ends, strict=True):
        transport.set_write_buffer_limits(high=_HELD_MAX)
        transport.set_protocol(end)
    for (reader, _), end in zip((one, other), ends, strict=True):
        reader.feed_eof()  # so that what it holds can be had without waiting
        if held := await reader.read():
            end.data_received(held)
    for transport, end, onward in zip((first, second), ends, reversed(ends), strict=True):
        if transport.is_closing():
            end.connection_lost(None)
        # An end that was heard of before is only heard of again where reading begins anew.
        transport.pause_reading()
        if not onward.is_full:
            transport.resume_reading()
    await ended


class _End(asyncio.Protocol):
    """Passes on what comes from one connection."""

    def __init__(
        self,
        onward: asyncio.Transport,
        ended: asyncio.Future[None],
        *,
        change: Callable[[bytes], bytes] = lambda data: data,
        is_whole: Callable[[bytes], bool] = lambda data: True,
    ) -> None:
        self._onward = onward
        self._change = change
        self._is_whole = is_whole
        self._ended = ended
        self._gathered: list[bytes] = []
        self._size = 0
        self._timer: asyncio.TimerHandle | None = None
        #: Whether this connection holds as much as it may.
        self.is_full = False

    def data_received(self, data: bytes) -> None:
        if self._ended.done():
            return
        try:
            changed = self._change(data)
        except Exception as error:
            self._ended.set_exception(error)
            return
        if changed:
            self._pass_on(changed)

    def _pass_on(self, data: bytes) -> None:
        is_whole = self._is_whole(data)
        if (is_whole and not self._gathered) or len(data) >= _LARGE:
            self._flush()
            self._onward.write(data)
            return
        self._gathered.append(data)
        self._size += len(data)
        if is_whole or self._size >= _GATHERED_MAX:
            self._flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_GATHERING, self._flush)

    def put(self, data: bytes) -> None:
        """Pass on what did not come from this connection."""
        if data and not self._ended.done():
            self._flush()
            self._onward.write(data)

    def _flush(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
        if self._gathered:
            # In one write, as each is a packet; `writelines` heeds no limit in Python 3.12.
            self._onward.write(b"".join(self._gathered))
            self._gathered, self._size = [], 0

    def eof_received(self) -> bool:
        self._end()
        return True  # what is held for it is still to be sent

    def connection_lost(self, error: Exception | None) -> None:
        self._end()

    def pause_writing(self) -> None:
        self.is_full = True
        self._onward.pause_reading()

    def resume_writing(self) -> None:
        self.is_full = False
        self._onward.resume_reading()

    def _end(self) -> None:
        self._flush()
        if not self._ended.done():
            self._ended.set_result(None)
