"""The kernel's part of a stream of sound: nothing is sent again, and what is late is left out."""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
import time
from collections import deque
from collections.abc import Callable

from colabwidget.core.errors import ColabWidgetError
from colabwidget.ipc.sound import MESSAGE, SILENCE, Frame, FrameReader
from colabwidget.ipc.streams import Answer, OpenSound
from colabwidget.kernel.busy import is_busy
from colabwidget.kernel.ipykernel_patches import THIS_KERNEL
from colabwidget.kernel.page_messages import Content, Send
from colabwidget.kernel.streams.connection import Poller, end_of_backend, open_stream

LATE = 0.3  # seconds that sound may be under way longer than at best
_ACKNOWLEDGED_EVERY = 0.2  # seconds, about, between two acknowledgements while something plays
_WAY_FIRST = 1.0  # seconds there and back, until that is known
PROBE_EVERY = 1.0  # seconds between two messages to a page that is late
ASK_EVERY = 10.0  # seconds of silence after which a page is asked whether it is there
SILENT_MAX = 30.0  # seconds without an acknowledgement until a page is given up
_TICK = 1.0  # seconds
_CHUNK = 64 * 1024

_log = logging.getLogger(__name__)


class Lateness:
    """Tells what is too late for a page, by what it acknowledges.

    Parameters
    ----------
    clock
        Returns seconds; it never goes back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._under_way: deque[tuple[int, float]] = deque()
        self._best = _WAY_FIRST
        self._measured = False
        self._sent_at = clock()
        self._heard_at = clock()
        self.next = 0  # number of the next message

    @property
    def may_send(self) -> bool:
        """Whether a message would arrive in time, as far as is known; now and then to find out."""
        if not self._under_way:
            return True
        age = self._clock() - self._under_way[0][1]
        if age <= LATE + _ACKNOWLEDGED_EVERY + self._best:
            return True
        return self._clock() - self._sent_at >= PROBE_EVERY

    @property
    def is_silent(self) -> bool:
        """Whether the page owes an acknowledgement for too long."""
        return bool(self._under_way) and self._clock() - self._heard_at > SILENT_MAX

    @property
    def has_to_ask(self) -> bool:
        """Whether nothing was sent for so long that the page may have gone."""
        return self._clock() - self._sent_at >= ASK_EVERY

    def on_sent(self) -> int:
        """Number a message that is sent now."""
        if not self._under_way:
            self._heard_at = self._clock()
        self._sent_at = self._clock()
        self._under_way.append((self.next, self._sent_at))
        self.next += 1
        return self.next - 1

    def acknowledge(self, before: int) -> None:
        """Note that the page has heard of the messages before this number, or will never."""
        self._heard_at = now = self._clock()
        way = None
        while self._under_way and self._under_way[0][0] < before:
            way = now - self._under_way.popleft()[1]
        if way is not None:
            self._best = min(self._best, way) if self._measured else min(way, _WAY_FIRST)
            self._measured = True

    def excuse(self) -> None:
        """Count nothing: the page cannot be heard at the moment."""
        self._heard_at = self._clock()
        self._under_way.clear()


class SoundStream:
    """One view's sound: a thread between the backend's frames and the page's messages.

    Parameters
    ----------
    name
        By which the page knows it.
    send
        Sends a message with buffers to the page.
    install
        Whether the page's user has agreed that what sound needs is installed.
    begin
        Opens it, in its thread: returns socket and answer, as `open_stream` does.
    unheard
        Tells whether the page cannot be heard at the moment.
    clock
        Returns seconds; it never goes back.
    """

    def __init__(
        self,
        name: str,
        send: Send,
        install: bool,
        begin: Callable[[OpenSound], tuple[socket.socket, Answer]] = lambda request: open_stream(
            request, start=False
        ),
        unheard: Callable[[], bool] = is_busy,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name
        self._send_to_page = send
        self._install = install
        self._begin = begin
        self._unheard = unheard
        self._lateness = Lateness(clock)
        self._lock = threading.Lock()  # guards that
        self._nudge, self._nudges = socket.socketpair()
        self._nudge.setblocking(False)
        self._status: Content | None = None
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="colabwidget-sound", daemon=True)

    def start(self) -> None:
        """Open it."""
        self._thread.start()

    def close(self) -> None:
        """End it; the backend then records no more for it."""
        self._closed = True
        with contextlib.suppress(OSError):
            self._nudge.send(b"!")

    def send_status(self) -> None:
        """Send again what was said last of its state."""
        if status := self._status:
            self._send(status)

    def write_input(self, offset: int, data: bytes) -> None:
        """Ignore bytes of the page."""

    def acknowledge(self, offset: int, *, again: bool) -> None:
        """Note what the page has heard of; it never asks again for what was lost."""
        with self._lock:
            self._lateness.acknowledge(offset)

    def _send(self, content: Content, buffers: list[bytes] | None = None) -> None:
        try:
            self._send_to_page({**content, "stream": self._name}, buffers or [])
            if buffers:
                THIS_KERNEL.note_stream_output()
        except Exception as error:
            # The channel is closed, or the kernel is ending: lost, like any message may be.
            _log.debug("A message could not be sent: %s", type(error).__name__)

    def _run(self) -> None:
        reason = "internal"
        try:
            stream, _ = self._begin(OpenSound(self._install))
            try:
                stream.setblocking(False)
                with Poller(stream, self._nudges) as poller:
                    reason = self._carry(stream, poller)
            finally:
                stream.close()
        except ColabWidgetError as error:
            self._tell({"type": "failed", "error": error.info})
            reason = "failed"
        except OSError:
            reason = "backend_lost"
        except Exception:
            _log.exception("A stream of sound has failed")
        finally:
            self._closed = True
            self._nudge.close()
            self._nudges.close()
        if reason not in ("closed", "failed"):
            self._tell({"type": "closed", "reason": reason})

    def _tell(self, status: Content) -> None:
        self._status = status
        self._send(status)

    def _carry(self, stream: socket.socket, poller: Poller) -> str:
        """Carry sound until the end, and return its reason."""
        reader, reason = FrameReader(), ""
        while not self._closed:
            readable, _ = poller.wait(_TICK, read=True)
            frames = []
            if readable:
                data = stream.recv(_CHUNK)
                if not data:
                    return reason or end_of_backend()
                frames = reader.feed(data)
            for frame in frames:
                if frame.kind == MESSAGE:
                    status = frame.message()
                    self._tell(status)
                    reason = "failed" if status["type"] == "failed" else reason
            self._pass_on([each for each in frames if each.kind != MESSAGE])
            with self._lock:
                if self._lateness.is_silent:
                    return "silent"
        return "closed"

    def _pass_on(self, sound: list[Frame]) -> None:
        """Send what has come, unless it would be late; without any, ask the page now and then.

        That nothing plays any more is never left out: the page would miss what does not come.
        """
        rests = bool(sound) and sound[-1].kind == SILENCE
        unheard = self._unheard()
        with self._lock:
            if unheard:
                self._lateness.excuse()
            due = self._lateness.may_send if sound else self._lateness.has_to_ask
            if not due and not rests:
                return
            number = self._lateness.on_sent()
        data = b"".join(frame.encode() for frame in sound if due or frame.kind == SILENCE)
        self._send({"type": "sound", "at": number}, [data])
