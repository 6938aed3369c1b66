"""A client of the backend: its requests in, replies and events out.

Nothing is queued for a client. Each has a place in the journal and the number of the state that
it was last sent; when it can take more, it is sent what is newest. So a client that reads slowly,
or not at all, costs no memory and holds up no other client.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any, Protocol

from colabwidget._version import __version__
from colabwidget.core.errors import ColabWidgetError, explain
from colabwidget.ipc import messages
from colabwidget.runtime.journal import Journal

EVENT_PAUSE = 0.1  # seconds between two events to one client
EVENT_LOG_MAX = 32 * 1024  # characters of log in one event; more has to be asked for
_REQUESTS_AT_ONCE = 4  # of one client; the next is read when one is answered
_SEND_TIMEOUT = 30.0  # seconds; a client that takes nothing for so long is disconnected


class Answers(Protocol):
    """What a client is answered from."""

    @property
    def revision(self) -> int:
        """Grows with each change of the snapshot."""

    def snapshot(self) -> dict[str, Any]:
        """Return all that clients may know."""

    async def answer(self, request: messages.Request) -> dict[str, Any]:
        """Do what a client asks for and return the result.

        Raises
        ------
        ColabWidgetError
            With the cause.
        """


class ClientConnection:
    """One connection of a client.

    Parameters
    ----------
    server
        Answers its requests.
    journal
        The event log, which the client may follow.
    reader, writer
        The two directions of its socket.
    """

    def __init__(
        self,
        server: Answers,
        journal: Journal,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        #: Set when there is something new.
        self.news = asyncio.Event()
        #: Set when that is not to wait for `EVENT_PAUSE`: a phase, as a user waits for it.
        self.urgent_news = asyncio.Event()
        self._server = server
        self._journal = journal
        self._reader = reader
        self._writer = writer
        self._works: set[asyncio.Task[None]] = set()
        self._follows = False
        self._turns = asyncio.Semaphore(_REQUESTS_AT_ONCE)

    def close(self) -> None:
        """Drop the connection."""
        for work in self._works:
            work.cancel()
        self._writer.close()

    async def serve(self, epoch: str) -> None:
        """Answer until the client disconnects, or sends something that is no message."""
        try:
            await self._send(messages.Hello(messages.VERSION, __version__, epoch))
            while line := await self._reader.readline():
                if not line.endswith(b"\n"):
                    return
                message = messages.decode(line)
                if isinstance(message, messages.Hello):
                    if message.follow and not self._follows:
                        self._follows = True
                        self._start(self._follow())
                elif isinstance(message, (messages.Reply, messages.State, messages.Log)):
                    raise ColabWidgetError("message_invalid", reason="It is not a request.")
                else:
                    await self._turns.acquire()
                    self._start(self._answer(message))
        except ColabWidgetError as error:
            await self._refuse(error)
        except ValueError:
            reason = f"It is longer than {messages.LINE_MAX} bytes."
            await self._refuse(ColabWidgetError("message_invalid", reason=reason))
        except OSError:
            return

    def _start(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._works.add(task)
        task.add_done_callback(self._works.discard)

    async def _refuse(self, error: ColabWidgetError) -> None:
        with contextlib.suppress(OSError, asyncio.TimeoutError):
            await self._send(messages.Reply(0, error=dict(error.info)))

    async def _answer(self, request: messages.Request) -> None:
        try:
            reply = messages.Reply(request.id, result=await self._server.answer(request))
        except Exception as error:
            reply = messages.Reply(
                request.id,
                error=dict(explain(error, self._journal.redactor.redact, self._journal.add).info),
            )
        try:
            await self._send(reply)
        except (OSError, asyncio.TimeoutError):
            self.close()  # it takes nothing any more
        finally:
            self._turns.release()

    async def _follow(self) -> None:
        """Send the client what is new, at most ten times a second; a new phase at once."""
        sent, position = 0, self._journal.end
        with contextlib.suppress(OSError, asyncio.TimeoutError):
            while True:
                self.news.clear()
                self.urgent_news.clear()
                if self._server.revision != sent:
                    sent = self._server.revision
                    await self._send(messages.State(self._server.snapshot()))
                if self._journal.end > position:
                    _, lines = self._journal.since(position, EVENT_LOG_MAX)
                    if position + len(lines) < self._journal.end:
                        lines = []  # a flood: send how far it is, and let the client ask
                        position = self._journal.end
                    await self._send(
                        messages.Log(
                            since=position,
                            count=len(lines),
                            end=self._journal.end,
                            text="\n".join(lines),
                        )
                    )
                    position += len(lines)
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(self.urgent_news.wait(), EVENT_PAUSE)
                await self.news.wait()
        self.close()

    async def _send(self, message: messages.Message) -> None:
        self._writer.write(messages.encode(message))
        await asyncio.wait_for(self._writer.drain(), _SEND_TIMEOUT)
