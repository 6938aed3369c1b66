"""Links by a kernel of their own, through a real server; its backend says back what it hears."""

from __future__ import annotations

import os
import select
import socket
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from colabwidget.relays import pty
from colabwidget.through.address import Address
from colabwidget.through.faults import Fault, Lost, Passing
from colabwidget.through.jupyter import Server
from colabwidget.through.pairing import Machine
from colabwidget.through.ways.kernel import PATH, WAY, KernelLink
from colabwidget.through.websocket import WebSocket
from tests.kit.through import TerminalServer
from tests.kit.waiting import eventually

pytest.importorskip("jupyter_server")


#: What the backend has heard.
LAST: deque[bytes] = deque(maxlen=1)


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A backend that says back all that it hears."""
    path = tmp_path_factory.mktemp("machine") / "through.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        threading.Thread(target=accept, args=(server,), daemon=True).start()
        yield Machine("me", [], sys.executable, pty.__file__, str(path))


def accept(server: socket.socket) -> None:
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        threading.Thread(target=say_back, args=(connection,), daemon=True).start()


def say_back(connection: socket.socket) -> None:
    with connection, suppress(OSError):
        while data := connection.recv(65_536):
            LAST.append(data)
            connection.sendall(data)


class World:
    """A server, and what it tells of its kernels."""

    def __init__(self, jupyter: TerminalServer) -> None:
        self.jupyter = jupyter
        self.server = Server(Address.parse(jupyter.url)[0], jupyter.token)

    def ours(self) -> list[Any]:
        return [each for each in self.jupyter.api("GET", "sessions") if each["path"] == PATH]

    def hide_token(self) -> None:
        """Let no process but the server's own know it."""
        for path in (self.jupyter.home / "jupyter-runtime").glob("jpserver-*"):
            path.unlink()


@pytest.fixture(scope="module")
def module_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    jupyter = TerminalServer(
        Path(sys.executable),
        tmp_path_factory.mktemp("server"),
        "--ServerApp.terminals_enabled=False",
    )
    jupyter.start()
    yield World(jupyter)
    jupyter.end()


@pytest.fixture
def world(module_world: World) -> Iterator[World]:
    yield module_world
    for each in module_world.ours():
        module_world.jupyter.api("DELETE", f"sessions/{each['id']}")


def comes_back(link: KernelLink, data: bytes) -> bool:
    link.send(data)
    found = b""
    until = time.monotonic() + 20
    while len(found) < len(data) and time.monotonic() < until:
        writers = [link] if link.wants_write else []
        _, writable, _ = select.select([link], writers, [], 1)
        if writable:
            link.flush()
        found += link.receive()
    return found == data


def test_all_links_have_one_kernel_and_each_its_own_bytes(world: World, machine: Machine) -> None:
    with ThreadPoolExecutor(4) as threads:  # as four ssh at once, where there is none yet
        links = [*threads.map(lambda _: WAY.open(world.server, machine), range(4))]
        assert len(world.ours()) == world.jupyter.kernels() == 1
        data = [os.urandom(size) for size in (1, 200_000, 3_000_000, 5)]
        assert all(threads.map(comes_back, links, data))
    (session,) = world.ours()
    assert session["kernel"]["execution_state"] == "idle"
    for number, link in enumerate(links):
        link.send(b"bye %d" % number)
        link.close(for_good=True)
        eventually(lambda word=b"bye %d" % number: LAST[0] == word)


@pytest.mark.slow
def test_a_kernel_that_is_there_serves_at_once(world: World, machine: Machine) -> None:
    links, took = [WAY.open(world.server, machine)], []
    for _ in range(16):
        began = time.monotonic()
        links.append(WAY.open(world.server, machine))
        took.append(time.monotonic() - began)
    for link in links:
        link.close()
    assert sum(seconds > 0.45 for seconds in took) <= 1, took


@pytest.mark.slow
def test_a_kernel_that_was_restarted_serves_again(world: World, machine: Machine) -> None:
    link = WAY.open(world.server, machine)
    (session,) = world.ours()
    world.jupyter.api("POST", f"kernels/{session['kernel']['id']}/restart")
    again = WAY.open(world.server, machine)
    assert comes_back(again, b"again")
    assert [each["id"] for each in world.ours()] == [session["id"]]
    link.close()
    world.jupyter.api("DELETE", f"kernels/{session['kernel']['id']}")
    with pytest.raises(Lost):
        comes_back(again, b"lost")
    again.close()
    third = WAY.open(world.server, machine)
    assert comes_back(third, b"third") and len(world.ours()) == 1
    third.close()


