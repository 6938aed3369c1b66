"""The desktop and the terminal inside the card of a `ConnectWidget`."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from colabwidget.kernel.streams.stream import Content, Send

#: What a page's and the kernel's messages about one of them are wrapped in.
MESSAGE_TYPE = "inside"
KINDS = ("desktop", "terminal")


class CardStreams:
    """Answers the pages of one widget about what they show inside the card.

    Parameters
    ----------
    send
        Sends a custom message with buffers to the pages.
    shell
        Names the shell that a terminal shows when it is opened.
    """

    def __init__(self, send: Send, shell: Callable[[], str]) -> None:
        self._send = send
        self._shell_now = shell
        self._shell = ""  # a page that is loaded again shows the same
        self._hosts: dict[str, Any] = {}
        self._making = threading.Lock()
        #: What was opened, or closed, by hand.
        self.shown: dict[str, bool] = {}

    def show(self, kind: object, on: bool) -> bool:
        """Keep in mind whether that is open; tell whether there is such a thing."""
        if kind not in KINDS:
            return False
        if kind == "terminal" and not on:
            self._shell = ""
        self.shown = {**self.shown, str(kind): on}
        return True

    def receive(self, content: Content, buffers: Any) -> None:
        """Take in a custom message of a page; anything that is not one is ignored."""
        kind, inner = str(content.get("kind")), content.get("content")
        if kind not in KINDS or not isinstance(inner, dict):
            return
        with self._making:
            host = self._hosts.get(kind) or self._hosts.setdefault(kind, self._host(kind))
        host.receive(inner, buffers)

    def close(self) -> None:
        """End all streams; what they show goes on."""
        for host in self._hosts.values():
            host.close()

    def _host(self, kind: str) -> Any:
        # Imported late: a widget that only connects needs none of it.
        from colabwidget.kernel.streams import sources
        from colabwidget.kernel.streams.host import StreamHost

        def send(content: Content, buffers: list[bytes]) -> None:
            self._send({"type": MESSAGE_TYPE, "kind": kind, "content": content}, buffers)

        if kind == "terminal":
            return StreamHost(
                kind,
                send,
                lambda name, content: sources.shell_stream(self._name(), name, send, content),
                lambda content: sources.on_shell_message(self._name(), content),
            )
        return StreamHost(kind, send, lambda name, content: sources.desktop_stream(name, send))

    def _name(self) -> str:
        self._shell = self._shell or self._shell_now()
        return self._shell
