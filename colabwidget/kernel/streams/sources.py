"""Where the streams come from: shells and the desktop of the backend."""

from __future__ import annotations

import contextlib
import socket
import time
from typing import Any

from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.snapshot import GOES_ON
from colabwidget.hosts.environment import session_environment
from colabwidget.ipc import client
from colabwidget.kernel.streams.stream import Content, Send, Stream, ask
from colabwidget.system import paths

_LOOK_EVERY = 0.4  # seconds


def shell_stream(shell: str, name: str, say: Send, content: Content) -> Stream:
    """Return a stream to the shell of that name, for a page that has told its size."""
    header = {"type": "shell", "name": shell, "environment": session_environment()}
    return Stream(name, say, lambda: ask({**header, **_size(content)}))


def on_shell_message(shell: str, content: Content) -> None:
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


def look_at_desktop(stream: Stream) -> tuple[socket.socket, Content]:
    """Wait until there is a desktop, and look at it.

    Raises
    ------
    ColabWidgetError
        Where there is none, and none is on its way.
    """
    # Most often it is there; what the session says else takes as long as the rest together.
    with contextlib.suppress(ColabWidgetError):
        return ask({"type": "desktop"}, start=False)
    backend = client.find()
    if backend is None:
        raise ColabWidgetError("no_desktop")
    try:
        while not stream.closed:
            snapshot = backend.status()["snapshot"]
            phase, error = snapshot["desktop"]["phase"], snapshot["desktop"]["error"]
            error = error or snapshot["error"]
            if phase == "connected":
                return ask({"type": "desktop"})
            if phase not in GOES_ON and snapshot["phase"] != "working":
                if error:
                    raise ColabWidgetError.from_info(error)
                raise ColabWidgetError("no_desktop")
            stream.tell(_progress(snapshot["steps"]))
            time.sleep(_LOOK_EVERY)
        raise ColabWidgetError("cancelled")
    finally:
        backend.close()


def _progress(steps: list[dict[str, Any]]) -> Content:
    """Return what is going on, for people."""
    running = next((step for step in steps if step["status"] == "running"), None)
    if running is None:
        return {"type": "progress", "text": "Starting"}
    detail = f": {running['detail']}" if running["detail"] else ""
    return {
        "type": "progress",
        "text": f"{running['title']}{detail}",
        "share": running["progress"],
    }
