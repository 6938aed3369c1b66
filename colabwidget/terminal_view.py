"""A terminal inside a notebook's cell."""

from __future__ import annotations

from typing import Any

import traitlets

from colabwidget.core.errors import ColabWidgetError
from colabwidget.hosts.environment import session_environment
from colabwidget.stream_view import StreamView
from colabwidget.streams import Content, Send, Stream, ask
from colabwidget.system import paths


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
        tell_shell(self.name, {"type": "end"})

    def _open(self, name: str, content: Content) -> Stream:
        return shell_stream(self.name, name, self._say, content)

    def _told(self, content: Content) -> None:
        told(self.name, content)


def shell_stream(shell: str, name: str, say: Send, content: Content) -> Stream:
    """Return a stream to the shell of that name, for a page that has told its size."""
    header = {"type": "shell", "name": shell, "environment": session_environment()}
    return Stream(name, say, lambda: ask({**header, **_size(content)}))


def told(shell: str, content: Content) -> None:
    """Pass on what a page says of a shell."""
    if content.get("type") in ("resize", "end"):
        tell_shell(shell, content)


def tell_shell(shell: str, content: Content) -> None:
    """Tell a shell to end, or what size its page has; one that there is not hears nothing."""
    if not paths.streams_path().exists():
        return  # and none is started to hear it
    header = {"type": content["type"], "name": shell, **_size(content)}
    try:
        stream, _ = ask(header)
        stream.close()
    except ColabWidgetError:
        pass


def _size(content: Content) -> dict[str, int]:
    """Return the size that a page has, as far as it is one."""
    given = {name: content.get(name) for name in ("columns", "rows")}
    return {name: value for name, value in given.items() if type(value) is int and value > 0}
