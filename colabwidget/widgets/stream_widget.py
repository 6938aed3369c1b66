"""What the terminal and the desktop in a cell have in common: a widget that carries streams."""

from __future__ import annotations

from typing import Any, NoReturn

import traitlets

from colabwidget import static
from colabwidget.kernel.ipykernel_patches import THIS_KERNEL
from colabwidget.kernel.page_messages import Content, Handler, Message
from colabwidget.kernel.streams.files_beside import FilesBeside
from colabwidget.kernel.streams.host import PageStream, StreamHost
from colabwidget.widgets.shown_widget import ShownWidget


class StreamView(ShownWidget):
    """A widget whose pages show a stream. It syncs nothing but what it shows."""

    _esm = static.FOLDER / "stub.js"

    kind = traitlets.Unicode(read_only=True, help="What it shows.").tag(sync=True)
    _bundle = traitlets.Dict(read_only=True, help="Names what draws it.").tag(sync=True)

    def __init__(self, **options: Any) -> None:
        self._files = FilesBeside(self._send_message)
        handlers = {**self._files.handlers, **self._handlers()}
        self._host = StreamHost(self._bundle_name, self._send_message, self._open, handlers)
        super().__init__(**options)
        self.set_trait("kind", self._bundle_name)
        THIS_KERNEL.patch(self.comm)
        self.on_msg(lambda widget, content, buffers: self._host.receive(content, buffers))

    _bundle_name = ""

    @traitlets.default("_bundle")
    def _named_bundle(self) -> dict[str, Any]:
        return self._host.bundle.named()

    def close(self) -> None:
        """Take the widget off the page; what it shows goes on."""
        super().close()
        if hasattr(self, "_host"):
            self._host.close()
            self._files.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError("It is not copied or pickled: it belongs to its kernel.")

    def _open(self, name: str, message: Message) -> PageStream:
        """Return a new stream of that name, for the page's message that opens it."""
        raise NotImplementedError

    def _handlers(self) -> dict[str, Handler]:
        """Return what handles the pages' messages that are not about bytes."""
        return {}

    def _send_message(self, content: Content, buffers: list[bytes]) -> None:
        self.send(content, buffers)
