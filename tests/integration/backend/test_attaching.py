"""What takes the keys of computers that attach: what it lets in, when, and what it refuses."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from colabwidget.attach.string import AttachString, Place
from colabwidget.backend.attaching import Attaching
from colabwidget.core.secrets import Redactor
from colabwidget.runtime.journal import Journal
from colabwidget.through import frames, pairing

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ7JyfVPAmFqzkTgEzWbTKDXqyxV2hZbwQmGg1YbQm3a me"
PLACE = Place("me", "host.example", 22, "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA")


class World:
    """A session's part, and what sshd was told."""

    def __init__(self, folder: Path) -> None:
        self.journal = Journal(folder / "journal.log", Redactor())
        self.let_in: list[str] = []
        self.held: list[str] = []
        self.made = 0
        self.now = 0.0
        self.attaching = Attaching(
            lambda: asyncio.ensure_future(self._make()),
            self.let_in.append,
            self._hold,
            self.journal,
            lambda: self.now,
        )

    async def _make(self) -> tuple[str, str]:
        self.made += 1
        return f"AAAA{self.made:04}", f"ecdsa-sha2-nistp256 PUBLIC{self.made} colabwidget"

    def _hold(self, keys: list[str]) -> None:
        self.held = keys

    def shown(self) -> AttachString:
        return AttachString.parse(self.attaching.string(PLACE))

    async def ask(self, code: AttachString, key: str = KEY, data: bytes = b"") -> bytes:
        """What comes back for a request."""
        reader, writer = await asyncio.open_connection("127.0.0.1", code.port)
        request = frames.encode(frames.PAIR, 0, pairing.request(code.secret, key))
        writer.write(data or request)
        found = await asyncio.wait_for(reader.read(), 5)
        writer.close()
        return found


def run(folder: Path, story: Callable[[World], Awaitable[None]]) -> None:
    """Play a story with a world that listens; it is closed after that."""

    async def whole() -> None:
        world = World(folder)
        await world.attaching.start()
        await story(world)
        await world.attaching.close()
        assert world.held == [] and world.attaching.string(PLACE) == ""

    asyncio.run(whole())


def test_a_string_lets_one_key_in_and_its_own_key_goes(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        code = world.shown()
        assert code.place == PLACE and "AAAA0001" in code.key
        options = f'restrict,port-forwarding,permitopen="127.0.0.1:{code.port}"'
        assert len(world.held) == 1 and world.held[0].startswith(options)
        assert world.held[0].endswith("PUBLIC1 colabwidget")

        assert await world.ask(code) == frames.encode(frames.PAIRED)
        assert (world.let_in, world.held) == ([KEY], [])
        assert await world.ask(code) == b""
        assert world.let_in == [KEY]
        await world.attaching.renew()
        assert world.shown().secret != code.secret and "PUBLIC2" in world.held[0]

    run(tmp_path, story)


def test_it_is_good_for_ten_minutes_and_shown_for_five(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        first = world.shown()
        world.now = 299.0
        await world.attaching.renew()
        assert world.shown() == first
        world.now = 301.0
        assert not world.attaching.is_fresh
        await world.attaching.renew()
        assert len(world.held) == 2  # what was shown a moment ago is still good
        world.now = 601.0
        assert await world.ask(first) == b""
        assert (world.let_in, len(world.held)) == ([], 1)

    run(tmp_path, story)


@pytest.mark.parametrize(
    "key", ["", 'command="x" ssh-ed25519 AAAA me', KEY + "\n" + KEY, "x" * 500]
)
def test_only_a_key_without_options_is_let_in(tmp_path: Path, key: str) -> None:
    async def story(world: World) -> None:
        assert await world.ask(world.shown(), key) == b""
        assert world.let_in == []

    run(tmp_path, story)


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n\r\n" * 10,
        frames.encode(frames.HELLO, 0, b"x" * 100),
        frames.encode(frames.PAIR, 0, b""),
        frames.encode(frames.PAIR, 0, b"\xff" * 200),
    ],
    ids=["http", "hello", "empty", "no text"],
)
def test_what_has_no_secret_is_closed_without_a_word(tmp_path: Path, data: bytes) -> None:
    async def story(world: World) -> None:
        assert await world.ask(world.shown(), data=data) == b""
        assert world.let_in == [] and world.journal.end == 0

    run(tmp_path, story)
