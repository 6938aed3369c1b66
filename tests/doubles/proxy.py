"""An HTTP proxy on loopback, which notes what it was asked for."""

from __future__ import annotations

import base64
import contextlib
import select
import socket
import threading
from dataclasses import dataclass
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

_HOP = ("transfer-encoding", "connection", "content-length", "server", "date")


@dataclass(frozen=True)
class Asked:
    """A request to the proxy: ``CONNECT host:port`` or ``GET http://...``, and who asked."""

    what: str
    credentials: str = ""


class Proxy:
    """A context manager.

    Parameters
    ----------
    leads_to
        Address that stands for every host over plain HTTP; else the host itself is asked.
    credentials
        ``name:password`` without which nothing passes; empty for none.
    """

    def __init__(self, leads_to: str = "", credentials: str = "") -> None:
        self.asked: list[Asked] = []
        self.leads_to = leads_to
        self.credentials = credentials
        made = type("Handler", (_Handler,), {"proxy": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), made)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    @property
    def address(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Proxy:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    proxy: Proxy
    protocol_version = "HTTP/1.1"

    def do_CONNECT(self) -> None:
        if not self._may(f"CONNECT {self.path}"):
            return
        host, _, port = self.path.rpartition(":")
        try:
            there = socket.create_connection((host, int(port)), 10)
        except OSError:
            self._refuse(502)
            return
        with there:
            self.send_response(200)
            self.end_headers()
            _pass_on(self.connection, there)
        self.close_connection = True

    def do_GET(self) -> None:
        if not self._may(f"GET {self.path}"):
            return
        asked = urlsplit(self.path)
        there = HTTPConnection(urlsplit(self.proxy.leads_to).netloc or asked.netloc, timeout=10)
        with contextlib.closing(there):
            try:
                there.request("GET", asked.path, headers={"Host": asked.netloc})
                answer = there.getresponse()
                data = answer.read()
            except OSError:
                self._refuse(502)
                return
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in _HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _may(self, what: str) -> bool:
        word = self.headers.get("Proxy-Authorization", "").removeprefix("Basic ")
        known = base64.b64decode(word).decode()
        self.proxy.asked.append(Asked(what, known))
        if known == self.proxy.credentials:
            return True
        self._refuse(407)
        return False

    def _refuse(self, status: int) -> None:
        self.send_response(status)
        if status == 407:
            self.send_header("Proxy-Authenticate", 'Basic realm="proxy"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def _pass_on(one: socket.socket, other: socket.socket) -> None:
    ways = {one: other, other: one}
    while True:
        for ready in select.select([*ways], [], [], 10)[0]:
            data = ready.recv(65_536)
            if not data:
                return
            ways[ready].sendall(data)
