"""SSH through the notebook's server while the way, the server, a kernel or the client breaks."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kit.fronts import Authority, ConnectProxy, TlsFront
from tests.kit.through import (
    Computer,
    Gate,
    World,
    command_lines,
    gate_before,
    gated,
    has_programs,
    of_home,
    world_of,
)
from tests.kit.waiting import eventually

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not has_programs(), reason="needs root, OpenSSH and unshare"),
]
WAYS = ["extension", "terminal", "kernel"]
NAME = "notebook.test"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world_of(
        tmp_path_factory.mktemp("server"), "--ServerApp.allow_remote_access=True"
    ) as world:
        yield world


@pytest.fixture
def computer(tmp_path: Path) -> Computer:
    return Computer(tmp_path / "computer")


@pytest.fixture
def gate(world: World) -> Iterator[Gate]:
    with gate_before(world) as gate:
        yield gate


class Echo:
    """A `cat` over ssh, which says back each line."""

    def __init__(self, computer: Computer, name: str) -> None:
        self.client = computer.start(
            "ssh", name, "cat", stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.computer = computer

    def says_back(self, text: bytes) -> bool:
        self.say(text)
        return self.hears(text)

    def say(self, text: bytes) -> None:
        assert self.client.stdin
        self.client.stdin.write(text + b"\n")
        self.client.stdin.flush()

    def hears(self, text: bytes) -> bool:
        assert self.client.stdout
        return self.client.stdout.readline() == text + b"\n"

    def end(self) -> None:
        assert self.client.stdin and self.client.stdout
        self.client.stdin.close()
        assert self.client.wait(20) == 0
        self.client.stdout.close()

    def kill(self) -> None:
        """All at once, as where a computer loses its power."""
        running = of_home(self.computer)
        for number in (signal.SIGSTOP, signal.SIGKILL):  # none sees another end
            for pid in running:
                os.kill(pid, number)
        self.client.wait()
        for pipe in (self.client.stdin, self.client.stdout):
            assert pipe
            pipe.close()


def nothing_is_left(world: World) -> bool:
    return world.nothing_is_left() and not world.server.kernels()


def kernel_processes(world: World) -> list[int]:
    return [
        pid
        for pid, line in command_lines()
        if b"ipykernel" in line and str(world.server.home).encode() in line
    ]


def told(world: World) -> str:
    """The kernels that the server knows, and those that run."""
    known = {name: world.server.api("GET", name) for name in ("kernels", "sessions")}
    return f"{known}\n{kernel_processes(world)}"


def test_a_session_outlives_its_hidden_kernels_and_the_server(
    world: World, computer: Computer, gate: Gate
) -> None:
    echo = Echo(computer, computer.pair(gated(world.pairing(), gate), "--way", "kernel"))
    assert echo.says_back(b"one")
    (kernel,) = world.server.api("GET", "kernels")
    world.server.api("POST", f"kernels/{kernel['id']}/restart")
    assert echo.says_back(b"restarted")
    (kernel,) = world.server.api("GET", "kernels")
    world.server.api("DELETE", f"kernels/{kernel['id']}")
    assert echo.says_back(b"deleted")
    # The deleted one may still be ending.
    eventually(lambda: len(kernel_processes(world)) == 1, what=lambda: told(world))
    os.kill(kernel_processes(world)[0], signal.SIGKILL)
    assert echo.says_back(b"killed")
    gate.cut()
    world.server.restart()
    gate.lead_to(world.port)
    gate.open = True
    assert echo.says_back(b"another server")
    assert world.server.kernels() == 1
    echo.end()
    eventually(lambda: nothing_is_left(world), 60)
    assert not kernel_processes(world)


@pytest.mark.parametrize("way", WAYS)
def test_a_session_outlives_a_cut_of_a_minute(
    world: World, computer: Computer, gate: Gate, way: str
) -> None:
    echo = Echo(computer, computer.pair(gated(world.pairing(), gate), "--way", way))
    assert echo.says_back(b"before")
    gate.cut()
    echo.say(b"meanwhile")
    time.sleep(60)
    gate.open = True
    began = time.monotonic()
    assert echo.hears(b"meanwhile")
    assert time.monotonic() - began < 5
    assert echo.says_back(b"after")
    echo.end()
    eventually(lambda: nothing_is_left(world), 60)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("half_open", [False, True])
def test_a_client_that_is_gone_without_a_word_leaves_nothing_after_a_minute(
    world: World, computer: Computer, gate: Gate, way: str, half_open: bool
) -> None:
    name = computer.pair(gated(world.pairing(), gate), "--way", way)
    conf = computer.ssh_folder / f"colabwidget/{name}.conf"
    conf.write_text(conf.read_text().replace(f"connect {name}", f"connect --resume 5 {name}"))
    echo = Echo(computer, name)
    assert echo.says_back(b"here")
    gate.swallows = half_open  # the server sees no end of the connection
    echo.kill()
    assert world.sshds()
    eventually(lambda: nothing_is_left(world), 60)
    assert not kernel_processes(world)


@pytest.mark.parametrize("way", WAYS)
def test_ssh_comes_through_tls_and_an_http_proxy(
    world: World, computer: Computer, tmp_path: Path, way: str
) -> None:
    authority = Authority(tmp_path)
    front = TlsFront(world.port, authority.server(NAME))
    proxy = ConnectProxy({NAME: front.port}, "me:word")
    computer.environment["https_proxy"] = f"http://me:word@127.0.0.1:{proxy.port}"
    code = world.pairing().rpartition("#")[2]
    try:
        text = f"https://{NAME}/#{code}"
        refused = computer.through("pair", text=f"{text}\n")
        assert "is not trusted" in refused.stderr
        name = computer.pair(text, "--way", way, "--cafile", str(authority.file))
        data = os.urandom(3_000_000)
        (tmp_path / "there").write_bytes(data)
        for ends in ((tmp_path / "there", f"{name}:tls"), (f"{name}:tls", tmp_path / "back")):
            copied = computer.run("scp", *map(str, ends))
            assert copied.returncode == 0, copied.stderr
        found = hashlib.sha256((tmp_path / "back").read_bytes()).digest()
        assert found == hashlib.sha256(data).digest()
        assert not [said for said in proxy.asked if world.server.token in said]
    finally:
        proxy.close()
        front.close()
