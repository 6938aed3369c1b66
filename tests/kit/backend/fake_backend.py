"""The backend's end of the Unix socket, in the test's own process."""

from __future__ import annotations

import contextlib
import socket
import threading
from dataclasses import replace
from typing import Any

from colabwidget import __version__
from colabwidget.core.details import Details, ssh_details
from colabwidget.core.endpoint import Endpoint
from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.phase import is_resting
from colabwidget.core.secrets import Secret
from colabwidget.core.snapshot import Snapshot
from colabwidget.ipc import messages
from colabwidget.system import paths
from colabwidget.system.files import ensure_private
from colabwidget.tunnels import registry

HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKmQmIYjZSLkLMcUUYQ5vpJf8Wq0gMrQ3kEEBjJ5Tq2v"
PASSWORD = "a7fKpQ2mZxRt9wBvYcN3Hd"


class FakeBackend:
    """The backend's end, in this process: keeps what it was asked and answers as it was told."""

    def __init__(self, hello: bytes | None = None) -> None:
        self.snapshot = Snapshot(epoch="fake", revision=1)
        self.details: Details | None = None
        self.log: list[str] = []
        self.lost = 0  # lines at its start that are no more kept
        self.requests: list[messages.Request] = []
        self.refusals: dict[str, ColabWidgetError] = {}
        self._hello = hello or messages.encode(
            messages.Hello(messages.VERSION, __version__, self.snapshot.epoch)
        )
        self._clients: list[socket.socket] = []  # that have greeted
        self._accepted: list[socket.socket] = []
        self._telling = threading.Lock()  # so that no older state comes after a newer one
        ensure_private(paths.runtime_directory())
        self._server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._server.bind(str(paths.socket_path()))
        self._server.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def asked(self, kind: type[Any]) -> list[Any]:
        return [request for request in self.requests if isinstance(request, kind)]

    def change(self, **fields: Any) -> None:
        """Tell all clients of a new state."""
        with self._telling:
            self.snapshot = replace(self.snapshot, revision=self.snapshot.revision + 1, **fields)
            self._push(messages.State(self.snapshot.as_dict()))

    def connected(self, password: str = PASSWORD) -> None:
        """Have a session that is open."""
        self.details = open_details(password)
        self.change(
            phase="connected",
            endpoint=self.details.endpoint.as_dict(),
            details_revision=self.snapshot.details_revision + 1,
        )

    def print(self, *lines: str) -> None:
        """Have more lines in the journal."""
        with self._telling:
            since = len(self.log)
            self.log += lines
            self.snapshot.log_end = end = len(self.log)
            self._push(messages.Log(since, len(lines), end, "\n".join(lines)))

    def close(self) -> None:
        """Die, and leave the socket file behind."""
        for one in (self._server, *self._accepted):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def _push(self, message: messages.Message) -> None:
        for client in self._clients:
            with contextlib.suppress(OSError):
                client.sendall(messages.encode(message))

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._server.accept()
                self._accepted.append(client)
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, client.makefile("rb") as lines, contextlib.suppress(OSError):
            client.sendall(self._hello)
            for line in lines:
                message = messages.decode(line)
                if isinstance(message, messages.Hello):
                    with self._telling:
                        self._clients.append(client)
                        if message.follow:
                            client.sendall(messages.encode(messages.State(self.snapshot.as_dict())))
                    continue
                assert not isinstance(message, (messages.Reply, messages.State, messages.Log))
                if not (isinstance(message, messages.Connect) and message.dry_run):
                    self.requests.append(message)
                client.sendall(messages.encode(self.answer(message)))

    def answer(self, request: messages.Request) -> messages.Reply:
        """What a request is answered; a subclass may do more."""
        if refusal := self.refusals.get(request.type):
            return messages.Reply(request.id, error=dict(refusal.info))
        result: dict[str, Any] = {"snapshot": self.snapshot.as_dict()}
        if isinstance(request, messages.Journal):
            lines = self.log[max(request.since, 0) :]
            if request.since < self.lost:
                lines = ["(lines are missing)", *self.log[self.lost :]]
            since = len(self.log) - len(lines)
            counts = {"since": since, "count": len(lines), "end": len(self.log)}
            result = {"epoch": "fake", **counts, "text": "\n".join(lines)}
        elif isinstance(request, messages.Connect):
            spec = registry.find(request.options.get("tunnel", "ngrok"))
            # A session that is open without options is the one that this Connect begins.
            begins = is_resting(self.snapshot.phase) or (self.details and not self.snapshot.options)
            result["token_needed"] = spec.needs_token and bool(begins)
        elif isinstance(request, messages.Invite):
            result["name"] = "guest-1"
        elif isinstance(request, messages.Status):
            result["details"] = self.details.as_dict(reveal=False) if self.details else None
        elif isinstance(request, messages.GetDetails):
            if not self.details:
                error = ColabWidgetError("not_connected")
                return messages.Reply(request.id, error=dict(error.info))
            revision = self.snapshot.details_revision
            values = self.details.as_dict(reveal=True)
            result = {"epoch": "fake", "revision": revision, "details": values}
        return messages.Reply(request.id, result=result)


def open_details(password: str = PASSWORD) -> Details:
    endpoint = Endpoint("1.tcp.example.net", 12345)
    ssh = ssh_details(endpoint, "colab", "/home/colab", [HOST_KEY], Secret(password), verified=True)
    return Details("connected", "ngrok", endpoint, ssh)
