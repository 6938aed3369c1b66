"""Requests to a notebook's server: a sentence for each fault, and a token for no other server."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from colabwidget.through import links
from colabwidget.through.address import Address
from colabwidget.through.faults import Fault, Passing
from colabwidget.through.jupyter import Missing, Refused, Server
from colabwidget.through.pairing import Machine
from colabwidget.through.profiles import Profile, Profiles
from colabwidget.through.ways.choice import open_link


@dataclass
class Double:
    """A server that answers as it is told; `asked` is what it was sent."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"{}"
    asked: list[tuple[str, str]] = field(default_factory=list)
    port: int = 0

    @property
    def server(self) -> Server:
        return Server(Address(False, "127.0.0.1", self.port, "/base/"), "the-token")


def _serving(double: Double) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            double.asked.append((self.path, self.headers.get("Authorization", "")))
            self.send_response(double.status)
            for name, value in double.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(double.body)))
            self.end_headers()
            self.wfile.write(double.body)

        do_POST = do_DELETE = do_GET

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    double.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    return server


@pytest.fixture
def double() -> Iterator[Double]:
    made = Double()
    server = _serving(made)
    yield made
    server.shutdown()
    server.server_close()


def test_a_request_goes_below_the_base_url_with_the_token_in_its_head(double: Double) -> None:
    assert double.server.get("api/status") == {}
    assert double.asked == [("/base/api/status", "token the-token")]


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (401, Refused, "does not take the token"),
        (403, Refused, "does not take the token"),
        (404, Missing, "HTTP 404"),
        (302, Passing, "sends the request elsewhere"),
        (424, Passing, "cannot answer for now"),
        (503, Passing, "cannot answer for now"),
    ],
)
def test_each_answer_has_a_sentence(
    double: Double, status: int, kind: type[Fault], words: str
) -> None:
    double.status, double.body = status, b"<html>the-token</html>"
    for ask in (lambda: double.server.get("api/status"), lambda: double.server.open("a/b")):
        with pytest.raises(kind, match=words) as told:
            ask()
        assert "the-token" not in str(told.value)


def test_a_page_is_no_server_of_a_notebook(double: Double) -> None:
    double.body = b"<html>sign in</html>"
    with pytest.raises(Fault, match="is no notebook's server"):
        double.server.get("api/status")


def test_a_redirect_gets_no_token(double: Double) -> None:
    other = Double()
    server = _serving(other)
    try:
        double.status = 302
        double.headers = {"Location": f"http://127.0.0.1:{other.port}/base/api/status"}
        for ask in (double.server.get, double.server.open):
            with pytest.raises(Passing):
                ask("api/status")
    finally:
        server.shutdown()
        server.server_close()
    assert not other.asked


def test_what_does_not_upgrade_is_told(double: Double) -> None:
    double.status = 101
    double.headers = {"Upgrade": "websocket", "Sec-WebSocket-Accept": "wrong"}
    with pytest.raises(Passing, match="opens no WebSocket"):
        double.server.open("terminals/websocket/1")


def test_a_server_without_a_way_is_told(double: Double) -> None:
    double.status = 404
    machine = Machine("me", [], "/python", "/relay", "/socket")
    # Passing: a proxy says so as well while the server behind it is started again.
    with pytest.raises(Passing, match=r"offers no way through it: .*, and it has no kernel"):
        open_link(double.server, machine)
    for way, lack in (("extension", "is not in"), ("terminal", "off"), ("kernel", "no kernel")):
        with pytest.raises(Passing, match=f"does not offer the way {way}, .*{lack}"):
            open_link(double.server, machine, only=way)


@pytest.mark.parametrize(("insists", "only"), [(True, "kernel"), (False, "")])
def test_a_way_that_was_asked_for_at_pairing_is_the_only_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, insists: bool, only: str
) -> None:
    asked = []

    def open_one(*_: object, only: str, first: str) -> tuple[str, object]:
        asked.append((only, first))
        return "kernel", object()

    monkeypatch.setattr(links, "open_link", open_one)
    machine = Machine("me", [], "/python", "/relay", "/socket")
    profile = Profile("it", "https://host/", machine, b"", b"", way="kernel", insists=insists)
    links.link_of(Profiles(tmp_path), profile, "token")
    assert asked == [(only, "kernel")]


def test_where_nothing_listens_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(Passing, match="cannot be reached"):
        Server(Address(False, "127.0.0.1", port), "t").get("api/status")


def test_a_server_without_tls_is_told_from_one_with_it(double: Double) -> None:
    with pytest.raises(Passing, match="TLS"):
        Server(Address(True, "127.0.0.1", double.port), "t").get("api/status")
    assert not double.asked
