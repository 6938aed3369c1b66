"""The WebSocket client against a server's bytes, on a pair of sockets."""

from __future__ import annotations

import select
import socket
import struct
import time
from collections.abc import Iterator
from statistics import median

import pytest

from colabwidget.through import websocket
from colabwidget.through.faults import Lost
from colabwidget.through.websocket import WebSocket


def frame(payload: bytes, kind: int = websocket.BINARY, *, final: bool = True) -> bytes:
    """As a server sends it."""
    size = len(payload)
    head = bytes([(0x80 if final else 0) | kind])
    if size < 126:
        return head + bytes([size]) + payload
    if size < 65_536:
        return head + struct.pack(">BH", 126, size) + payload
    return head + struct.pack(">BQ", 127, size) + payload


@pytest.fixture
def ends() -> Iterator[tuple[WebSocket, socket.socket]]:
    ours, theirs = socket.socketpair()
    made = WebSocket(ours)
    yield made, theirs
    made.close()
    theirs.close()


Ends = tuple[WebSocket, socket.socket]


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536, 200_000])
def test_what_is_sent_is_masked_and_whole(ends: Ends, size: int) -> None:
    client, server = ends
    payload = bytes(range(256)) * (size // 256 + 1)
    client.send(payload[:size])
    server.settimeout(5)
    got = bytearray()
    while True:
        client.flush()
        got += server.recv(1 << 20)
        head = 2 if size < 126 else 4 if size < 65_536 else 10
        if len(got) == head + 4 + size:
            break
    assert got[0] == 0x82 and got[1] & 0x80
    mask = got[head : head + 4]
    plain = bytes(byte ^ mask[at % 4] for at, byte in enumerate(got[head + 4 :]))
    assert plain == payload[:size]


def test_what_came_before_the_end_is_given_first(ends: Ends) -> None:
    client, server = ends
    server.sendall(frame(b"last words") + frame(b"\x03\xe8", websocket.CLOSE))
    server.close()
    assert client.receive() == [(websocket.BINARY, b"last words")]
    with pytest.raises(Lost):
        client.receive()


def test_a_ping_before_the_end_takes_no_words_away(ends: Ends) -> None:
    client, server = ends
    server.sendall(frame(b"there?", websocket.PING) + frame(b"last words"))
    server.close()
    assert client.receive() == [(websocket.BINARY, b"last words")]
    with pytest.raises(Lost):
        client.receive()


def test_a_small_message_waits_for_no_delayed_acknowledgement() -> None:
    """A server that leaves Nagle's algorithm on holds the second one back until then: 40 ms."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        ours = socket.create_connection(listening.getsockname())
        server, _ = listening.accept()
    client, took = WebSocket(ours), []
    with server:
        for _ in range(60):  # a system acknowledges the first ones of a connection at once
            began = time.monotonic()
            server.sendall(frame(b"first"))
            server.sendall(frame(b"second"))
            found: list[tuple[int, bytes]] = []
            while len(found) < 2:
                select.select([client], [], [], 5)
                found += client.receive()
            took.append(time.monotonic() - began)
            client.send(b"answer")
    client.close()
    assert median(took[30:]) < 0.02


def test_a_large_message_costs_no_pongs(ends: Ends) -> None:
    client, server = ends
    server.setblocking(False)
    server.send(frame(b"x" * 50_000))
    assert client.receive() == [(websocket.BINARY, b"x" * 50_000)]
    with pytest.raises(BlockingIOError):
        server.recv(100)


def test_a_message_in_parts_and_a_ping_between_them(ends: Ends) -> None:
    client, server = ends
    server.sendall(
        frame(b"one ", websocket.TEXT, final=False)
        + frame(b"there?", websocket.PING)
        + frame(b"message", 0)
    )
    assert client.receive() == [(websocket.TEXT, b"one message")]
    server.settimeout(5)
    assert server.recv(100)[0] == 0x80 | websocket.PONG


def test_bytes_come_one_by_one(ends: Ends) -> None:
    client, server = ends
    found = []
    for byte in frame(b"x" * 300):
        server.sendall(bytes([byte]))
        found += client.receive()
    assert found == [(websocket.BINARY, b"x" * 300)]


@pytest.mark.parametrize("said", [b"\x82\x85abcdhello", b"\xc2\x00", b"\x82\x7f" + b"\xff" * 8])
def test_what_is_no_server_s_frame_ends_it(ends: Ends, said: bytes) -> None:
    client, server = ends
    server.sendall(said)
    with pytest.raises(Lost):
        client.receive()


def test_after_a_failed_send_nothing_more_leaves(ends: Ends) -> None:
    client, server = ends
    server.close()
    with pytest.raises(Lost):
        for _ in range(3):
            client.send(b"x")
    with pytest.raises(Lost, match="broken"):
        client.flush()


def test_the_server_s_end_speaks_with_the_client_s() -> None:
    one, other = socket.socketpair()
    client, server = WebSocket(one), WebSocket(other, is_server=True)
    for size in (0, 125, 126, 70_000):
        payload = bytes(range(256)) * (size // 256 + 1)
        for source, target in ((client, server), (server, client)):
            source.send(payload[:size])
            found: list[tuple[int, bytes]] = []
            while not found:
                source.flush()
                select.select([target], [], [], 5)
                found = target.receive()
            assert found == [(websocket.BINARY, payload[:size])]
    other.sendall(b"\x82\x81mask!")  # as a client sends it
    select.select([client], [], [], 5)
    with pytest.raises(Lost):
        client.receive()
    client.close()
    server.close()
