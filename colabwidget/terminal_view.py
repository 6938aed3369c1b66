"""A terminal inside a notebook's cell."""

from __future__ import annotations

from typing import Any

from colabwidget import host
from colabwidget.errors import ColabWidgetError
from colabwidget.stream_view import StreamView
from colabwidget.streams import Content, Stream, ask


class Terminal(StreamView):
    """A login shell on this machine, in the notebook's cell: no tunnel, no account, no client.

    It is a shell of the account of the session where there is one, else of the notebook's own. It
    lives on until it ends or is closed: the page can be loaded again, and so can the kernel.

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

    def __init__(self, name: str = "main", **options: Any) -> None:
        self._shell = str(name)[:100]
        super().__init__(**options)

    def __repr__(self) -> str:
        return f"<Terminal {self._shell}>"

    def end(self) -> None:
        """End the shell itself, with what runs in it."""
        self._tell({"type": "end"})

    def _open(self, name: str, content: Content) -> Stream:
        header = {
            "type": "shell",
            "name": self._shell,
            "environment": host.session_environment(),
            **_size(content),
        }
        return Stream(name, self._say, lambda: ask(header))

    def _told(self, content: Content) -> None:
        if content.get("type") == "resize":
            self._tell({"type": "resize", **_size(content)})

    def _tell(self, header: Content) -> None:
        try:
            stream, _ = ask({**header, "name": self._shell})
            stream.close()
        except ColabWidgetError:
            pass  # there is no shell any more, and no size of it


def _size(content: Content) -> dict[str, int]:
    """Return the size that a page has, as far as it is one."""
    given = {name: content.get(name) for name in ("columns", "rows")}
    return {name: value for name, value in given.items() if type(value) is int and value > 0}
