"""Relay in a kernel of its own: messages of its *stdin* channel, and Unix sockets of raw bytes.

It is started in the kernel, by the file, and imports nothing of the package. What goes by stdin
makes no status messages, counts for no limit of the server's, and reaches one client alone. The
kernel's own loop stays free. Once no link has been there for some seconds, the relay has the server
remove the kernel, where the server's token is known to its own account.
"""

from __future__ import annotations

import atexit
import http.client
import json
import os
import socket
import ssl
import threading
import time
from pathlib import Path
from typing import Any

import zmq

_READ = 64 * 1024
_HELD_MAX = 8 * 1024 * 1024
_LINGER = 10.0  # seconds without a link, after which the kernel is removed
_AGAIN = 60.0  # seconds after a removal that the server has refused
_ARRIVES = 1.0  # seconds for clients that have found the kernel just before its removal
# Seconds after a question of the server's at which the kernel is heard of.
_HEARD_AFTER = (0.01, 0.03, 0.08, 0.2)
_FULL = 10  # milliseconds until another try where the server reads too slowly


class _Link:
    """One client's: its address at the kernel, and the socket to the backend."""

    def __init__(self, client: bytes, backend: socket.socket) -> None:
        self.client = client
        self.backend = backend
        self.held = bytearray()  # for the backend
        self.unsent = b""  # for the client
        self.is_closing = False  # once nothing is held


class Relay:
    """All links of a kernel; one thread does it all.

    Parameters
    ----------
    kernel
        ipykernel's.
    session
        Its id at the server.
    """

    def __init__(self, kernel: Any, session: str) -> None:
        self._stdin = kernel.stdin_socket
        self._stdin.setsockopt(zmq.ROUTER_MANDATORY, 1)
        self._messages = kernel.session.clone()
        self._links: dict[bytes, _Link] = {}
        self._server = _Server(session)
        self._removes = self._server.is_known()
        self._is_leaving = False
        self._is_sent = True
        self._idle_since = time.monotonic()
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        atexit.register(self._end)  # before the kernel closes its sockets

    def _end(self) -> None:
        self._ends.set()
        self._thread.join(2)

    def _run(self) -> None:
        while not self._ends.is_set():
            for ready, _ in self._poll():
                if ready == self._stdin:
                    self._take()
            for link in list(self._links.values()):
                self._carry(link)
            if self._links:
                self._idle_since = time.monotonic()
            elif self._removes and time.monotonic() - self._idle_since > _LINGER:
                self._idle_since = time.monotonic() + _AGAIN
                threading.Thread(target=self._leave, daemon=True).start()

    def _leave(self) -> None:
        """Have the kernel removed: this process ends meanwhile."""
        self._is_leaving = True
        self._server.hide()
        time.sleep(_ARRIVES)
        self._server.remove()
        self._is_leaving = False  # the server has refused

    def _poll(self) -> Any:
        poller = zmq.Poller()
        poller.register(self._stdin, zmq.POLLIN)
        is_full = False
        for link in self._links.values():
            is_full |= bool(link.unsent)
            events = 0 if link.unsent else zmq.POLLIN
            poller.register(link.backend.fileno(), events | (zmq.POLLOUT if link.held else 0))
        return poller.poll(_FULL if is_full else 500)

    def _take(self) -> None:
        """Take what clients have sent."""
        while True:
            try:
                parts = self._stdin.recv_multipart(zmq.NOBLOCK)
            except zmq.ZMQError:
                return
            try:
                (client, *_), rest = self._messages.feed_identities(parts)
                message = self._messages.deserialize(rest)
                word, buffers = message["content"].get("value"), message["buffers"]
            except (ValueError, TypeError, KeyError, AttributeError):
                continue  # not of this server's
            link = self._links.get(client)
            if word == "open":
                self._open(client, message["metadata"])
            elif word == "close" and link:
                link.is_closing = True
            elif link and buffers:
                link.held += buffers[0]

    def _open(self, client: bytes, wish: dict[str, Any]) -> None:
        if self._is_leaving:
            self._say(client, "leaving")
            return
        backend = socket.socket(socket.AF_UNIX)
        try:
            backend.connect(str(wish.get("socket")))
        except OSError:
            backend.close()
            self._say(client, "nothing")
            return
        backend.setblocking(False)
        self._links[client] = _Link(client, backend)
        self._say(client, "open" if self._removes else "open for good")

    def _carry(self, link: _Link) -> None:
        """Pass on what is there, both ways."""
        try:
            if link.held:
                del link.held[: link.backend.send(link.held)]
        except BlockingIOError:
            if len(link.held) > _HELD_MAX:
                self._drop(link)
        except OSError:
            self._drop(link)
            return
        if link.is_closing:
            if not link.held:
                self._say(link.client, "end")
                self._drop(link)
            return
        try:
            data = link.unsent or link.backend.recv(_READ)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data or not self._say(link.client, "data" if data else "end", data):
            self._drop(link)
            return
        link.unsent = b"" if self._is_sent else data

    def _say(self, client: bytes, word: str, data: bytes = b"") -> bool:
        """Tell a client; false where it is gone. `_is_sent` says whether there was room for it."""
        message = self._messages.msg("input_request", {"prompt": word, "password": False})
        parts = self._messages.serialize(message, ident=client)
        self._is_sent = True
        try:
            self._stdin.send_multipart([*parts, data] if data else parts, zmq.NOBLOCK)
        except zmq.Again:
            self._is_sent = False
        except zmq.ZMQError:
            return False
        return True

    def _drop(self, link: _Link) -> None:
        if self._links.get(link.client) is link:
            del self._links[link.client]
        link.backend.close()


