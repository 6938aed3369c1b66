"""The relay lets in those who know a password, of the session's account only, and passes bytes."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pwd
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.secrets import Secret
from colabwidget.desktops.rfb import des
from colabwidget.desktops.rfb.handshake import Passwords
from colabwidget.desktops.rfb.relay import Relay
from colabwidget.desktops.rfb.server import UnixAddress, connection, greets
from colabwidget.runtime.journal import Journal
from tests.kit.desktop.rfb_server import INIT, RfbServer

PASSWORDS = Passwords(Secret("all-of-1"), Secret("look-at1"))
KEY, POINTER = b"\4\1\0\0\0\0\0a", b"\5\1\0\0\0\0"
REQUEST = b"\3\0\0\0\0\0\2\x80\1\xe0"
VERSIONS = (b"RFB 003.003\n", b"RFB 003.007\n", b"RFB 003.008\n", b"RFB 003.889\n")

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Stage:
    """A VNC server and a relay to it."""

    def __init__(self, server: RfbServer, relay: Relay, address: UnixAddress) -> None:
        self.server = server
        self.relay = relay
        self.address = address


@contextlib.asynccontextmanager
async def stage(
    folder: Path, journal: Journal, passwords: Passwords = PASSWORDS, user: int | None = None
) -> AsyncIterator[Stage]:
    user = os.geteuid() if user is None else user
    server, address = RfbServer(), UnixAddress(folder / "vnc.sock", os.geteuid())
    await server.start(address.path)
    relay = Relay(
        lambda view_only: connection(address, passwords, view_only=view_only),
        lambda: passwords,
        user,
        journal,
    )
    await relay.open(0)
    try:
        yield Stage(server, relay, address)
    finally:
        await relay.close()
        server.close()


async def signed_in(port: int, password: str, version: bytes = VERSIONS[2]) -> Streams:
    """Sign in as a viewer of that version does; ConnectionError where it is refused."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    assert await reader.readexactly(12) == b"RFB 003.008\n"
    writer.write(version)
    if version == VERSIONS[0]:
        assert await reader.readexactly(4) == bytes([0, 0, 0, 2])
    else:
        assert await reader.readexactly(2) == bytes([1, 2])
        writer.write(b"\2")
    writer.write(des.answer(await reader.readexactly(16), password))
    if await reader.readexactly(4) != bytes(4):
        said = await reader.read()
        writer.close()
        told = b"" if version in VERSIONS[:2] else b"\0\0\0\x15Authentication failed"
        assert said == told
        raise ConnectionError
    writer.write(b"\0")
    assert await reader.readexactly(len(INIT)) == INIT
    return reader, writer


async def heard(server: RfbServer, expected: bytes) -> None:
    while bytes(server.heard) != expected:
        await asyncio.sleep(0.01)


def run(work: Callable[[], Awaitable[None]]) -> None:
    async def limited() -> None:
        await asyncio.wait_for(work(), 30)

    asyncio.run(limited())


@pytest.mark.parametrize("version", VERSIONS)
def test_the_full_password_passes_everything(
    tmp_path: Path, journal: Journal, version: bytes
) -> None:
    async def work() -> None:
        async with stage(tmp_path, journal) as found:
            found.server.says = os.urandom(3_000_000)
            reader, writer = await signed_in(found.relay.port, "all-of-1", version)
            writer.write(KEY + POINTER + REQUEST)
            assert await reader.readexactly(3_000_000) == found.server.says
            await heard(found.server, KEY + POINTER + REQUEST)
            assert found.server.chosen == [1]
            writer.close()

    run(work)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_view_only_password_passes_no_input(
    tmp_path: Path, journal: Journal, version: bytes
) -> None:
    async def work() -> None:
        async with stage(tmp_path, journal) as found:
            found.server.says = b"picture"
            reader, writer = await signed_in(found.relay.port, "look-at1", version)
            writer.write(KEY + REQUEST[:4])
            await writer.drain()
            await asyncio.sleep(0.02)
            writer.write(REQUEST[4:] + POINTER + REQUEST)
            await heard(found.server, REQUEST + REQUEST)
            assert await reader.readexactly(7) == b"picture"
            # The server itself is told to take none either.
            assert found.server.chosen == [2]
            writer.write(b"\x7f" + KEY)
            assert await reader.read() == b""
            assert bytes(found.server.heard) == REQUEST + REQUEST
        assert "unknown type 127" in text(journal)

    run(work)


