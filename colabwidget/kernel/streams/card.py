"""What is inside the card of a `ConnectWidget`: desktop, terminal, files, parts of the card."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from colabwidget.kernel.page_messages import Content, Handler, Message, Send

#: The type of a message that wraps one about a view inside the card.
WRAPPER = "inside"
KINDS = ("desktop", "terminal", "files")
#: Parts of the card itself, which a page fetches when it needs them.
PARTS = ("session",)
#: Parts that few need: they are sent to a page that asks, and to no other.
RARE_PARTS = ("bridge",)
#: Names the shell of the session's account, which ends with the session.
SESSION_SHELL = "session"


class CardStreams:
    """Answers the pages of one widget about what they show inside the card.

    Parameters
    ----------
    send
        Sends a custom message with buffers to the pages.
    shell
        Names the shell that a terminal shows when it is opened.
    on_shown
        Called when a page has opened or closed something.
    """

    def __init__(self, send: Send, shell: Callable[[], str], on_shown: Callable[[], None]) -> None:
        self._send = send
        self._current_shell = shell
        self._on_shown = on_shown
        self._shell = ""  # kept, so that a page that is loaded again shows the same
        self._hosts: dict[str, Any] = {}
        self._making = threading.Lock()
        #: What was opened, or closed, by hand.
        self.shown: dict[str, bool] = {}
        #: What handles the pages' messages.
        self.handlers: dict[str, Handler] = {WRAPPER: self._on_wrapped, "show": self._on_show}

    def show(self, kind: str, on: bool) -> None:
        """Remember whether a desktop or a terminal is open."""
        if kind == "terminal" and not on:
            self._shell = ""
        self.shown = {**self.shown, kind: on}

    def end_session(self) -> None:
        """Close what showed the session: its desktop, and a terminal on a shell of its account."""
        ended = [kind for kind, on in self.shown.items() if on and self._is_of_session(kind)]
        for kind in ended:
            self.show(kind, False)
        if ended:
            self._on_shown()

    def push_parts(self) -> None:
        """Send the parts of the card to pages that this kernel may not hear for long."""
        for kind in PARTS:
            self._host(kind).bundle.push()

    def stop_pushing(self) -> None:
        """Push no more: a page was heard, which can ask."""
        for kind in PARTS:
            if kind in self._hosts:
                self._hosts[kind].bundle.stop()

    def _is_of_session(self, kind: str) -> bool:
        if kind == "files":
            return False  # it then shows those of the notebook's own account
        return kind == "desktop" or self._shell == SESSION_SHELL

    def close(self) -> None:
        """End all streams; what they show goes on."""
        for host in self._hosts.values():
            host.close()

    def _on_show(self, message: Message) -> None:
        kind = message.text("kind")
        if kind in KINDS:
            self.show(kind, message.flag("on"))
            self._on_shown()

    def _on_wrapped(self, message: Message) -> None:
        kind, content = message.text("kind"), message.table("content")
        if kind in (*KINDS, *PARTS, *RARE_PARTS) and content is not None:
            self._host(kind).receive(content, message.buffers)

    def _host(self, kind: str) -> Any:
        with self._making:
            return self._hosts.get(kind) or self._hosts.setdefault(kind, self._make_host(kind))

    def _make_host(self, kind: str) -> Any:
        # Imported late: a form needs none of it.
        from colabwidget.kernel.streams import sources
        from colabwidget.kernel.streams.host import BundleHost, StreamHost

        def send(content: Content, buffers: list[bytes]) -> None:
            self._send({"type": WRAPPER, "kind": kind, "content": content}, buffers)

        if kind in (*PARTS, *RARE_PARTS):
            return BundleHost(kind, send)
        if kind == "terminal":
            return StreamHost(
                kind,
                send,
                lambda name, message: sources.shell_stream(self._name(), name, send, message),
                sources.shell_handlers(self._name),
            )
        if kind == "files":
            return StreamHost(
                kind, send, lambda name, message: sources.files_stream(name, send, message)
            )
        return StreamHost(
            kind,
            send,
            lambda name, message: sources.desktop_stream(name, send, message),
            sources.desktop_handlers(),
        )

    def _name(self) -> str:
        self._shell = self._shell or self._current_shell()
        return self._shell
