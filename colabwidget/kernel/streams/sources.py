"""Where the streams come from: shells and the desktop of the backend."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.options import Options
from colabwidget.core.phase import is_going_on
from colabwidget.hosts.environment import session_environment, terminal_environment
from colabwidget.ipc import client
from colabwidget.ipc.streams import (
    Answer,
    AnswerShell,
    ClearShell,
    EndShell,
    OpenDesktop,
    OpenFiles,
    OpenShell,
    Request,
    ResizeShell,
    SetDensity,
)
from colabwidget.kernel.page_messages import Content, Handler, Message, Send
from colabwidget.kernel.streams.connection import open_stream
from colabwidget.kernel.streams.host import PageStream
from colabwidget.kernel.streams.rfb_pacing import FramePacer
from colabwidget.kernel.streams.sound import SoundStream
from colabwidget.kernel.streams.stream import Stream
from colabwidget.system import paths

_LOOK_EVERY = 0.4  # seconds
_NAME_MAX = 100  # characters
_ANSWER_MAX = 1000  # characters
# A page has so much under way at most: more than what a fast line carries until an answer is here.
_FILES_INPUT_MAX = 10 * 1024 * 1024  # bytes


def shell_stream(shell: str, name: str, send: Send, message: Message) -> Stream:
    """Return a stream to the shell of that name.

    Parameters
    ----------
    shell, name
        The shell, and the stream.
    send
        Sends a message with buffers to the page.
    message
        The page's, which has its size.
    """
    size = _size(message.content)
    request = OpenShell(shell, terminal_environment(), view=name, **size)
    return Stream(name, send, lambda: open_stream(request))


def shell_handlers(shell: Callable[[], str]) -> dict[str, Handler]:
    """Return what handles a page's messages about the shell of that name."""
    return {
        kind: lambda message: notify_shell(shell(), message.content)
        for kind in ("resize", "clear", "end", "answer")
    }


def notify_shell(shell: str, content: Content) -> None:
    """Tell a shell what a page says: its end, size, a cleared screen, an answer to a program.

    Without a shell, nothing is done.
    """
    if not paths.streams_path().exists():
        return  # no backend, and none is started for it
    request: Request = ResizeShell(shell, **_size(content))
    if content["type"] == "end":
        request = EndShell(shell)
    elif content["type"] == "clear":
        row = content.get("row")
        request = ClearShell(shell, row if type(row) is int else -1)
    elif content["type"] == "answer":
        view, text = str(content.get("stream")), str(content.get("text"))
        request = AnswerShell(shell, view[:_NAME_MAX], text[:_ANSWER_MAX])
    try:
        open_stream(request)[0].close()
    except ColabWidgetError:
        pass


def _size(content: Content) -> dict[str, int]:
    """Return the size that a page has, as far as it is one."""
    given = {name: content.get(name) for name in ("columns", "rows")}
    return {name: value for name, value in given.items() if type(value) is int and value > 0}


def desktop_handlers() -> dict[str, Handler]:
    """Return what handles a page's messages about the desktop that carry none of its bytes."""
    return {"density": lambda message: _set_density(message.number("percent"))}


def _set_density(percent: int | None) -> None:
    """Have the desktop drawn for the page's screen; without a desktop, nothing is done."""
    if percent is not None and paths.streams_path().exists():
        with contextlib.suppress(ColabWidgetError):
            open_stream(SetDensity(percent), start=False)[0].close()


def files_stream(name: str, send: Send, message: Message) -> Stream:
    """Return a stream of that name that moves files.

    Parameters
    ----------
    name
        The stream.
    send
        Sends a message with buffers to the page.
    message
        The page's, which names the transfer.
    """
    request = OpenFiles(message.text("job"), session_environment())
    return Stream(name, send, lambda: open_stream(request), input_max=_FILES_INPUT_MAX)


def desktop_stream(name: str, send: Send, message: Message) -> PageStream:
    """Return a stream of that name to the desktop of the session, or to its sound.

    Parameters
    ----------
    name
        The stream.
    send
        Sends a message with buffers to the page.
    message
        The page's, which tells what it is for.
    """
    if message.flag("sound"):
        return SoundStream(name, send, message.flag("install"))
    stream: Stream = Stream(name, send, lambda: open_desktop(stream), FramePacer())
    return stream


class NotebookDesktop:
    """The desktop of a widget of its own, which begins a session for it.

    Parameters
    ----------
    options
        Of the session, where none is there.
    """

    def __init__(self, options: Options) -> None:
        self._options = options
        self._may_start = True  # once: a page that is loaded again starts nothing
        self._starting = threading.Lock()

    def stream(self, name: str, send: Send, message: Message) -> PageStream:
        """Return a stream of that name.

        Parameters
        ----------
        name
            The stream.
        send
            Sends a message with buffers to the page.
        message
            The page's; it tells whether a desktop that was ended is to begin again.
        """
        if message.flag("sound"):
            return desktop_stream(name, send, message)
        start, self._may_start = message.flag("start") or self._may_start, False

        def begin() -> tuple[socket.socket, Answer]:
            if start:
                self._start()
            return open_desktop(stream)

        stream: Stream = Stream(name, send, begin, FramePacer())
        return stream

    def _start(self) -> None:
        backend = client.ensure()
        try:
            with self._starting:
                snapshot = backend.status()["snapshot"]
                if not is_going_on(snapshot["phase"]):
                    backend.connect(self._options.as_dict(), "", session_environment())
                elif not is_going_on(snapshot["desktop"]["phase"]):
                    backend.desktop(True, self._options.as_dict())
        finally:
            backend.close()


def open_desktop(stream: Stream) -> tuple[socket.socket, Answer]:
    """Wait until there is a desktop, and open a stream of the backend to it.

    Parameters
    ----------
    stream
        Shows meanwhile what goes on; where it is closed, the wait ends.

    Raises
    ------
    ColabWidgetError
        Where there is none, and none is on its way.
    """
    # Most often it is there, and to ask for the session's state takes as long as all the rest.
    with contextlib.suppress(ColabWidgetError):
        return open_stream(OpenDesktop(), start=False)
    backend = client.find()
    if backend is None:
        raise ColabWidgetError("no_desktop")
    try:
        while not stream.closed:
            snapshot = backend.status()["snapshot"]
            phase, error = snapshot["desktop"]["phase"], snapshot["desktop"]["error"]
            error = error or snapshot["error"]
            if phase == "connected":
                return open_stream(OpenDesktop())
            if not is_going_on(phase) and snapshot["phase"] != "working":
                if error:
                    raise ColabWidgetError.from_info(error)
                raise ColabWidgetError("no_desktop")
            stream.send(_progress(snapshot["steps"]))
            time.sleep(_LOOK_EVERY)
        raise ColabWidgetError("cancelled")
    finally:
        backend.close()


def _progress(steps: list[dict[str, Any]]) -> Content:
    """Return the message about the step that runs."""
    running = next((step for step in steps if step["status"] == "running"), None)
    if running is None:
        return {"type": "progress", "text": "Starting"}
    detail = f": {running['detail']}" if running["detail"] else ""
    return {
        "type": "progress",
        "text": f"{running['title']}{detail}",
        "share": running["progress"],
    }
