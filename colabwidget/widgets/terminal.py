"""A terminal inside a notebook's cell."""

from __future__ import annotations

from typing import Any

import traitlets

from colabwidget.kernel.page_messages import Handler, Message
from colabwidget.kernel.streams.sources import notify_shell, shell_handlers, shell_stream
from colabwidget.kernel.streams.stream import Stream
from colabwidget.widgets.stream_widget import StreamView


class Terminal(StreamView):
    """A login shell on this machine, in the notebook's cell: no tunnel, no account, no client.

    It is a shell of the account of the session where there is one, else of the notebook's own. It
    lives on until it is ended: the page can be loaded again, and so can the kernel.

    Parameters
    ----------
    name
        Shells are told apart by name: the same name shows the same shell, wherever it is shown.

    Examples
    --------
    >>> colabwidget.Terminal()
    <Terminal main>
    """

    _bundle_name = "terminal"

    name = traitlets.Unicode(read_only=True, help="Which shell it shows.").tag(sync=True)

    def __init__(self, name: str = "main", **options: Any) -> None:
        super().__init__(**options)
        self.set_trait("name", str(name)[:100])

    def __repr__(self) -> str:
        return f"<Terminal {self.name}>"

    def end(self) -> None:
        """End the shell itself, with what runs in it, wherever it is shown."""
        notify_shell(self.name, {"type": "end"})

    def _open(self, name: str, message: Message) -> Stream:
        return shell_stream(self.name, name, self._send_message, message)

    def _handlers(self) -> dict[str, Handler]:
        return shell_handlers(lambda: self.name)
