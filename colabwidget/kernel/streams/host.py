"""The kernel's part of what a widget's pages show: the module that draws it, and its streams."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from colabwidget.kernel.bundle import BundleSender
from colabwidget.kernel.streams.stream import Content, Send, Stream

_STREAMS_MAX = 50  # of one widget


class StreamHost:
    """Answers the pages that show one kind of streams; each view has a stream of its own.

    Parameters
    ----------
    kind
        Names the module: ``"desktop"`` or ``"terminal"``.
    send
        Sends a message with buffers to the pages.
    create
        Returns a new stream of the given name, for the page's message that opens it.
    on_message
        Gets the pages' other messages.
    """

    def __init__(
        self,
        kind: str,
        send: Send,
        create: Callable[[str, Content], Stream],
        on_message: Callable[[Content], None] = lambda content: None,
    ) -> None:
        self._send = send
        self._create = create
        self._on_message = on_message
        self._streams: dict[str, Stream] = {}
        self._opening = threading.Lock()
        self.bundle = BundleSender(kind, send)

    def close(self) -> None:
        """End all streams; what they show goes on."""
        for stream in list(self._streams.values()):
            stream.close()

    def receive(self, content: Content, buffers: Any) -> None:
        """Take in a custom message of a page."""
        kind, name = content.get("type"), str(content.get("stream"))[:100]
        stream = self._streams.get(name)
        if kind == "ready":
            page = str(content.get("page"))[:100]
            named = self.bundle.named()
            hello = {"type": "hello", "page": page, "bundle": named["hash"]}
            self._send({**hello, "waits": named["waits"]}, [])
        elif kind == "bundle":
            self.bundle.send()
        elif kind == "open":
            self._open_once(name, content)
        elif stream and kind == "data":
            at, took = content.get("at"), content.get("took")
            if type(took) is int:
                stream.acknowledge(took, again=False)
            data = b"".join(bytes(part) for part in buffers or [])
            if type(at) is int and at >= 0:
                stream.write_input(at, data)
        elif stream and kind == "took":
            at = content.get("at")
            if type(at) is int:
                stream.acknowledge(at, again=content.get("again") is True)
        elif stream and kind == "close":
            self._streams.pop(name, None)
            stream.close()
        elif kind == "data":
            # Of a kernel before this one, or closed since.
            self._send({"type": "closed", "stream": name, "reason": "gone"}, [])
        else:
            self._on_message(content)

    def _open_once(self, name: str, content: Content) -> None:
        with self._opening:
            if found := self._streams.get(name):
                found.send_status()
                return
            stream = self._streams[name] = self._create(name, content)
            while len(self._streams) > _STREAMS_MAX:
                oldest = next(iter(self._streams))
                self._streams.pop(oldest).close()
        stream.start()
