"""A server behind TLS and behind an HTTP proxy: both real, with an authority of this computer."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from colabwidget.through.address import Address
from colabwidget.through.faults import Fault, Passing
from colabwidget.through.jupyter import Server
from tests.kit.fronts import Authority, ConnectProxy, TlsFront

NAME = "notebook.test"


class Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'"here"')

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def test_an_authority_is_trusted_by_its_file(
    port: int, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    front = TlsFront(port, authority.server("localhost"))
    try:
        address = Address(True, "localhost", front.port)
        assert Server(address, "t", str(authority.file)).get("api") == "here"
        with pytest.raises(Fault, match=r"certificate of localhost.* is not trusted"):
            Server(address, "t").get("api")
        with pytest.raises(Fault, match="cannot be read, or holds no certificate"):
            Server(address, "t", str(tmp_path / "none")).get("api")
        elsewhere = Address(True, "127.0.0.1", front.port)
        with pytest.raises(Fault, match="is not trusted"):
            Server(elsewhere, "t", str(authority.file)).get("api")
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))  # the system's store
        assert Server(address, "t").get("api") == "here"
    finally:
        front.close()


@pytest.mark.parametrize("secure", [True, False])
def test_an_http_proxy_is_asked_for_a_connection(
    port: int, authority: Authority, monkeypatch: pytest.MonkeyPatch, secure: bool
) -> None:
    front = TlsFront(port, authority.server(NAME))
    proxy = ConnectProxy({NAME: front.port if secure else port}, "me:pass word")
    kind = "https_proxy" if secure else "http_proxy"
    server = Server(Address(secure, NAME, 443 if secure else 80), "the-token", str(authority.file))
    try:
        monkeypatch.setenv(kind, f"http://me:pass%20word@127.0.0.1:{proxy.port}")
        assert server.get("api") == "here"
        assert not [text for text in proxy.asked if "the-token" in text]
        monkeypatch.setenv(kind, f"http://me:wrong-word@127.0.0.1:{proxy.port}")
        with pytest.raises(Passing, match=r"The HTTP proxy makes no connection.* 407") as told:
            server.get("api")
        assert "wrong-word" not in str(told.value)
        asked = len(proxy.asked)
        own = Server(Address(False, "127.0.0.1", port), "t")
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
        assert own.get("api") == "here" and len(proxy.asked) == asked
        monkeypatch.setenv("no_proxy", NAME)
        with pytest.raises(Passing, match="is not known here"):
            server.get("api")
        assert len(proxy.asked) == asked
    finally:
        proxy.close()
        front.close()


@pytest.mark.parametrize(
    "proxy", ["socks5://me:secret@127.0.0.1:9", "http://[", "https://a:secret"]
)
def test_a_proxy_of_another_kind_is_told(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("https_proxy", proxy)
    with pytest.raises(Fault, match="is no http:// proxy") as told:
        Server(Address(True, NAME, 443), "t").get("api")
    assert "secret" not in str(told.value)