class _Server:
    """The notebook's server, as it has written itself down for its own account.

    Parameters
    ----------
    session
        Id of the session that the kernel belongs to.
    """

    def __init__(self, session: str) -> None:
        self._session = session

    def is_known(self) -> bool:
        """Tell whether it lets the kernel's account ask."""
        return self._ask("GET")

    def hide(self) -> None:
        """Let no client find the kernel any more."""
        self._ask("PATCH", b'{"path": ".colabwidget-through-ended"}')

    def remove(self) -> None:
        """Have it remove the kernel."""
        self._ask("DELETE")

    def _ask(self, method: str, body: bytes | None = None) -> bool:
        found = self._own_words()
        token = found.get("token") or os.environ.get("JUPYTERHUB_API_TOKEN")
        if not found or not token:
            return False
        host = found.get("hostname")
        host = "127.0.0.1" if host in ("", "0.0.0.0", "::", "localhost", None) else host
        try:
            connection = _connection(host, found["port"], is_secure=found["secure"])
            path = found["base_url"] + "api/sessions/" + self._session
            connection.request(method, path, body, {"Authorization": f"token {token}"})
            return connection.getresponse().status < 300
        except (OSError, ValueError, KeyError, http.client.HTTPException):
            return False

    def _own_words(self) -> dict[str, Any]:
        """Return what the server that has started this kernel has written down."""
        from jupyter_core.paths import jupyter_runtime_dir

        parent = os.environ.get("JPY_PARENT_PID", "")
        for kind in ("jpserver", "nbserver"):
            try:
                text = (Path(jupyter_runtime_dir()) / f"{kind}-{parent}.json").read_text()
                return dict(json.loads(text))
            except (OSError, ValueError, TypeError):
                continue
        return {}


def _connection(host: str, port: int, *, is_secure: bool) -> http.client.HTTPConnection:
    if not is_secure:
        return http.client.HTTPConnection(host, port, timeout=10)
    # An address of this machine, whatever the certificate says.
    trusted = ssl.create_default_context()
    trusted.check_hostname, trusted.verify_mode = False, ssl.CERT_NONE
    return http.client.HTTPSConnection(host, port, timeout=10, context=trusted)


def _be_heard_sooner(kernel: Any) -> None:
    """Have the server serve a client at once.

    It does so when it has heard the kernel on *iopub*. What it asks the kernel for that has an
    echo there, which its socket, connected a moment ago, may miss; half a second later it asks
    again.
    """
    usual = kernel.control_handlers["kernel_info_request"]

    def say() -> None:
        session = kernel.session.clone()
        for pause in _HEARD_AFTER:
            time.sleep(pause)
            idle = session.msg("status", {"execution_state": "idle"})
            session.send(kernel.iopub_socket, idle, ident=b"status")

    def answer(*arguments: Any) -> Any:
        threading.Thread(target=say, daemon=True).start()
        return usual(*arguments)

    kernel.control_handlers["kernel_info_request"] = answer


_relay: Relay | None = None


def serve(session: str) -> None:
    """Serve links in this kernel from now on; a second call does nothing."""
    global _relay
    if _relay is None:
        from IPython import get_ipython

        kernel = get_ipython().kernel
        _be_heard_sooner(kernel)
        _relay = Relay(kernel, session)
