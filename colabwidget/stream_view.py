"""What the terminal and the desktop in a cell have in common: a widget that carries streams."""

from __future__ import annotations

import functools
import gzip
import hashlib
import threading
from pathlib import Path
from typing import Any, NoReturn

import anywidget
import traitlets

from colabwidget.streams import Content, Stream
from colabwidget.subshells import has_subshells, keep_off_the_busy_shell

_STATIC = Path(__file__).parent / "static"
_STREAMS_MAX = 50  # of one widget


class StreamView(anywidget.AnyWidget):
    """A widget whose pages show a stream. It syncs nothing but what kind it is."""

    _esm = _STATIC / "view.js"

    kind = traitlets.Unicode(read_only=True, help="What it shows.").tag(sync=True)

    def __init__(self, **options: Any) -> None:
        self._streams: dict[str, Stream] = {}
        self._opening = threading.Lock()
        self._bundle = _bundle(self._bundle_name)
        super().__init__(**options)
        self.set_trait("kind", self._bundle_name)
        keep_off_the_busy_shell(self.comm)
        self.on_msg(self._receive)

    _bundle_name = ""

    def close(self) -> None:
        """Take the widget off the page; what it shows goes on."""
        super().close()
        for stream in list(getattr(self, "_streams", {}).values()):
            stream.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError("It is not copied or pickled: it belongs to its kernel.")

    def _open(self, name: str, content: Content) -> Stream:
        """Return a new stream of that name."""
        raise NotImplementedError

    def _told(self, content: Content) -> None:
        """Take what a page says that is not about bytes."""

    def _say(self, content: Content, buffers: list[bytes] | None = None) -> None:
        self.send(content, buffers or [])

    def _receive(self, widget: Any, content: object, buffers: Any) -> None:
        if not isinstance(content, dict):
            return
        kind, name = content.get("type"), str(content.get("stream"))[:100]
        stream = self._streams.get(name)
        if kind == "ready":
            self._say(
                {
                    "type": "hello",
                    "page": str(content.get("page"))[:100],
                    "bundle": self._bundle[0],
                    "waits": not has_subshells(),
                }
            )
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
            self._say({"type": "closed", "stream": name, "reason": "gone"})
        else:
            self._told(content)

    def _open_once(self, name: str, content: Content) -> None:
        with self._opening:
            if found := self._streams.get(name):
                found.repeat()
                return
            stream = self._streams[name] = self._open(name, content)
            while len(self._streams) > _STREAMS_MAX:
                oldest = next(iter(self._streams))
                self._streams.pop(oldest).close()
        stream.start()


@functools.lru_cache
def _bundle(name: str) -> tuple[str, bytes]:
    """Return hash and gzipped text of a bundle of the front end."""
    text = (_STATIC / f"{name}.js").read_bytes()
    return hashlib.sha256(text).hexdigest()[:16], gzip.compress(text, 6, mtime=0)
