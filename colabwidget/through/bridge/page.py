"""The page at the other end: requests and streams by number, over one WebSocket."""

from __future__ import annotations

import itertools
import json
import queue
import struct
import threading
from typing import NamedTuple

from colabwidget.through.bridge.shared import Shared
from colabwidget.through.websocket import BINARY, TEXT

_HEAD = struct.Struct(">IB")  # the number, and what the message is
ASK, ANSWER, OPEN, OPENED, OF_TEXT, OF_BYTES, CLOSE = range(1, 8)
_ANSWER_WITHIN = 30.0  # seconds


class Answer(NamedTuple):
    """What the server has said to a page."""

    status: int
    text: str = ""


#: No page is there, or it is gone.
NO_PAGE = Answer(503)
_LATE = Answer(504)


class Stream:
    """A WebSocket that the page has opened, or is to open.

    Parameters
    ----------
    page, number
        Whose it is, and how it is called there.
    """

    def __init__(self, page: Page, number: int) -> None:
        self.said: queue.SimpleQueue[Answer | str] = queue.SimpleQueue()
        self._page, self._number = page, number
        self._client: Shared | None = None
        self._early: list[tuple[int, bytes]] = []
        self._lock = threading.Lock()
        self._is_over = False

    def carry(self, client: Shared) -> None:
        """Carry messages between a client and the page until either has ended."""
        with self._lock:
            self._client = client
            for kind, payload in self._early:
                client.send(payload, kind)
        if self._is_over:
            client.end()
        client.run(self._from_client)
        self._page.close(self._number)

    def deliver(self, kind: int, payload: bytes) -> None:
        """Pass on what the server says."""
        with self._lock:
            if self._client:
                self._client.send(payload, kind)
            else:
                self._early.append((kind, payload))

    def end(self) -> None:
        """End it: the page, or the server, has."""
        self.said.put(NO_PAGE)
        with self._lock:
            self._is_over = True
            if self._client:
                self._client.end()

    def _from_client(self, kind: int, payload: bytes) -> None:
        self._page.send(self._number, OF_TEXT if kind == TEXT else OF_BYTES, payload)


class Page:
    """A page that has proven itself.

    Parameters
    ----------
    connection
        Its WebSocket.
    """

    def __init__(self, connection: Shared) -> None:
        self._connection = connection
        self._numbers = itertools.count(1)
        self._streams: dict[int, Stream] = {}
        self._is_over = False

    def ask(self, method: str, place: str, body: str) -> Answer:
        """Have the page ask its server."""
        number, stream = self._begin()
        request = {"method": method, "place": place, "body": body}
        self.send(number, ASK, json.dumps(request).encode())
        said = _said(stream)
        self._streams.pop(number, None)
        return said if isinstance(said, Answer) else _LATE

    def open(self, place: str, protocol: str) -> tuple[Stream, str] | Answer:
        """Have the page open a WebSocket; return it with the protocol that was chosen."""
        number, stream = self._begin()
        request = {"place": place, "protocol": protocol}
        self.send(number, OPEN, json.dumps(request).encode())
        said = _said(stream)
        if isinstance(said, Answer):
            self.close(number)
            return said
        return stream, said

    def run(self) -> None:
        """Serve it until it is gone."""
        try:
            self._connection.run(self._take)
        finally:
            self._is_over = True
            for stream in [*self._streams.values()]:
                stream.end()

    def end(self) -> None:
        """Have `run` end."""
        self._connection.end()

    def send(self, number: int, what: int, payload: bytes = b"") -> None:
        """Send the page a message."""
        self._connection.send(_HEAD.pack(number, what) + payload)

    def close(self, number: int) -> None:
        """Have the page close a stream."""
        self._streams.pop(number, None)
        self.send(number, CLOSE)

    def _begin(self) -> tuple[int, Stream]:
        number = next(self._numbers)
        stream = self._streams[number] = Stream(self, number)
        if self._is_over:
            stream.end()
        return number, stream

    def _take(self, kind: int, message: bytes) -> None:
        if kind != BINARY or len(message) < _HEAD.size:
            return
        number, what = _HEAD.unpack_from(message)
        stream, payload = self._streams.get(number), message[_HEAD.size :]
        if not stream:
            return
        if what == ANSWER:
            stream.said.put(_answer(payload))
        elif what == OPENED:
            stream.said.put(payload.decode(errors="replace"))
        elif what in (OF_TEXT, OF_BYTES):
            stream.deliver(TEXT if what == OF_TEXT else BINARY, payload)
        elif what == CLOSE:
            self._streams.pop(number, None)
            stream.end()


def _said(stream: Stream) -> Answer | str:
    try:
        return stream.said.get(timeout=_ANSWER_WITHIN)
    except queue.Empty:
        return _LATE


def _answer(payload: bytes) -> Answer:
    try:
        found = json.loads(payload)
        return Answer(int(found["status"]), str(found.get("text", "")))
    except (ValueError, TypeError, KeyError, AttributeError):
        return Answer(502)
