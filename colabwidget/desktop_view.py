"""The desktop inside a notebook's cell."""

from __future__ import annotations

from colabwidget.frames import Frames
from colabwidget.stream_view import StreamView
from colabwidget.streams import Content, Stream, ask


class Desktop(StreamView):
    """The desktop of the session on this machine, in the notebook's cell."""

    _bundle_name = "desktop"

    def _open(self, name: str, content: Content) -> Stream:
        return Stream(name, self._say, lambda: ask({"type": "desktop"}), Frames())
