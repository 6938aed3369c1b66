"""Bytes between a page and the backend: the kernel's part of a stream.

What goes to a page may be lost, may come twice, and is kept by the server for a page that does not
read. So every message names the number of its first byte. Of what the page has not taken, at most
`WINDOW` bytes are under way: from then on the backend is not read, and in the end the shell or the
VNC server waits. What is lost is sent again, when the page says so or says nothing.
"""

from __future__ import annotations

import contextlib
import json
import logging
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

from colabwidget.core.errors import ColabWidgetError
from colabwidget.ipc import client
from colabwidget.ipc.client import check_peer
from colabwidget.kernel.busy import is_busy
from colabwidget.kernel.ipykernel_patches import note_stream_output
from colabwidget.system import paths

WINDOW = 1024 * 1024  # bytes to a page that it has not taken
TYPED_MAX = 256 * 1024  # bytes from a page that the backend has not taken
SILENT_MAX = 30.0  # seconds without a word of what was taken until a stream is closed
# A page that the kernel cannot hear while a cell runs goes on for a while.
LENT_A_SECOND, LENT_MAX = 256 * 1024, 8 * 1024 * 1024  # bytes
_CHUNK = 256 * 1024
# Between two messages: the server drops what is above 1,000 a second, and each costs the page,
# whatever its size.
_PAUSE, _PAUSE_LARGE = 0.004, 0.008  # seconds
_LARGE = 48 * 1024  # bytes
_AGAIN_FIRST, _AGAIN_LAST = 1.0, 4.0  # seconds
# What answers the page comes first: a server may hold back all that is small after the first small
# message, until the page's machine has acknowledged that one.
_TOOK_LATE = 0.1  # seconds
_TOOK_SOON = 64 * 1024  # bytes
_AT_ONCE = 0.02
_HEADER_MAX = 64 * 1024
_TIMEOUT = 15.0  # seconds

Content = dict[str, Any]
Send = Callable[[Content, list[bytes]], None]

_log = logging.getLogger(__name__)


class Pace(Protocol):
    """Looks at what passes, and may have something to say to the backend itself."""

    def typed(self, data: bytes) -> bytes:
        """Return what to pass on of a page's bytes."""

    def shown(self, count: int) -> None:
        """Bytes have come from the backend."""

    def taken(self, count: int, seconds: float) -> None:
        """Bytes were taken by the page, that long after they were sent."""

    def due(self, under_way: int, unheard: bool) -> tuple[bytes, float | None]:
        """Return what to say now, and in how many seconds to ask again."""


class NoPace:
    """Passes everything on."""

    def typed(self, data: bytes) -> bytes:
        """Return all of it."""
        return data

    def shown(self, count: int) -> None:
        """Do nothing."""

    def taken(self, count: int, seconds: float) -> None:
        """Do nothing."""

    def due(self, under_way: int, unheard: bool) -> tuple[bytes, float | None]:
        """Say nothing."""
        return b"", None


def ask(header: Content, *, start: bool = True) -> tuple[socket.socket, Content]:
    """Open a stream of the backend, which is started if none runs.

    Parameters
    ----------
    header
        What is asked for.
    start
        Whether a backend may be started for it.

    Returns
    -------
    tuple[socket.socket, Content]
        The stream, and the backend's answer.

    Raises
    ------
    ColabWidgetError
        What the backend says, or why there is none.
    """
    stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        stream.settimeout(_TIMEOUT)
        path = str(paths.streams_path())
        try:
            stream.connect(path)
        except (FileNotFoundError, ConnectionRefusedError):
            if not start:
                raise
            client.ensure().close()
            stream.connect(path)
        check_peer(stream)
        stream.sendall(json.dumps(header).encode() + b"\n")
        answer = json.loads(_line(stream))
        if answer["error"]:
            raise ColabWidgetError.from_info(answer["error"])
        return stream, answer
    except (OSError, ValueError) as error:
        stream.close()
        raise ColabWidgetError("backend_lost") from error
    except BaseException:
        stream.close()
        raise


def _line(stream: socket.socket) -> bytes:
    """Read a line and not a byte more."""
    line = bytearray()
    while not line.endswith(b"\n"):
        byte = stream.recv(1)
        if not byte or len(line) > _HEADER_MAX:
            raise ValueError("no line")
        line += byte
    return bytes(line)


