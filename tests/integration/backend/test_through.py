"""The far end: what it lets in, and that what it does not know is closed without a word."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import socket
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from colabwidget.backend.through import channel as channels
from colabwidget.backend.through.far_end import FarEnd
from colabwidget.core.secrets import Redactor
from colabwidget.runtime.journal import Journal
from colabwidget.through import frames, pairing
from colabwidget.through.frames import Frame, FrameReader
from colabwidget.through.handshake import Hello
from colabwidget.through.session import WINDOW

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ7JyfVPAmFqzkTgEzWbTKDXqyxV2hZbwQmGg1YbQm3a me"


class Sshd:
    """A server that says back what it hears, in the place of sshd."""

    way = "key me"

    def __init__(self) -> None:
        self.socket, self._theirs = socket.socketpair()
        self.closed = False
        self.heard = b""
        self._work: asyncio.Task[None] | None = None

    async def start(self) -> None:
        reader, writer = await asyncio.open_unix_connection(sock=self._theirs)

        async def echo() -> None:
            while data := await reader.read(65_536):
                self.heard += data
                writer.write(data)
                await writer.drain()
            writer.close()

        self._work = asyncio.ensure_future(echo())

    def running(self) -> bool:
        return not self.closed

    async def close(self) -> None:
        self.closed = True
        if self._work:
            self._work.cancel()


class World:
    """A far end on a socket, and what it was asked for."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "through.sock"
        self.journal = Journal(folder / "journal.log", Redactor())
        self.let_in: list[str] = []
        self.started: list[Sshd] = []
        self.now = 0.0
        self.far_end = FarEnd(self._start, self._let_in, self.journal, lambda: self.now)

    async def _start(self) -> Sshd:
        made = Sshd()
        await made.start()
        self.started.append(made)
        return made

    async def _let_in(self, key: str) -> None:
        self.let_in.append(key)

    async def open(self) -> Link:
        return Link(*await asyncio.open_unix_connection(str(self.path)))

    async def paired(self, key: str = KEY) -> tuple[bytes, bytes]:
        """A client and its key."""
        secret = self.far_end.secret()
        link = await self.open()
        link.send(frames.PAIR, 0, pairing.request(secret, key))
        assert (await link.next()).kind == frames.PAIRED
        return pairing.client_id(key), pairing.client_key(secret, key)


class Link:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self._frames = FrameReader()
        self._come: list[Frame] = []

    def send(self, kind: int, offset: int = 0, payload: bytes = b"") -> None:
        self.writer.write(frames.encode(kind, offset, payload))

    def hello(self, key: bytes, hello: Hello) -> None:
        self.send(frames.HELLO, 0, hello.encode(key))

    async def next(self) -> Frame:
        while not self._come:
            data = await asyncio.wait_for(self.reader.read(65_536), 5)
            if not data:
                raise EOFError
            self._come += self._frames.feed(data)
        return self._come.pop(0)

    async def data(self, count: int) -> bytes:
        found = b""
        while len(found) < count:
            frame = await self.next()
            if frame.kind == frames.DATA:
                found += frame.payload
        return found

    async def closed_in_silence(self) -> bool:
        return await asyncio.wait_for(self.reader.read(), 5) == b""


def run(folder: Path, story: Callable[[World], Awaitable[None]]) -> World:
    async def whole() -> None:
        await world.far_end.start(world.path)
        try:
            await story(world)
        finally:
            await world.far_end.close()

    world = World(folder)
    asyncio.run(whole())
    world.journal.close()
    return world


def hello_of(client: bytes, **more: object) -> Hello:
    made = Hello(client, os.urandom(16), is_new=True)
    return dataclasses.replace(made, **more)  # type: ignore[arg-type]