def test_a_wrong_password_does_not_reach_the_server(tmp_path: Path, journal: Journal) -> None:
    async def work() -> None:
        async with stage(tmp_path, journal) as found:
            words = ("", "all-of-2", "toolongpassword")
            both = [(wrong, version) for wrong in words for version in VERSIONS]
            tries = [signed_in(found.relay.port, *each) for each in both]
            outcomes = await asyncio.gather(*tries, return_exceptions=True)
            assert [type(each) for each in outcomes] == [ConnectionError] * len(both)
            assert found.server.chosen == []
            # It counts against none that knows it.
            _, writer = await signed_in(found.relay.port, "all-of-1")
            writer.close()
        assert "A viewer did not know the password." in text(journal)

    run(work)


def test_a_relay_without_a_full_password_lets_watchers_in_only(
    tmp_path: Path, journal: Journal
) -> None:
    async def work() -> None:
        passwords = Passwords(None, Secret("look-at1"))
        async with stage(tmp_path, journal, passwords) as found:
            with pytest.raises(ConnectionError):
                await signed_in(found.relay.port, "")
            _, writer = await signed_in(found.relay.port, "look-at1")
            assert found.server.chosen == [2]
            writer.close()

    run(work)


@pytest.mark.parametrize(
    "said", [b"GET / HTTP/1.1\r\n\r\n", b"RFB 004.001\n", VERSIONS[2] + b"\1", b"RFB 003.0x8\n"]
)
def test_what_is_no_viewer_is_hung_up_on(tmp_path: Path, journal: Journal, said: bytes) -> None:
    async def work() -> None:
        async with stage(tmp_path, journal) as found:
            reader, writer = await asyncio.open_connection("127.0.0.1", found.relay.port)
            writer.write(said)
            with contextlib.suppress(ConnectionError):
                await reader.read()
            writer.close()
            assert found.server.chosen == []

    run(work)


def test_those_who_do_not_answer_keep_no_viewer_out(tmp_path: Path, journal: Journal) -> None:
    async def work() -> None:
        async with stage(tmp_path, journal) as found:
            waiting = [
                await asyncio.open_connection("127.0.0.1", found.relay.port) for _ in range(200)
            ]
            _, writer = await signed_in(found.relay.port, "all-of-1")
            for _, each in (*waiting, (None, writer)):
                each.close()

    run(work)


def test_a_viewer_that_does_not_read_holds_no_more_than_buffers(
    tmp_path: Path, journal: Journal
) -> None:
    import tracemalloc

    async def work() -> None:
        async with stage(tmp_path, journal) as found:
            found.server.says = bytes(64 << 20)
            tracemalloc.start()
            try:
                reader, writer = await signed_in(found.relay.port, "all-of-1")
                await asyncio.sleep(0.3)
                # The server of this test holds its own bytes, which were there before.
                assert tracemalloc.get_traced_memory()[1] < 80 << 20
                assert len(await reader.readexactly(64 << 20)) == 64 << 20
            finally:
                tracemalloc.stop()
            writer.close()

    run(work)


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to be another account")


@contextlib.contextmanager
def as_user(user: int) -> Iterator[None]:
    """Have what is opened meanwhile be another account's."""
    os.seteuid(user)
    try:
        yield
    finally:
        os.seteuid(0)


