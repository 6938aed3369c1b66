"""The files that the page of a terminal or desktop shows beside it, over the same channel."""

from __future__ import annotations

import threading
from typing import Any

from colabwidget.kernel.page_messages import Content, Handler, Message, Send
from colabwidget.kernel.streams.card import WRAPPER

_KIND = "files"


class FilesBeside:
    """Answers the pages of one widget about files; made once a page asks.

    Parameters
    ----------
    send
        Sends a custom message with buffers to the pages.
    """

    def __init__(self, send: Send) -> None:
        self._send = send
        self._host: Any = None
        self._making = threading.Lock()
        #: What handles the pages' messages.
        self.handlers: dict[str, Handler] = {WRAPPER: self._on_wrapped}

    def close(self) -> None:
        """End all streams; what has arrived stays."""
        if self._host:
            self._host.close()

    def _on_wrapped(self, message: Message) -> None:
        content = message.table("content")
        if message.text("kind") != _KIND or content is None:
            return
        with self._making:
            self._host = self._host or self._make_host()
        self._host.receive(content, message.buffers)

    def _make_host(self) -> Any:
        # Imported late: most widgets need none of it.
        from colabwidget.kernel.streams import sources
        from colabwidget.kernel.streams.host import StreamHost

        def send(content: Content, buffers: list[bytes]) -> None:
            self._send({"type": WRAPPER, "kind": _KIND, "content": content}, buffers)

        return StreamHost(_KIND, send, lambda name, asks: sources.files_stream(name, send, asks))