def test_a_session_goes_on_over_another_link(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        client, key = await world.paired()
        first = await world.open()
        hello = hello_of(client)
        first.hello(key, hello)
        assert (await first.next()).kind == frames.WELCOME
        first.send(frames.DATA, 0, b"one")
        assert await first.data(3) == b"one"
        assert [each["way"] for each in world.far_end.present()] == ["key me"]
        first.writer.close()
        await asyncio.sleep(0.05)

        second = await world.open()
        second.hello(key, dataclasses.replace(hello, is_new=False, received=3))
        welcome = await second.next()
        assert (welcome.kind, welcome.offset) == (frames.WELCOME, 3)
        second.send(frames.DATA, 3, b"two")
        assert await second.data(3) == b"two"
        second.send(frames.BYE)
        await second.reader.read()

    world = run(tmp_path, story)
    assert world.let_in == [KEY]
    assert [(each.heard, each.closed) for each in world.started] == [(b"onetwo", True)]
    assert not world.far_end.present() and not world.path.exists()


def test_wrong_keys_and_strangers_are_closed_without_a_word(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        client, key = await world.paired()
        other, other_key = await world.paired(KEY.replace(" me", " other"))
        link = await world.open()
        mine = hello_of(client)
        link.hello(key, mine)
        await link.next()
        for wrong, hello in (
            (b"x" * 32, hello_of(client)),
            (other_key, hello_of(client)),
            (key, hello_of(os.urandom(16))),
            # A session of another client's, by its number.
            (other_key, dataclasses.replace(mine, client=other, is_new=False)),
        ):
            guess = await world.open()
            guess.hello(wrong, hello)
            assert await guess.closed_in_silence()
        for said in (b"SSH-2.0-guess\r\n" * 9, frames.encode(frames.DATA, 0, b"data")):
            guess = await world.open()
            guess.writer.write(said)
            assert await guess.closed_in_silence()
        link.send(frames.DATA, 0, b"mine")
        assert await link.data(4) == b"mine"

    assert len(run(tmp_path, story).started) == 1


def test_a_session_that_is_not_there_is_told_to_a_paired_client_only(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        client, key = await world.paired()
        link = await world.open()
        link.hello(key, hello_of(client, is_new=False))
        assert (await link.next()).kind == frames.GONE

    assert not run(tmp_path, story).started


def test_a_secret_pairs_once_and_for_ten_minutes(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        secret = world.far_end.secret()
        await world.paired()
        assert world.far_end.secret() != secret
        again = await world.open()
        again.send(frames.PAIR, 0, pairing.request(secret, KEY))
        assert await again.closed_in_silence()

        old = world.far_end.secret()
        world.now += pairing.SECRET_LIFE / 2 + 1
        assert world.far_end.secret() != old  # what is shown from now on is good for longer
        early = await world.open()
        early.send(frames.PAIR, 0, pairing.request(old, KEY))
        assert (await early.next()).kind == frames.PAIRED

        late = world.far_end.secret()
        world.now += pairing.SECRET_LIFE + 1
        too_late = await world.open()
        too_late.send(frames.PAIR, 0, pairing.request(late, KEY))
        assert await too_late.closed_in_silence()

    run(tmp_path, story)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "ssh-ed25519",
        f"{KEY}\nssh-ed25519 AAAA other",
        f'command="sh" {KEY}',
        KEY.replace("ssh-ed25519", "ssh-rsa"),
        f"{KEY}\x1b[2J",
    ],
)
def test_what_is_no_key_of_a_client_is_not_let_in(tmp_path: Path, key: str) -> None:
    async def story(world: World) -> None:
        link = await world.open()
        link.send(frames.PAIR, 0, pairing.request(world.far_end.secret(), key))
        assert await link.closed_in_silence()

    assert not run(tmp_path, story).let_in


def test_a_client_that_does_not_come_back_is_given_up(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        client, key = await world.paired()
        link = await world.open()
        link.hello(key, hello_of(client, resume=1))
        await link.next()
        link.writer.close()
        began = time.monotonic()
        while not world.started[0].closed and time.monotonic() < began + 6:
            await asyncio.sleep(0.02)
        # What the client has asked for counts, from the moment on at which its link was gone.
        assert 0.9 < time.monotonic() - began < 5
        assert world.started[0].closed

    run(tmp_path, story)


def test_a_link_on_which_nothing_comes_is_closed_and_the_session_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channels, "PING_EVERY", 0.1)
    monkeypatch.setattr(channels, "SILENCE", 0.3)

    async def story(world: World) -> None:
        client, key = await world.paired()
        hello = hello_of(client)
        link = await world.open()
        link.hello(key, hello)
        await link.next()
        for _ in range(5):
            await asyncio.sleep(0.1)
            link.send(frames.PING)
            assert (await link.next()).kind == frames.PONG
        assert await link.closed_in_silence()
        back = await world.open()
        back.hello(key, dataclasses.replace(hello, is_new=False))
        assert (await back.next()).kind == frames.WELCOME

    run(tmp_path, story)


def test_a_client_that_reads_nothing_costs_a_window(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        client, key = await world.paired()
        link = await world.open()
        link.hello(key, hello_of(client))
        await link.next()
        at, piece = 0, bytes(32 * 1024)
        limit = time.monotonic() + 1.0
        while time.monotonic() < limit:
            link.send(frames.DATA, at, piece)
            at += len(piece)
            try:
                await asyncio.wait_for(link.writer.drain(), 0.2)
            except (asyncio.TimeoutError, OSError):
                break
        # What comes back fills a window at the machine, and is read no further.
        assert len(world.started[0].heard) < 3 * WINDOW

    run(tmp_path, story)
