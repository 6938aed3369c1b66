"""The desktop inside a notebook's cell."""

from __future__ import annotations

import socket
import sys
import threading
from typing import TYPE_CHECKING, TextIO

from colabwidget.control.progress import (
    Progress,
    follow_states,
    rollback_on_interrupt,
    until_connected,
)
from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.options import DESKTOP_OPTIONS, NO_TUNNEL, Options, check_names
from colabwidget.core.snapshot import Snapshot, is_going_on
from colabwidget.hosts.environment import session_environment
from colabwidget.ipc import client
from colabwidget.ipc.streams import Answer
from colabwidget.kernel.page_messages import Message
from colabwidget.kernel.streams.rfb_pacing import FramePacer
from colabwidget.kernel.streams.sources import open_desktop
from colabwidget.kernel.streams.stream import Stream
from colabwidget.tunnels import validation
from colabwidget.widgets.stream_widget import StreamView

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from colabwidget.widgets.option_traits import WidgetTraits


class Desktop(StreamView):
    """A desktop on this machine, in the notebook's cell: no tunnel, no account, no viewer.

    It is that of the session where there is one. Else a session begins that opens nothing to the
    outside: its packages are installed, and the desktop is the notebook's own account's.
    `colabwidget.disconnect` ends it; the page can be loaded again, and so can the kernel.

    Parameters
    ----------
    geometry : str
        First size of the desktop in pixels; a viewer can change it.
    depth : int
        Bits a pixel of the desktop. Values: ``16``, ``24``.
    vnc : str
        The VNC server; ``auto`` is TurboVNC where it can be had. Values: ``auto``, ``turbovnc``,
        ``tigervnc``.

    Raises
    ------
    ColabWidgetError
        For options that cannot be used.
    """

    _bundle_name = "desktop"

    def __init__(
        self,
        # <made by scripts/options.py: desktop parameters, in a cell>
        geometry: str = "1280x800",
        depth: int = 24,
        vnc: str = "auto",
        # </made>
        **more: Unpack[WidgetTraits],
    ) -> None:
        options = {name: value for name, value in locals().items() if name in DESKTOP_OPTIONS}
        check_names([name for name in more if not self.has_trait(name)], DESKTOP_OPTIONS)
        self._options = validation.checked(
            Options(tunnel=NO_TUNNEL, ssh=False, desktop=True, **options)
        )
        self._may_start = True  # once: a page that is loaded again starts nothing
        self._starting = threading.Lock()
        super().__init__(**more)

    def _open(self, name: str, message: Message) -> Stream:
        start = message.flag("start") or self._may_start
        self._may_start = False
        stream: Stream = Stream(
            name, self._send_message, lambda: self._begin(stream, start), FramePacer()
        )
        return stream

    def _begin(self, stream: Stream, start: bool) -> tuple[socket.socket, Answer]:
        if start:
            backend = client.ensure()
            try:
                with self._starting:
                    self._start(backend)
            finally:
                backend.close()
        return open_desktop(stream)

    def _start(self, backend: client.Client) -> None:
        snapshot = backend.status()["snapshot"]
        if not is_going_on(snapshot["phase"]):
            backend.connect(self._options.as_dict(), "", session_environment())
        elif not is_going_on(snapshot["desktop"]["phase"]):
            backend.desktop(True, self._options.as_dict())


def opened(options: Options, progress: TextIO | None) -> Desktop:
    """Have a desktop that the notebook shows, and nobody else; return it when it is there.

    Raises
    ------
    ColabWidgetError
        With what happened, why, and what to do.
    """
    states, backend = follow_states(client.ensure)
    shown = Progress(progress or sys.stderr)
    try:
        with rollback_on_interrupt(backend, True, shown):
            asked = backend.connect(options.as_dict(), "", session_environment())
            last = until_connected(Snapshot.from_dict(asked["snapshot"]), states, shown)
    finally:
        backend.close()
    if last.desktop["error"]:
        raise ColabWidgetError.from_info(last.desktop["error"])
    return Desktop(**{name: getattr(options, name) for name in DESKTOP_OPTIONS})