@needs_root
def test_another_account_gets_no_byte(tmp_path: Path, journal: Journal) -> None:
    ours, other = pwd.getpwnam("daemon").pw_uid, pwd.getpwnam("nobody").pw_uid

    async def seen(port: int, user: int, family: socket.AddressFamily) -> bytes:
        with as_user(user):
            opened = socket.socket(family)
            mapped = "::ffff:" if family == socket.AF_INET6 else ""
            opened.connect((f"{mapped}127.0.0.1", port))
        reader, writer = await asyncio.open_connection(sock=opened)
        try:
            return await reader.read(100)
        finally:
            writer.close()

    async def work() -> None:
        async with stage(tmp_path, journal, user=ours) as found:
            for family in (socket.AF_INET, socket.AF_INET6):
                assert await seen(found.relay.port, other, family) == b""
                for user in (ours, 0):
                    assert await seen(found.relay.port, user, family) == b"RFB 003.008\n"
        assert "A connection of another account was refused." in text(journal)

    run(work)


@needs_root
def test_a_connection_that_its_account_has_closed_is_not_taken_for_root_s(
    tmp_path: Path, journal: Journal
) -> None:
    """The kernel names root as the owner of what no process holds any more."""
    other = pwd.getpwnam("nobody").pw_uid

    async def work() -> None:
        async with stage(tmp_path, journal, user=0) as found:
            for _ in range(100):
                with as_user(other), socket.socket() as s:
                    s.connect(("127.0.0.1", found.relay.port))
                    s.send(VERSIONS[2] + b"\2" + bytes(16))
                await asyncio.sleep(0)
            await asyncio.sleep(0.1)
        assert "did not know" not in text(journal)

    run(work)


def test_a_link_in_the_socket_s_place_is_not_followed(tmp_path: Path, journal: Journal) -> None:
    async def work() -> None:
        async with stage(tmp_path, journal) as found:
            assert await greets(found.address)
            link = tmp_path / "link"
            link.symlink_to(found.address.path)
            for other in (link, tmp_path / "none", tmp_path):
                assert not await greets(UnixAddress(other, os.geteuid()))
                with pytest.raises(ColabWidgetError):
                    async with connection(UnixAddress(other, os.geteuid()), PASSWORDS):
                        pass
            os.mkfifo(tmp_path / "pipe")
            assert not await greets(UnixAddress(tmp_path / "pipe", os.geteuid()))

    run(work)


@needs_root
def test_a_socket_of_another_account_gets_no_byte(tmp_path: Path) -> None:
    path = tmp_path / "vnc.sock"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()
        # Its file may be the account's; its process is root's.
        os.chown(path, 1, 1)
        assert not asyncio.run(greets(UnixAddress(path, 1)))
        listening.settimeout(5)
        with listening.accept()[0] as served:
            assert served.recv(10) == b""


def test_closing_leaves_no_connection_and_no_port(tmp_path: Path, journal: Journal) -> None:
    async def work() -> None:
        async with stage(tmp_path, journal) as found:
            port = found.relay.port
            found.server.says = bytes(64 << 20)
            reader, writer = await signed_in(port, "all-of-1")
            asking, asked = await asyncio.open_connection("127.0.0.1", port)
            assert await asking.readexactly(12)
            # It has read none of what is on the way to it.
            await found.relay.close()
            with contextlib.suppress(ConnectionError):
                assert len(await reader.read()) < 32 << 20
            with contextlib.suppress(ConnectionError):
                assert await asking.read() == b""
            for each in (writer, asked):
                each.close()
            with pytest.raises(OSError):
                await asyncio.open_connection("127.0.0.1", port)

    run(work)


def text(journal: Journal) -> str:
    return "\n".join(journal.since(0, 1 << 20)[1])


def test_the_challenge_is_another_one_each_time(tmp_path: Path, journal: Journal) -> None:
    async def work() -> None:
        async with stage(tmp_path, journal) as found:
            challenges = set()
            for _ in range(20):
                reader, writer = await asyncio.open_connection("127.0.0.1", found.relay.port)
                writer.write(VERSIONS[2] + b"\2")
                challenges.add((await reader.readexactly(12 + 2 + 16))[-16:])
                writer.close()
            assert len(challenges) == 20

    run(work)
