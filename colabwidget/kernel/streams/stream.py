"""Bytes between a page and the backend: the kernel's part of a stream.

What goes to a page may be lost, may come twice, and is kept by the server for a page that does not
read. So every message names the number of its first byte, and the page acknowledges
(`colabwidget.kernel.streams.credit`); of what it has not acknowledged, only so much is under way:
from then on the backend is not read, and in the end the shell or the VNC server waits. What is
lost is sent again (`colabwidget.kernel.streams.retransmit`).
"""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
import time
from collections.abc import Callable

from colabwidget.core import codec
from colabwidget.core.errors import ColabWidgetError
from colabwidget.ipc.streams import Answer
from colabwidget.kernel.busy import is_busy
from colabwidget.kernel.heartbeat import Heartbeat
from colabwidget.kernel.ipykernel_patches import THIS_KERNEL
from colabwidget.kernel.page_messages import Content, Send
from colabwidget.kernel.streams.connection import Poller, end_of_backend
from colabwidget.kernel.streams.credit import Credit
from colabwidget.kernel.streams.pacing import MessagePacer, Pacer, Unpaced
from colabwidget.kernel.streams.page_input import INPUT_MAX, PageInput
from colabwidget.kernel.streams.retransmit import Retransmitter

CHUNK = 256 * 1024  # bytes of one message, at most
_FIRST_OUTPUT = 0.02  # seconds that the message of an opened stream waits for output
_TICK, _TICK_WITHOUT_CREDIT = 1.0, 0.1  # seconds between two looks at what is due, at most
_TICK_AT_THE_END = 0.2

_log = logging.getLogger(__name__)


