"""The kernel's part of what a widget's pages show: the module that draws it, and its streams."""

from __future__ import annotations

import functools
import gzip
import hashlib
import threading
from collections.abc import Callable
from typing import Any

from colabwidget import static
from colabwidget.kernel.streams.stream import Content, Send, Stream
from colabwidget.kernel.subshells import has_subshells

_STREAMS_MAX = 50  # of one widget


class StreamHost:
    """Answers the pages that show one kind of streams; each view has a stream of its own.

    Parameters
    ----------
    kind
        Names the module: ``"desktop"`` or ``"terminal"``.
    say
        Sends a message with buffers to the pages.
    begin
        Returns a new stream of the given name, for a page that has said the rest.
    told
        Takes what a page says that is not about bytes.
    """

    def __init__(
        self,
        kind: str,
        say: Send,
        begin: Callable[[str, Content], Stream],
        told: Callable[[Content], None] = lambda content: None,
    ) -> None:
        self._say = say
        self._begin = begin
        self._told = told
        self._streams: dict[str, Stream] = {}
        self._opening = threading.Lock()
        # Read now: an upgrade of the package under a running kernel does not part the two.
        self._bundle = _bundle(kind)

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
            hello = {"type": "hello", "page": page, "bundle": self._bundle[0]}
            self._say({**hello, "waits": not has_subshells()}, [])
        elif kind == "bundle":
            self._say({"type": "bundle", "bundle": self._bundle[0]}, [self._bundle[1]])
        elif kind == "open":
            self._open_once(name, content)
        elif stream and kind == "data":
            at, took = content.get("at"), content.get("took")
            if type(took) is int:
                stream.take(took, again=False)
            data = b"".join(bytes(part) for part in buffers or [])
            if type(at) is int and at >= 0:
                stream.type(at, data)
        elif stream and kind == "took":
            at = content.get("at")
            if type(at) is int:
                stream.take(at, content.get("again") is True)
        elif stream and kind == "close":
            self._streams.pop(name, None)
            stream.close()
        elif kind == "data":
            # Of a kernel before this one, or closed since.
            self._say({"type": "closed", "stream": name, "reason": "gone"}, [])
        else:
            self._told(content)

    def _open_once(self, name: str, content: Content) -> None:
        with self._opening:
            if found := self._streams.get(name):
                found.repeat()
                return
            stream = self._streams[name] = self._begin(name, content)
            while len(self._streams) > _STREAMS_MAX:
                oldest = next(iter(self._streams))
                self._streams.pop(oldest).close()
        stream.start()


@functools.lru_cache
def _bundle(name: str) -> tuple[str, bytes]:
    """Return hash and gzipped text of a bundle of the front end."""
    text = (static.FOLDER / f"{name}.js").read_bytes()
    return hashlib.sha256(text).hexdigest()[:16], gzip.compress(text, 6, mtime=0)
