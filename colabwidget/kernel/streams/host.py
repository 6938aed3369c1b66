"""The kernel's part of what a widget's pages show: the module that draws it, and its streams."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Protocol

from colabwidget.kernel.bundle import BundleSender
from colabwidget.kernel.identity import identity
from colabwidget.kernel.page_messages import Dispatcher, Handler, Message, Send

_STREAMS_MAX = 50  # of one widget


class PageStream(Protocol):
    """What a page opens: a `Stream`, or one that is not sent again."""

    def start(self) -> None:
        """Open it."""

    def close(self) -> None:
        """End it."""

    def send_status(self) -> None:
        """Send again that it is open, or why it is not."""

    def write_input(self, offset: int, data: bytes) -> None:
        """Accept bytes of the page."""

    def acknowledge(self, offset: int, *, again: bool) -> None:
        """Note what the page has, and whether it asks for the rest."""


class BundleHost(Dispatcher):
    """Answers the pages that ask for one module.

    Parameters
    ----------
    kind
        Names the module: ``"desktop"``, ``"terminal"`` or ``"session"``.
    send
        Sends a message with buffers to the pages.
    more
        Handles messages of other types.
    """

    def __init__(self, kind: str, send: Send, more: Mapping[str, Handler] | None = None) -> None:
        super().__init__({"ready": self._on_ready, "bundle": self._on_bundle, **(more or {})})
        self._send = send
        self.bundle = BundleSender(kind, send)

    def close(self) -> None:
        """Send nothing more unasked."""
        self.bundle.stop()

    def _on_ready(self, message: Message) -> None:
        named = self.bundle.named()
        hello = {"type": "hello", "page": message.text("page"), "bundle": named["hash"]}
        self._send({**hello, "waits": named["waits"], "kernel": identity()}, [])

    def _on_bundle(self, message: Message) -> None:
        self.bundle.send()


class StreamHost(BundleHost):
    """Answers the pages that show one kind of streams; each view has a stream of its own.

    Parameters
    ----------
    kind
        Names the module: ``"desktop"`` or ``"terminal"``.
    send
        Sends a message with buffers to the pages.
    create
        Returns a new stream of the given name, for the page's message that opens it.
    more
        Handles messages of other types.
    """

    def __init__(
        self,
        kind: str,
        send: Send,
        create: Callable[[str, Message], PageStream],
        more: Mapping[str, Handler] | None = None,
    ) -> None:
        super().__init__(
            kind,
            send,
            {
                "open": self._on_open,
                "data": self._on_data,
                "took": self._on_took,
                "close": self._on_close,
                **(more or {}),
            },
        )
        self._create = create
        self._streams: dict[str, PageStream] = {}
        self._opening = threading.Lock()

    def close(self) -> None:
        """End all streams; what they show goes on."""
        super().close()
        for stream in list(self._streams.values()):
            stream.close()

    def _on_open(self, message: Message) -> None:
        name = message.text("stream")
        with self._opening:
            if found := self._streams.get(name):
                found.send_status()
                return
            stream = self._streams[name] = self._create(name, message)
            while len(self._streams) > _STREAMS_MAX:
                oldest = next(iter(self._streams))
                self._streams.pop(oldest).close()
        stream.start()

    def _on_data(self, message: Message) -> None:
        name = message.text("stream")
        stream = self._streams.get(name)
        if stream is None:
            # A stream of an earlier kernel, or closed since.
            self._send({"type": "closed", "stream": name, "reason": "gone"}, [])
            return
        if (took := message.number("took")) is not None:
            stream.acknowledge(took, again=False)
        offset = message.number("at")
        if offset is not None and offset >= 0:
            stream.write_input(offset, message.data())

    def _on_took(self, message: Message) -> None:
        stream = self._streams.get(message.text("stream"))
        offset = message.number("at")
        if stream and offset is not None:
            stream.acknowledge(offset, again=message.flag("again"))

    def _on_close(self, message: Message) -> None:
        if stream := self._streams.pop(message.text("stream"), None):
            stream.close()
