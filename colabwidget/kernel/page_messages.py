"""Custom messages of a widget's pages: what shape they have, and what handles them.

Pages and tests may send anything. A message of an unknown type, or that is none, is ignored; a
field of another type than expected counts as missing.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

_TEXT_MAX = 100  # characters

Content = dict[str, Any]
#: Sends a custom message with buffers to the pages.
Send = Callable[[Content, list[bytes]], None]


class Message(NamedTuple):
    """A page's message.

    Parameters
    ----------
    content
        Its fields, as they came.
    buffers
        Its bytes, in any number of pieces.
    client
        The kernel's client that has sent it; empty where the kernel does not tell.
    """

    content: Content
    buffers: Any = None
    client: str = ""

    def text(self, field: str) -> str:
        """Return a field as text, cut to a length that is good for names."""
        return str(self.content.get(field))[:_TEXT_MAX]

    def number(self, field: str) -> int | None:
        """Return a field that is a whole number."""
        value = self.content.get(field)
        return value if type(value) is int else None

    def flag(self, field: str) -> bool:
        """Tell whether a field is true."""
        return self.content.get(field) is True

    def table(self, field: str) -> Content | None:
        """Return a field that is a table."""
        value = self.content.get(field)
        return value if isinstance(value, dict) else None

    def data(self) -> bytes:
        """Return the buffers in one piece."""
        return b"".join(bytes(buffer) for buffer in self.buffers or [])


Handler = Callable[[Message], None]


class Dispatcher:
    """Hands each message of a page to its handler.

    Parameters
    ----------
    handlers
        By the type of the message.
    """

    def __init__(self, handlers: Mapping[str, Handler]) -> None:
        self._handlers = dict(handlers)

    def add(self, handlers: Mapping[str, Handler]) -> None:
        """Handle more types of messages."""
        self._handlers.update(handlers)

    def receive(self, content: object, buffers: Any = None, client: str = "") -> None:
        """Handle a message; anything else is ignored."""
        if not isinstance(content, dict) or not isinstance(kind := content.get("type"), str):
            return
        if handler := self._handlers.get(kind):
            handler(Message(content, buffers, client))
