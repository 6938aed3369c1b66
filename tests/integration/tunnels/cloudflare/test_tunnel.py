"""A quick tunnel's health and its name, as programs and resolvers tell them."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from colabwidget.core.endpoint import Endpoint
from colabwidget.runtime.journal import Journal
from colabwidget.tunnels.cloudflare.tunnel import CloudflareTunnel, is_known
from tests.kit.tunnels import HOST, quick_tunnel


@pytest.fixture
def tunnel(journal: Journal, tmp_path: Path) -> CloudflareTunnel:
    return quick_tunnel(journal, tmp_path)


@contextmanager
def answering(status: int, body: str = "") -> Iterator[tuple[int, list[str]]]:
    """A server on loopback with one answer: its port, and the paths asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server.server_address[1], asked
    server.shutdown()
    thread.join()
    server.server_close()


def test_its_readiness_is_its_health(tunnel: CloudflareTunnel) -> None:
    assert asyncio.run(tunnel.check()) == ""  # it has not said where to ask

    def check(port: int) -> str:
        tunnel.parse_endpoint(f"INF Starting metrics server on 127.0.0.1:{port}/metrics")
        return asyncio.run(tunnel.check())

    with answering(503) as (port, asked):
        assert check(port) == ""
        assert asked == ["/ready"] and tunnel._offline_since
    with answering(200) as (port, _):
        assert check(port) == ""
        assert not tunnel._offline_since
    assert check(port) == "does not answer"


def test_one_that_has_stopped_trying_is_started_anew(tunnel: CloudflareTunnel) -> None:
    async def work() -> None:
        tunnel._process = await asyncio.create_subprocess_exec("sleep", "60")  # type: ignore[assignment]
        assert tunnel._process
        try:
            assert tunnel.running()
            tunnel._ready = asyncio.get_running_loop().create_future()
            tunnel._ready.set_result(Endpoint(HOST, 22))
            tunnel._offline_since = time.monotonic() - 500
            assert tunnel.running()
            tunnel._offline_since = time.monotonic() - 700
            assert not tunnel.running()
        finally:
            tunnel._process.kill()  # type: ignore[attr-defined]
            await tunnel._process.wait()

    asyncio.run(work())


@pytest.mark.parametrize(
    ("body", "known"),
    [
        (json.dumps({"Status": 0, "Answer": [{"type": 1, "data": "104.16.230.132"}]}), True),
        (json.dumps({"Status": 3, "Authority": [{"type": 6}]}), False),
        ("[]", False),
        ("<html>Sign in</html>", False),
    ],
)
def test_a_name_is_known_when_a_resolver_has_an_address(body: str, known: bool) -> None:
    with answering(200, body) as (port, asked):
        resolver = f"http://127.0.0.1:{port}/dns-query"
        assert asyncio.run(is_known(HOST, resolver)) is known
    assert parse_qs(urlsplit(asked[0]).query) == {"name": [HOST], "type": ["A"]}


def test_a_resolver_that_is_not_there_knows_nothing() -> None:
    with answering(404) as (port, _):
        assert not asyncio.run(is_known(HOST, f"http://127.0.0.1:{port}/dns-query"))
    assert not asyncio.run(is_known(HOST, f"http://127.0.0.1:{port}/dns-query"))
