"""A connection to a shell of the backend, as a kernel has it for its page."""

from __future__ import annotations

import os

from colabwidget.ipc.streams import OpenShell
from colabwidget.kernel.streams.connection import open_stream


class ShellView:
    """What one view of a shell types and sees."""

    def __init__(self, name: str = "main", view: str = "") -> None:
        request = OpenShell(name, {"PATH": os.environ["PATH"]}, view=view)
        self.socket, self.answer = open_stream(request)
        self.socket.settimeout(10)
        self.data = b""

    def type(self, text: str) -> None:
        self.socket.sendall(text.encode())

    def until(self, text: str) -> str:
        while text.encode() not in self.data:
            more = self.socket.recv(65_536)
            assert more, f"it ended: {self.data!r}"
            self.data += more
        return self.data.decode(errors="replace")
