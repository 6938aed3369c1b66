"""The backend's end of a stream: how it is opened, and how it is waited for."""

from __future__ import annotations

import selectors
import socket

from colabwidget.core.errors import ColabWidgetError
from colabwidget.ipc import client
from colabwidget.ipc.client import check_peer
from colabwidget.ipc.streams import LINE_MAX, Answer, Request, decode_answer, encode_request
from colabwidget.system import paths

_TIMEOUT = 15.0  # seconds


def open_stream(request: Request, *, start: bool = True) -> tuple[socket.socket, Answer]:
    """Open a stream of the backend, which is started if none runs.

    Parameters
    ----------
    request
        What is asked for.
    start
        Whether a backend may be started for it.

    Returns
    -------
    tuple[socket.socket, Answer]
        The stream, and the backend's answer.

    Raises
    ------
    ColabWidgetError
        The backend's error, or why there is no backend.
    """
    stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        stream.settimeout(_TIMEOUT)
        path = str(paths.streams_path())
        try:
            stream.connect(path)
        except (FileNotFoundError, ConnectionRefusedError):
            if not start:
                raise
            client.ensure().close()
            stream.connect(path)
        check_peer(stream)
        stream.sendall(encode_request(request))
        answer = decode_answer(_read_line(stream))
        if answer.error:
            raise ColabWidgetError.from_info(answer.error)
        return stream, answer
    except (OSError, ValueError) as error:
        stream.close()
        raise ColabWidgetError("backend_lost") from error
    except BaseException:
        stream.close()
        raise


def _read_line(stream: socket.socket) -> bytes:
    """Read a line and not a byte more: what follows is the stream's."""
    line = bytearray()
    while not line.endswith(b"\n"):
        byte = stream.recv(1)
        if not byte or len(line) > LINE_MAX:
            raise ValueError("no line")
        line += byte
    return bytes(line)


def end_of_backend() -> str:
    """Return why the backend has closed a stream: its own end, or that of what was shown."""
    return "ended" if paths.socket_path().exists() else "backend_lost"


class Poller:
    """Waits for a stream of the backend, and for a nudge of another thread.

    Parameters
    ----------
    stream
        The backend's stream, which does not block.
    nudges
        A socket that becomes readable with each nudge.
    """

    def __init__(self, stream: socket.socket, nudges: socket.socket) -> None:
        self._stream = stream
        self._nudges = nudges
        self._selector = selectors.DefaultSelector()
        self._selector.register(nudges, selectors.EVENT_READ)
        self._registered = 0

    def __enter__(self) -> Poller:
        return self

    def __exit__(self, *_: object) -> None:
        self._selector.close()

    def wait(self, timeout: float, *, read: bool = False, write: bool = False) -> tuple[bool, bool]:
        """Return whether the stream can be read and written, of what is asked for.

        It returns sooner than after `timeout` seconds where another thread nudges.
        """
        self._register(
            (selectors.EVENT_READ if read else 0) | (selectors.EVENT_WRITE if write else 0)
        )
        ready = {key.fileobj: events for key, events in self._selector.select(timeout)}
        if self._nudges in ready:
            self._nudges.recv(4096)
        events = ready.get(self._stream, 0)
        return bool(events & selectors.EVENT_READ), bool(events & selectors.EVENT_WRITE)

    def _register(self, events: int) -> None:
        before, self._registered = self._registered, events
        if events == before:
            return
        if not before:
            self._selector.register(self._stream, events)
        elif not events:
            self._selector.unregister(self._stream)
        else:
            self._selector.modify(self._stream, events)
