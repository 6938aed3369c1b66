"""The local program's server: on 127.0.0.1, for one page and the clients of this account."""

from __future__ import annotations

import hmac
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from colabwidget.through import websocket
from colabwidget.through.bridge import page as pages
from colabwidget.through.bridge.page import Answer, Page
from colabwidget.through.bridge.places import may_ask, may_open
from colabwidget.through.bridge.proof import is_proven, new_secret, nonce_of, proof
from colabwidget.through.bridge.shared import Shared
from colabwidget.through.faults import Fault, Lost
from colabwidget.through.websocket import TEXT, WebSocket

#: Where the page connects to.
PAGE = "/page"
_HOST = "127.0.0.1"
_SAYS_WITHIN = 10.0  # seconds
_BODY_MAX = 64 * 1024
_STATUS = range(200, 600)
# What a header may repeat of what a page says.
_PROTOCOL = re.compile(r"[A-Za-z0-9._-]{1,100}")


class Bridge:
    """The server; it listens until it is closed.

    Parameters
    ----------
    origin
        Of the notebook's pages: no other page is let in.

    Attributes
    ----------
    port
        Where it listens.
    code
        What a user pastes into the page.
    token
        By which the clients come in.

    Raises
    ------
    Fault
        Where it cannot listen.
    """

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.token = new_secret()
        self.secret = new_secret()
        self.page: Page | None = None
        self._changed = threading.Condition()
        try:
            self._server = _Server((_HOST, 0), _Handler)
        except OSError as error:
            raise Fault(f"This computer lets nothing listen: {error.strerror}.") from None
        self._server.bridge = self
        self.port: int = self._server.server_address[1]
        self.code = f"{self.port}-{self.secret}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def wait(self, *, there: bool) -> None:
        """Wait until a page is there, or is not."""
        with self._changed:
            # Windows hears no Ctrl-C while it waits for ever.
            while (self.page is not None) != there:
                self._changed.wait(1.0)

    def serve(self, page: Page) -> None:
        """Serve a page until it is gone; the one before it is closed."""
        with self._changed:
            before, self.page = self.page, page
            self._changed.notify_all()
        if before:
            before.end()
        try:
            page.run()
        finally:
            with self._changed:
                self.page = None if self.page is page else self.page
                self._changed.notify_all()

    def close(self) -> None:
        """Close it, and all that it carries."""
        self._server.shutdown()
        self._server.server_close()
        if page := self.page:
            page.end()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    bridge: Bridge

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print nothing: a connection that breaks is no news."""


class _Handler(BaseHTTPRequestHandler):
    """One connection, of the page's or of a client's."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 30.0  # seconds that a request may take to come
    server: _Server

    def do_GET(self) -> None:
        """Answer, or open a WebSocket."""
        if not self._is_meant():
            self._refuse(403)
        elif self.path == PAGE:
            self._serve_page()
        elif self._is_client() and self.headers.get("Upgrade", "").lower() == "websocket":
            self._open()
        else:
            self._ask()

    def do_POST(self) -> None:
        """Answer."""
        self._ask()

    def do_DELETE(self) -> None:
        """Answer."""
        self._ask()

    def log_message(self, *arguments: Any) -> None:
        """Print nothing."""

    def _is_meant(self) -> bool:
        """Tell whether this server is meant, and no name that leads to it."""
        return self.headers.get("Host") == f"{_HOST}:{self.server.bridge.port}"

    def _is_client(self) -> bool:
        """Tell whether it is a client; a browser names its page."""
        given = self.headers.get("Authorization", "").encode()
        wanted = f"token {self.server.bridge.token}".encode()
        is_page = "Origin" in self.headers
        return hmac.compare_digest(given, wanted) and self._is_meant() and not is_page

    def _ask(self) -> None:
        method, place = self.command, self.path[1:]
        if not self._is_client() or not may_ask(method, place):
            self._refuse(403)
            return
        size = self.headers.get("Content-Length") or "0"
        if not size.isdecimal() or int(size) > _BODY_MAX:
            self._refuse(400)
            return
        body = self.rfile.read(int(size)).decode(errors="replace")
        page = self.server.bridge.page
        self._answer(page.ask(method, place, body) if page else pages.NO_PAGE)

    def _open(self) -> None:
        place = self.path[1:]
        if not may_open(place):
            self._refuse(403)
            return
        page = self.server.bridge.page
        asked = self.headers.get("Sec-WebSocket-Protocol", "")
        opened = page.open(place, asked) if page else pages.NO_PAGE
        if isinstance(opened, Answer):
            self._answer(opened)
            return
        stream, protocol = opened
        stream.carry(Shared(self._upgraded(protocol)))

    def _serve_page(self) -> None:
        """Let a page in that has the code, and show it that this program has it as well."""
        bridge = self.server.bridge
        origin = self.headers.get("Origin", "")
        if not hmac.compare_digest(origin.encode(), bridge.origin.encode()):
            self._refuse(403)
            return
        connection = Shared(self._upgraded())
        try:
            theirs, ours = nonce_of(connection.first(_SAYS_WITHIN)), new_secret()
            if not theirs:
                raise Lost("This is no page of ours.")
            shown = {"nonce": ours, "proof": proof(bridge.secret, "program", theirs, ours)}
            connection.send(json.dumps(shown).encode(), TEXT)
            expected = proof(bridge.secret, "page", theirs, ours)
            if not is_proven(connection.first(_SAYS_WITHIN), expected):
                raise Lost("The page does not have the code.")
        except Lost:
            connection.close()
            return
        connection.send(b"{}", TEXT)
        bridge.serve(Page(connection))

    def _upgraded(self, protocol: str = "") -> WebSocket:
        self.close_connection = True
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        key = self.headers.get("Sec-WebSocket-Key", "")
        self.send_header("Sec-WebSocket-Accept", websocket.accepted(key))
        if _PROTOCOL.fullmatch(protocol):
            self.send_header("Sec-WebSocket-Protocol", protocol)
        self.end_headers()
        return WebSocket(self.connection, is_server=True)

    def _answer(self, answer: Answer) -> None:
        status = answer.status if answer.status in _STATUS else 502
        text = b"" if status in (204, 304) else answer.text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        if status not in (204, 304):
            self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def _refuse(self, status: int) -> None:
        self.close_connection = True
        self._answer(Answer(status))