class Stream:
    """One view's stream: a thread between the page's messages and the backend's bytes.

    Parameters
    ----------
    name
        By which the page knows it.
    send
        Sends a message with buffers to the page.
    begin
        Opens it, in its thread: returns socket and answer, as `ask` does.
    pace
        What is between.
    waits
        Tells whether the page cannot be heard at the moment.
    """

    def __init__(
        self,
        name: str,
        send: Send,
        begin: Callable[[], tuple[socket.socket, Content]],
        pace: Pace | None = None,
        waits: Callable[[], bool] = is_busy,
    ) -> None:
        self._name = name
        self._send_to_page = send
        self._begin = begin
        self._pace = pace or NoPace()
        self._waits = waits
        self._lock = threading.Lock()  # guards what the page's messages change
        self._wake, self._woken = socket.socketpair()
        self._wake.setblocking(False)
        self._news: Content | None = None
        self._closed = False
        # To the page
        # What it may ask for again: number of the first byte, bytes, when they were sent.
        self._sent: deque[tuple[int, bytes, float]] = deque()
        self._end = 0  # number of the byte that comes next
        self._taken = 0
        self._again: int | None = None
        self._heard = time.monotonic()
        self._again_at, self._again_pause = 0.0, _AGAIN_FIRST
        self._told, self._pause = 0.0, 0.0
        self._lent = 0.0
        # From the page
        self._typed = bytearray()
        self._typed_end = 0
        self._passed_on = 0
        self._remind = False  # the page does not know how much was taken
        self._thread = threading.Thread(target=self._run, name="colabwidget-stream", daemon=True)

    def start(self) -> None:
        """Open it."""
        self._thread.start()

    @property
    def closed(self) -> bool:
        """Whether nobody looks any more."""
        return self._closed

    def tell(self, content: Content) -> None:
        """Tell the page something that it may miss."""
        self._send(content)

    # From the page, in the kernel's threads

    def repeat(self) -> None:
        """Say again that it is open, or why it is not."""
        if news := self._news:
            self._send(news)

    def type(self, at: int, data: bytes) -> None:
        """Take bytes of the page, of which the first has this number; known ones are skipped."""
        if self._closed:
            self.repeat()
            return
        with self._lock:
            fresh = data[max(self._typed_end - at, 0) :]
            missing = at > self._typed_end
            if not missing and fresh and len(self._typed) + len(fresh) <= TYPED_MAX:
                self._typed += fresh
                self._typed_end += len(fresh)
                fresh = b""
            self._remind = bool(fresh) or missing or not data or at + len(data) <= self._passed_on
        self._nudge()

    def take(self, at: int, again: bool) -> None:
        """Hear that the page has taken all bytes before this number."""
        with self._lock:
            self._heard, self._lent = time.monotonic(), 0.0
            if at > self._taken:
                before, self._taken = self._taken, min(at, self._end)
                self._again_pause = _AGAIN_FIRST
                self._again_at = self._heard + _AGAIN_FIRST
                when = 0.0
                while self._sent and self._sent[0][0] + len(self._sent[0][1]) <= self._taken:
                    when = self._sent.popleft()[2]
                if when:
                    self._pace.taken(self._taken - before, self._heard - when)
            if again and self._taken < self._end:
                self._again = self._taken
        self._nudge()

    def close(self) -> None:
        """End it; what it shows goes on."""
        self._closed = True
        self._nudge()

    def _nudge(self) -> None:
        try:
            self._wake.send(b"!")
        except OSError:
            pass  # it is awake, or over

    # Its thread

    def _run(self) -> None:
        try:
            stream, answer = self._begin()
        except Exception as failure:
            error = (
                failure
                if isinstance(failure, ColabWidgetError)
                else ColabWidgetError("internal", reason=f"{type(failure).__name__}.")
            )
            self._send({"type": "failed", "error": error.info})
            self._close_sockets()
            return
        self._news = {"type": "opened", "old": answer.get("old", 0)}
        self._heard = time.monotonic()
        reason = "internal"
        try:
            self._send_first(stream)
            stream.setblocking(False)
            reason = self._carry(stream)
        except OSError:
            reason = self._over()
        except Exception:
            _log.exception("A stream has failed")
        finally:
            stream.close()
            self._close_sockets()
            if reason != "closed":
                self._news = {"type": "closed", "reason": reason}
                self._send(self._news)

    def _send_first(self, stream: socket.socket) -> None:
        """Say that it is open, in one message with what comes at once."""
        stream.settimeout(_AT_ONCE)
        try:
            data = stream.recv(_CHUNK)
        except TimeoutError:
            data = b""
        if data:
            self._pace.shown(len(data))
            self._show(data, self._news)
        else:
            self._send({**(self._news or {})})

    def _close_sockets(self) -> None:
        self._closed = True
        with self._lock:
            self._sent.clear()
        self._wake.close()
        self._woken.close()

    def _carry(self, stream: socket.socket) -> str:
        """Carry bytes until the end, and return its reason."""
        typed = bytearray()  # on their way to the backend
        acknowledged = 0
        before = owed_at = time.monotonic()
        with selectors.DefaultSelector() as selector:
            selector.register(self._woken, selectors.EVENT_READ)
            registered = 0
            while not self._closed:
                with self._lock:
                    if len(typed) < TYPED_MAX and self._typed:
                        typed += self._pace.typed(bytes(self._typed))
                        if self._passed_on == acknowledged:
                            owed_at = time.monotonic()
                        self._passed_on += len(self._typed)
                        self._typed.clear()
                    under_way = self._end - self._taken
                now = time.monotonic()
                if unheard := under_way > 0 and self._waits():
                    self._lend(now - before)
                before = now
                said, soon = self._pace.due(under_way, unheard)
                typed += said
                with contextlib.suppress(BlockingIOError):
                    if typed:
                        del typed[: stream.send(typed)]
                self._send_again(now)
                owed = self._passed_on - acknowledged if len(typed) < TYPED_MAX // 2 else 0
                if self._remind or owed >= _TOOK_SOON or (owed and now - owed_at >= _TOOK_LATE):
                    acknowledged, self._remind, owed = self._passed_on, False, 0
                    self._send({"type": "took", "at": acknowledged})
                if under_way and now - self._heard > SILENT_MAX:
                    return "silent"
                may_read = under_way < WINDOW + self._lent
                pause = self._told + self._pause - now
                wanted = (selectors.EVENT_WRITE if typed else 0) | (
                    selectors.EVENT_READ if may_read and pause <= 0 else 0
                )
                if wanted != registered:
                    _register(selector, stream, registered, wanted)
                    registered = wanted
                longest = 0.1 if under_way and not may_read else 1.0
                timeout = min(longest, soon if soon is not None else longest)
                if may_read and pause > 0:
                    timeout = min(timeout, pause)
                if owed:
                    timeout = min(timeout, max(owed_at + _TOOK_LATE - now, 0.0))
                ready = {key.fileobj: events for key, events in selector.select(timeout)}
                if self._woken in ready:
                    self._woken.recv(4096)
                events = ready.get(stream, 0)
                if events & selectors.EVENT_WRITE:
                    del typed[: stream.send(typed)]
                if events & selectors.EVENT_READ:
                    data = stream.recv(_CHUNK)
                    if not data:
                        selector.unregister(stream)
                        self._until_taken(selector)
                        return self._over()
                    self._pace.shown(len(data))
                    # What was typed is most often answered: one message says both.
                    if owed:
                        acknowledged = self._passed_on
                        self._show(data, {"type": "data", "took": acknowledged})
                    else:
                        self._show(data)
        return "closed"

    def _lend(self, seconds: float) -> None:
        """Let some more bytes be under way to a page that cannot say what it has taken."""
        with self._lock:
            self._heard = time.monotonic()
            self._lent = min(self._lent + seconds * LENT_A_SECOND, LENT_MAX)

    def _until_taken(self, selector: selectors.BaseSelector) -> None:
        """Wait until the page has what came last; it may have to be sent again."""
        while not self._closed and self._taken < self._end:
            now = time.monotonic()
            if now - self._heard > SILENT_MAX:
                return
            self._send_again(now)
            if selector.select(0.2):
                self._woken.recv(4096)

    def _over(self) -> str:
        """Return why the backend has closed the stream: its own end, or that of what was shown."""
        return "ended" if paths.socket_path().exists() else "backend_lost"

    def _show(self, data: bytes, content: Content | None = None) -> None:
        with self._lock:
            at = self._end
            if not self._sent:
                self._heard = time.monotonic()
                self._again_at = self._heard + self._again_pause
            self._sent.append((at, data, time.monotonic()))
            self._end += len(data)
        self._told = time.monotonic()
        self._pause = _PAUSE_LARGE if len(data) >= _LARGE else _PAUSE
        self._send({**(content or {"type": "data"}), "at": at}, [data])

    def _send_again(self, now: float) -> None:
        with self._lock:
            if self._again is not None:
                lost = [part for part in self._sent if part[0] + len(part[1]) > self._again]
            elif self._sent and now >= self._again_at and not self._waits():
                lost = [self._sent[0]]  # a page that is only slow is not sent everything twice
                self._again_pause = min(self._again_pause * 2, _AGAIN_LAST)
            else:
                return
            self._again = None
            self._again_at = now + self._again_pause
        for at, data, _ in lost:
            self._send({"type": "data", "at": at}, [data])

    def _send(self, content: Content, buffers: list[bytes] | None = None) -> None:
        try:
            self._send_to_page({**content, "stream": self._name}, buffers or [])
            if buffers:
                note_stream_output()
        except Exception as error:
            # The channel is closed, or the kernel is ending: lost, like any message may be.
            _log.debug("A message could not be sent: %s", type(error).__name__)


def _register(
    selector: selectors.BaseSelector, stream: socket.socket, before: int, wanted: int
) -> None:
    if not before:
        selector.register(stream, wanted)
    elif not wanted:
        selector.unregister(stream)
    else:
        selector.modify(stream, wanted)