class Stream:
    """One view's stream: a thread between the page's messages and the backend's bytes.

    Parameters
    ----------
    name
        By which the page knows it.
    send
        Sends a message with buffers to the page.
    begin
        Opens it, in its thread: returns socket and answer, as `open_stream` does.
    pacer
        Sees what passes, and adds requests.
    unheard
        Tells whether the page cannot be heard at the moment.
    clock
        Returns seconds; it never goes back.
    input_max
        Bytes of the page that are kept for a backend which does not take them.
    """

    def __init__(
        self,
        name: str,
        send: Send,
        begin: Callable[[], tuple[socket.socket, Answer]],
        pacer: Pacer | None = None,
        unheard: Callable[[], bool] = is_busy,
        clock: Callable[[], float] = time.monotonic,
        input_max: int = INPUT_MAX,
    ) -> None:
        self._name = name
        self._send_to_page = send
        self._begin = begin
        self._pacer = pacer or Unpaced()
        self._unheard = unheard
        self._clock = clock
        self._nudge, self._nudges = socket.socketpair()
        self._nudge.setblocking(False)
        self._status: Content | None = None
        self._closed = False
        self._lock = threading.Lock()  # guards these three, which the page's messages change
        self._credit = Credit(clock)
        self._retransmitter = Retransmitter(clock)
        self._input = PageInput(clock, input_max)
        self._message_pacer = MessagePacer(clock)
        self._heartbeat = Heartbeat(self._send_busy, unheard, clock)
        self._thread = threading.Thread(target=self._run, name="colabwidget-stream", daemon=True)

    def start(self) -> None:
        """Open the stream."""
        self._thread.start()

    @property
    def closed(self) -> bool:
        """Whether the stream is over for its page."""
        return self._closed

    def close(self) -> None:
        """End the stream; what it shows goes on."""
        self._closed = True
        self._wake()

    def send(self, content: Content, buffers: list[bytes] | None = None) -> None:
        """Send the page a message that may be lost."""
        try:
            self._send_to_page({**content, "stream": self._name}, buffers or [])
            if buffers:
                THIS_KERNEL.note_stream_output()
        except Exception as error:
            # The channel is closed, or the kernel is ending: lost, like any message may be.
            _log.debug("A message could not be sent: %s", type(error).__name__)

    # From the page, in the kernel's threads

    def send_status(self) -> None:
        """Send again that the stream is open, or why it is not."""
        if status := self._status:
            self.send(status)

    def write_input(self, offset: int, data: bytes) -> None:
        """Accept bytes of the page, of which the first has this number."""
        if self._closed:
            self.send_status()
            return
        with self._lock:
            self._input.write(offset, data)
        self._wake()

    def acknowledge(self, offset: int, *, again: bool) -> None:
        """Note that the page has all bytes before this number, and whether it asks for the rest."""
        with self._lock:
            if news := self._credit.acknowledge(offset):
                seconds = self._retransmitter.acknowledge(self._credit.acknowledged)
                if seconds is not None:
                    self._pacer.on_acknowledged(news, seconds)
            if again and self._credit.under_way:
                self._retransmitter.request(self._credit.acknowledged)
        self._wake()

    def _wake(self) -> None:
        try:
            self._nudge.send(b"!")
        except OSError:
            pass  # it is awake, or over

    # The stream's thread

    def _run(self) -> None:
        try:
            stream, answer = self._begin()
        except Exception as failure:
            error = (
                failure
                if isinstance(failure, ColabWidgetError)
                else ColabWidgetError("internal", reason=f"{type(failure).__name__}.")
            )
            self.send({"type": "failed", "error": error.info})
            self._release()
            return
        opened = self._status = {
            "type": "opened",
            "old": answer.old,
            "sizes": [codec.encode(size) for size in answer.sizes],
        }
        self._credit.restart_silence()
        reason = "internal"
        try:
            self._send_opened(stream, opened)
            stream.setblocking(False)
            with Poller(stream, self._nudges) as poller:
                reason = self._carry(stream, poller)
        except OSError:
            reason = end_of_backend()
        except Exception:
            _log.exception("A stream has failed")
        finally:
            stream.close()
            self._release()
            if reason != "closed":
                self._status = {"type": "closed", "reason": reason}
                self.send(self._status)

    def _release(self) -> None:
        self._closed = True
        with self._lock:
            self._retransmitter.clear()
        self._nudge.close()
        self._nudges.close()

    def _send_opened(self, stream: socket.socket, opened: Content) -> None:
        """Send that the stream is open, in one message with the output that comes at once."""
        stream.settimeout(_FIRST_OUTPUT)
        try:
            data = stream.recv(CHUNK)
        except TimeoutError:
            data = b""
        if data:
            self._send_output(data, opened)
        else:
            self.send(opened)

    def _carry(self, stream: socket.socket, poller: Poller) -> str:
        """Carry bytes until the end, and return its reason."""
        to_backend = bytearray()
        before = next_beat = self._clock()
        while not self._closed:
            now = self._clock()
            if now >= next_beat:
                next_beat = now + self._heartbeat.beat()
            next_request = self._collect(to_backend, now - before)
            before = now
            _write(stream, to_backend)
            self._send_again()
            self._acknowledge_input(len(to_backend))
            if self._credit.is_silent:
                return "silent"
            may_send, pause = self._credit.may_send, self._message_pacer.pause
            readable, writable = poller.wait(
                self._timeout(len(to_backend), may_send, pause, next_request),
                read=may_send and not pause,
                write=bool(to_backend),
            )
            if writable:
                _write(stream, to_backend)
            if readable:
                data = stream.recv(CHUNK)
                if not data:
                    self._wait_until_acknowledged(poller)
                    return end_of_backend()
                self._send_output(data, self._carrier(len(to_backend)))
        return "closed"

    def _collect(self, to_backend: bytearray, seconds: float) -> float | None:
        """Add what the page and the pacer have for the backend.

        Parameters
        ----------
        to_backend
            What the backend has not taken yet.
        seconds
            Since the last time.

        Returns
        -------
        float or None
            In how many seconds the pacer has to be asked again.
        """
        with self._lock:
            if len(to_backend) < self._input.most and (data := self._input.drain()):
                to_backend += self._pacer.filter_input(data)
            under_way = self._credit.under_way
        unheard = under_way > 0 and self._unheard()
        if unheard:
            with self._lock:
                self._credit.extend(seconds)
        request, soon = self._pacer.next_request(under_way, unheard)
        to_backend += request
        return soon

    def _timeout(
        self, backlog: int, may_send: bool, pause: float, next_request: float | None
    ) -> float:
        """Return for how many seconds there is nothing to do but to wait."""
        longest = _TICK if may_send or not self._credit.under_way else _TICK_WITHOUT_CREDIT
        times = [longest, next_request, self._input.pause(backlog)]
        if may_send and pause:
            times.append(pause)
        return min(seconds for seconds in times if seconds is not None)

    def _acknowledge_input(self, backlog: int) -> None:
        with self._lock:
            offset = self._input.acknowledgement(backlog)
        if offset is not None:
            self.send({"type": "took", "at": offset})

    def _carrier(self, backlog: int) -> Content:
        """Return the message that output goes in: most often it answers input, and says both."""
        with self._lock:
            if self._input.pause(backlog) is None:
                return {"type": "data"}
            return {"type": "data", "took": self._input.acknowledge()}

    def _send_output(self, data: bytes, content: Content) -> None:
        self._pacer.on_output(len(data))
        with self._lock:
            offset = self._credit.spend(len(data))
            self._retransmitter.add(offset, data)
        self._message_pacer.on_sent(len(data))
        self.send({**content, "at": offset}, [data])

    def _send_again(self) -> None:
        with self._lock:
            chunks = self._retransmitter.due(self._unheard)
        for chunk in chunks:
            self.send({"type": "data", "at": chunk.offset}, [chunk.data])

    def _send_busy(self, pause: float) -> None:
        self.send({"type": "busy", "pause": pause})

    def _wait_until_acknowledged(self, poller: Poller) -> None:
        """Wait until the page has what came last; it may have to be sent again."""
        while not self._closed and self._credit.under_way and not self._credit.is_silent:
            self._send_again()
            poller.wait(_TICK_AT_THE_END)


def _write(stream: socket.socket, data: bytearray) -> None:
    """Write as much as the stream takes, and remove it from the data."""
    if data:
        with contextlib.suppress(BlockingIOError):
            del data[: stream.send(data)]
