"""The program of a bridge between a page and clients, both of which are doubles."""

from __future__ import annotations

import http.client
import json
import select
import socket
import struct
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from colabwidget.through import bridged, websocket
from colabwidget.through.bridge.local import Bridge
from colabwidget.through.bridge.page import ANSWER, ASK, CLOSE, OF_BYTES, OPEN, OPENED
from colabwidget.through.bridge.proof import proof
from colabwidget.through.bridged import Bridged
from colabwidget.through.faults import Fault, Lost, Passing
from colabwidget.through.jupyter import Missing, Server
from colabwidget.through.pairing import Machine
from colabwidget.through.profiles import Profile, Profiles
from colabwidget.through.websocket import WebSocket

ORIGIN = "https://hub.example"
NONCE = "0f" * 16


@pytest.fixture
def bridge() -> Iterator[Bridge]:
    made = Bridge(ORIGIN)
    yield made
    made.close()


def status(bridge: Bridge, path: str, method: str = "GET", **headers: str) -> int:
    """What a request is answered."""
    connection = http.client.HTTPConnection("127.0.0.1", bridge.port, timeout=5)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, headers=named)
        return connection.getresponse().status
    finally:
        connection.close()


def upgraded(bridge: Bridge, **headers: str) -> WebSocket:
    """A WebSocket as a page's browser opens it."""
    connection = socket.create_connection(("127.0.0.1", bridge.port), 5)
    lines = ["GET /page HTTP/1.1", "Upgrade: websocket", "Connection: Upgrade"]
    lines += [f"Sec-WebSocket-Key: {websocket.new_key()}"]
    named = {"Host": f"127.0.0.1:{bridge.port}", "Origin": ORIGIN, **headers}
    lines += [f"{name}: {value}" for name, value in named.items()]
    connection.sendall("\r\n".join([*lines, "", ""]).encode())
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += connection.recv(1)
    if not head.startswith(b"HTTP/1.1 101"):
        connection.close()
        raise Lost(head.decode())
    return WebSocket(connection)


def next_of(page: WebSocket) -> bytes:
    until = time.monotonic() + 5
    while time.monotonic() < until:
        select.select([page], [], [], 1)
        if found := page.receive():
            return found[0][1]
    raise AssertionError("nothing came")


def page_of(bridge: Bridge, secret: str) -> WebSocket:
    """A page that has shown that it has a secret."""
    page = upgraded(bridge)
    page.send(json.dumps({"nonce": NONCE}).encode(), websocket.TEXT)
    said = json.loads(next_of(page))
    assert said["proof"] == proof(bridge.secret, "program", NONCE, said["nonce"])
    shown = {"proof": proof(secret, "page", NONCE, said["nonce"])}
    page.send(json.dumps(shown).encode(), websocket.TEXT)
    assert next_of(page) == b"{}"
    return page


def asked(page: WebSocket, what: int) -> tuple[int, dict[str, str]]:
    """The next request of a kind that a page gets."""
    while True:
        message = next_of(page)
        number, kind = struct.unpack_from(">IB", message)
        if kind == what:
            return number, json.loads(message[5:] or b"{}")


def say(page: WebSocket, number: int, what: int, payload: bytes) -> None:
    page.send(struct.pack(">IB", number, what) + payload)


def client_of(bridge: Bridge) -> Bridged:
    return Bridged(bridge.port, bridge.token, "hub.example", "there")


def test_no_page_of_another_origin_is_let_in(bridge: Bridge) -> None:
    for origin in ("https://hub.example.evil", "null", "http://hub.example", ""):
        with pytest.raises(Lost, match="403"):
            upgraded(bridge, Origin=origin)
    with pytest.raises(Lost, match="403"):
        upgraded(bridge, Host=f"localhost:{bridge.port}")


def test_a_page_without_the_code_is_closed(bridge: Bridge) -> None:
    with pytest.raises(Lost):
        page_of(bridge, "0" * 32)
    page = upgraded(bridge)
    page.send(b"no table", websocket.TEXT)
    with pytest.raises(Lost):
        next_of(page)
    assert bridge.page is None


def test_a_request_without_the_token_is_refused(bridge: Bridge) -> None:
    right = f"token {bridge.token}"
    assert status(bridge, "/api/status", Authorization=right) == 503
    for headers in (
        {},
        {"Authorization": "token 0"},
        {"Authorization": f"token {bridge.secret}"},
        {"Authorization": right, "Origin": ORIGIN},
        {"Authorization": right, "Host": f"evil.example:{bridge.port}"},
    ):
        for method in ("GET", "POST", "DELETE"):
            assert status(bridge, "/api/status", method, **headers) == 403, headers
    for path in ("/", "/api/contents", "//other.example/api/status", "/page/../api/status"):
        assert status(bridge, path, Authorization=right) == 403, path