class EndsMeanwhile(Server):
    """It lets a client wait for a kernel that it removes, as Jupyter's does."""

    def open(self, path: str, *, protocol: str = "", timeout: float = 0.0) -> WebSocket:
        for each in self.get("api/sessions"):
            if each["kernel"]["id"] in path and each["id"] in self.removes:
                self.delete(f"api/sessions/{each['id']}")
                raise Passing("It did not answer.")
        return super().open(path, protocol=protocol, timeout=timeout)

    removes: tuple[str, ...] = ()


def test_a_kernel_that_ends_while_it_is_waited_for_is_replaced(
    world: World, machine: Machine
) -> None:
    first = WAY.open(world.server, machine)
    server = EndsMeanwhile(Address.parse(world.jupyter.url)[0], world.jupyter.token)
    server.removes = tuple(each["id"] for each in world.ours())
    second = WAY.open(server, machine)
    assert comes_back(second, b"second") and len(world.ours()) == 1
    for link in (first, second):
        link.close()


@pytest.mark.slow
def test_a_server_of_the_older_protocol(tmp_path: Path, machine: Machine) -> None:
    older = "--ZMQChannelsWebsocketConnection.kernel_ws_protocol="
    jupyter = TerminalServer(Path(sys.executable), tmp_path / "server", older)
    jupyter.start()
    try:
        world = World(jupyter)
        link = WAY.open(world.server, machine)
        assert comes_back(link, os.urandom(300_000))
        world.hide_token()
        link.close(for_good=True)
        assert world.ours()  # its relay has the token, and removes it
    finally:
        jupyter.end()


def test_the_last_client_removes_it_where_the_relay_cannot(world: World, machine: Machine) -> None:
    kept = {}
    for path in (world.jupyter.home / "jupyter-runtime").glob("jpserver-*"):
        kept[path] = path.read_bytes()
    world.hide_token()
    try:
        first, last = (WAY.open(world.server, machine) for _ in range(2))
        first.close(for_good=True)
        assert comes_back(last, b"last") and world.ours()
        last.close(for_good=True)
        eventually(lambda: not world.ours())
    finally:
        for path, data in kept.items():
            path.write_bytes(data)


def test_where_no_session_is_open_the_kernel_is_not_blamed(world: World, machine: Machine) -> None:
    link = WAY.open(world.server, machine)
    before = world.ours()
    with pytest.raises(Passing, match="No session is open"):
        WAY.open(world.server, replace(machine, socket=f"{machine.socket}.not"))
    assert [each["id"] for each in world.ours()] == [each["id"] for each in before]
    assert comes_back(link, b"still here")
    link.close()


def test_a_server_of_another_machine_is_told_and_keeps_nothing(
    world: World, machine: Machine
) -> None:
    with pytest.raises(Fault, match="on another machine"):
        WAY.open(world.server, replace(machine, relay="/nowhere/pty.py"))
    assert not world.ours() and not world.jupyter.kernels()


@pytest.mark.slow
def test_its_relay_has_it_removed_once_no_link_is_left(world: World, machine: Machine) -> None:
    link = WAY.open(world.server, machine)
    time.sleep(12)
    assert comes_back(link, b"a link keeps it")
    link.close()  # as a client that is killed: nothing is removed by it
    eventually(lambda: not world.jupyter.kernels(), 20)
    started = time.monotonic()
    again = WAY.open(world.server, machine)
    assert comes_back(again, b"again") and time.monotonic() - started < 15
    again.close()


@pytest.mark.slow
def test_a_client_arrives_while_it_is_being_removed(world: World, machine: Machine) -> None:
    for pause in (9.9, 10.3, 10.8, 11.4, 11.8):
        WAY.open(world.server, machine).close()
        time.sleep(pause)
        link = WAY.open(world.server, machine)
        assert comes_back(link, b"here")
        assert len(world.ours()) == 1
        link.close()
