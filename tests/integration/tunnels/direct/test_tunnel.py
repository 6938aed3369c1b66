"""Without a tunnel, a port of this machine's own address leads to the local port."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.options import Options
from colabwidget.core.secrets import Secret
from colabwidget.runtime.journal import Journal
from colabwidget.tunnels.base import TunnelContext
from colabwidget.tunnels.direct.tunnel import DirectTunnel, own_address

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture
def context(tmp_path: Path, journal: Journal) -> TunnelContext:
    return TunnelContext(tmp_path, journal, lambda text, share: None)


def direct(address: str, context: TunnelContext) -> DirectTunnel:
    return DirectTunnel(Options(tunnel="direct", address=address), Secret(""), context)


async def shout(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer all that came, in capitals, once the other side has said its last."""
    writer.write((await reader.read()).upper())
    writer.close()


@contextlib.asynccontextmanager
async def opened(
    context: TunnelContext, handler: Handler = shout
) -> AsyncIterator[tuple[DirectTunnel, int]]:
    """A tunnel to a local service, and the port at which it is reached."""
    service = await asyncio.start_server(handler, "127.0.0.1", 0)
    tunnel = direct("127.0.0.1", context)
    await tunnel.prepare()
    endpoint = await tunnel.open(service.sockets[0].getsockname()[1])
    try:
        yield tunnel, endpoint.port
    finally:
        await tunnel.close()
        service.close()


def run(work: Awaitable[None]) -> None:
    asyncio.run(asyncio.wait_for(work, 30))


async def ask(port: int, data: bytes, address: str = "127.0.0.1") -> bytes:
    reader, writer = await asyncio.open_connection(address, port)
    writer.write(data)
    writer.write_eof()
    try:
        return await reader.read()
    finally:
        writer.close()


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.2", "::1", "[::1]", ""])
def test_the_local_service_is_reached_at_the_address(context: TunnelContext, address: str) -> None:
    async def work() -> None:
        service = await asyncio.start_server(shout, "127.0.0.1", 0)
        tunnel = direct(address, context)
        assert not tunnel.running()
        await tunnel.prepare()
        endpoint = await tunnel.open(service.sockets[0].getsockname()[1])
        assert endpoint.host == (address.strip("[]") or own_address())
        assert tunnel.running()
        assert await ask(endpoint.port, b"hello", endpoint.host) == b"HELLO"
        await tunnel.close()
        assert not tunnel.running()
        service.close()

    if "::1" in address and not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    run(work())


def test_much_data_and_many_clients_go_through_whole(context: TunnelContext) -> None:
    async def work() -> None:
        data = b"abcdefgh" * 250_000
        async with opened(context) as (_, port):
            answers = await asyncio.gather(*(ask(port, data) for _ in range(8)))
        assert all(answer == data.upper() for answer in answers)

    run(work())


def test_where_nothing_listens_the_client_is_hung_up_on(context: TunnelContext) -> None:
    async def work() -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            closed = probe.getsockname()[1]
        tunnel = direct("127.0.0.1", context)
        endpoint = await tunnel.open(closed)
        with contextlib.suppress(ConnectionResetError):
            assert await ask(endpoint.port, b"hello") == b""
        await tunnel.close()

    run(work())


def test_a_client_that_resets_is_told_to_the_service(context: TunnelContext) -> None:
    """Else sshd would hold each of its few places for guests until its patience ends."""

    async def work() -> None:
        came, heard = asyncio.Event(), asyncio.Event()

        async def wait(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readline()
            came.set()
            await reader.read()
            heard.set()
            writer.close()

        async with opened(context, wait) as (_, port):
            client = socket.create_connection(("127.0.0.1", port))
            client.sendall(b"hello\n")
            await came.wait()
            # No time to linger: the connection is reset (socket(7)).
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()
            await asyncio.wait_for(heard.wait(), 10)

    run(work())


def test_closing_ends_what_is_being_forwarded(context: TunnelContext) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async def work() -> None:
        async with opened(context, silent) as (tunnel, port):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"hello")
            await asyncio.sleep(0.05)
            await tunnel.close()
            await tunnel.close()
            with contextlib.suppress(ConnectionResetError):
                assert await reader.read() == b""
            writer.close()
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection("127.0.0.1", port)

    run(work())


def test_it_never_breaks_by_itself(context: TunnelContext) -> None:
    async def work() -> None:
        async with opened(context) as (tunnel, _):
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(tunnel.wait_failed(), 0.05)

    run(work())


@pytest.mark.parametrize(
    "address",
    [
        "192.0.2.1",
        "2001:db8::1",
        "x" * 64,
        "a..b",
        "127.0.0.1\0",
    ],
    ids=ascii,
)
def test_an_address_that_is_not_this_machine_s_is_refused(
    context: TunnelContext, address: str
) -> None:
    async def work() -> None:
        tunnel = direct(address, context)
        await tunnel.prepare()
        try:
            await tunnel.open(22)
        finally:
            await tunnel.close()

    with pytest.raises(ColabWidgetError) as raised:
        run(work())
    assert raised.value.code == "direct_address"
    assert raised.value.info["cause"].endswith(".")


def test_the_machine_s_own_address_is_one_that_it_can_listen_on() -> None:
    with socket.socket() as listener:
        listener.bind((own_address(), 0))