def test_a_client_reaches_the_server_by_the_page(bridge: Bridge) -> None:
    page = page_of(bridge, bridge.secret)
    answers: list[object] = []

    def answer() -> None:
        number, request = asked(page, ASK)
        answers.append(request)
        say(page, number, ANSWER, b'{"status": 200, "text": "[1]"}')
        number, _ = asked(page, ASK)
        say(page, number, ANSWER, b'{"status": 404}')
        number, request = asked(page, OPEN)
        answers.append(request)
        say(page, number, OPENED, b"v1.kernel.websocket.jupyter.org")
        say(page, number, OF_BYTES, b"early")
        message = b""
        while message[4:5] != bytes([OF_BYTES]):
            message = next_of(page)
        say(page, number, OF_BYTES, message[5:][::-1])

    other = threading.Thread(target=answer)
    other.start()
    client = client_of(bridge)
    assert client.post("api/terminals", {"a": 1}) == [1]
    with pytest.raises(Missing):
        client.get("api/kernelspecs")
    stream = client.open("terminals/websocket/1", protocol="v1.kernel.websocket.jupyter.org")
    assert stream.protocol == "v1.kernel.websocket.jupyter.org"
    assert next_of(stream) == b"early"
    stream.send(b"abc" * 50_000)
    assert next_of(stream) == b"cba" * 50_000
    other.join()
    assert answers[0] == {"method": "POST", "place": "api/terminals", "body": '{"a": 1}'}
    stream.close()
    asked(page, CLOSE)
    page.close()


def test_a_page_that_goes_ends_what_it_carries(bridge: Bridge) -> None:
    page = page_of(bridge, bridge.secret)

    def answer() -> None:
        say(page, asked(page, OPEN)[0], OPENED, b"")
        asked(page, ASK)
        page.close()

    other = threading.Thread(target=answer)
    other.start()
    client = client_of(bridge)
    stream = client.open("terminals/websocket/1")
    with pytest.raises(Passing, match="No page of the notebook is connected"):
        client.get("api/status")
    with pytest.raises(Lost):
        next_of(stream)
    other.join()
    bridge.wait(there=False)
    with pytest.raises(Passing, match="No page of the notebook is connected"):
        client.open("terminals/websocket/1")
    stream.close()


def test_another_page_takes_the_place_of_the_first(bridge: Bridge) -> None:
    first = page_of(bridge, bridge.secret)
    second = page_of(bridge, bridge.secret)
    with pytest.raises(Lost):
        next_of(first)
    other = threading.Thread(
        target=lambda: say(second, asked(second, ASK)[0], ANSWER, b'{"status": 403}')
    )
    other.start()
    with pytest.raises(Fault, match="may be signed out"):
        client_of(bridge).get("api/status")
    other.join()
    first.close()
    second.close()


def server_asks(server: Server) -> None:
    server.get("api/status")


def server_opens(server: Server) -> None:
    server.open("terminals/websocket/1")


def test_where_the_program_listens_is_kept_while_it_does(tmp_path: Path) -> None:
    profiles = Profiles(tmp_path)
    profiles.make_folder()
    machine = Machine("me", [], "/usr/bin/python3", "/relay.py", "/run/through.sock")
    url = f"{ORIGIN}/user/me/"
    profile = Profile("there", url, machine, bytes(16), bytes(32), page=True)
    with pytest.raises(Passing, match="through bridge there starts it"):
        bridged.server_of(profiles, profile, "")
    bridged.keep(profiles, "there", 1, "first")
    kept = profiles.path("there", ".bridge")
    assert kept.stat().st_mode & 0o777 == 0o600
    server = bridged.server_of(profiles, profile, "")
    assert (server.place, str(server.address)) == ("hub.example", "http://127.0.0.1:1/")
    bridged.keep(profiles, "there", 2, "second")
    bridged.drop(profiles, "there", "first")
    assert kept.exists(), "it is another program's"
    bridged.drop(profiles, "there", "second")
    assert not kept.exists()
    # A program that was killed has dropped nothing, and nothing listens there any more.
    with socket.create_server(("127.0.0.1", 0)) as taken:
        bridged.keep(profiles, "there", taken.getsockname()[1], "killed")
    for ask in (server_asks, server_opens):
        with pytest.raises(Passing, match=r"The bridge is not running: .* through bridge there "):
            ask(bridged.server_of(profiles, profile, ""))
    profiles.save(profile)
    assert profiles.load("there") == profile
