"""A film on a real X server, from its first change to a picture that is right again."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import struct
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from colabwidget.access.account import Account
from colabwidget.backend.streams.film.carry import Film
from colabwidget.desktops import servers
from colabwidget.desktops.rfb.input_watch import InputWatch
from colabwidget.desktops.vnc import VncService
from colabwidget.runtime.journal import Journal
from tests.kit.desktop.painter import Display

SIZE = (640, 480)
RAW, H264 = 0, 50
FENCE = 248
ALL, CHANGES = (struct.pack(">BBHHHH", 3, kind, 0, 0, *SIZE) for kind in (0, 1))
COLOURS = ((200, 40, 60), (40, 160, 80), (50, 80, 190))
TIMEOUT = 20.0  # seconds
PROGRAMS = {"pixelflux": b"pixelflux_program.py\0", "ffmpeg": b"ffmpeg\0"}

pytestmark = pytest.mark.skipif(
    not all(shutil.which(name) for name in ("Xtigervnc", "tigervncpasswd", "xauth", "ffmpeg")),
    reason="needs tigervnc-standalone-server, tigervnc-tools, xauth and ffmpeg",
)


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as made:
        yield Path(made)


class View:
    """A page's noVNC: draws what is raw, and counts what is H.264."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self.pixels = bytearray(4 * SIZE[0] * SIZE[1])
        self.films: list[tuple[int, int, int, int]] = []
        self.flags: list[int] = []
        self.raw = 0
        self.answers = True
        self._came = asyncio.Event()

    def takes(self, *kinds: int) -> None:
        self._writer.write(struct.pack(f">BxH{len(kinds)}i", 2, len(kinds), *kinds))

    async def run(self) -> None:
        """Read what comes, and ask for more."""
        self._writer.write(ALL)
        while True:
            kind = (await self._reader.readexactly(1))[0]
            if kind == FENCE:
                head = await self._reader.readexactly(8)
                payload = await self._reader.readexactly(head[7])
                if self.answers:
                    self._writer.write(struct.pack(">B3xIB", FENCE, 0, len(payload)) + payload)
                continue
            assert kind == 0, f"message {kind}"
            count = struct.unpack(">xH", await self._reader.readexactly(3))[0]
            for _ in range(count):
                await self._draw()
            self._came.set()
            await asyncio.sleep(1 / 60)
            self._writer.write(CHANGES)

    async def _draw(self) -> None:
        x, y, width, height, kind = struct.unpack(">HHHHi", await self._reader.readexactly(12))
        if kind == H264:
            size, flags = struct.unpack(">II", await self._reader.readexactly(8))
            data = await self._reader.readexactly(size)
            assert size <= 256 * 1024
            if flags:
                assert data[4] & 0x1F == 7  # SPS: it can begin here
            self.films.append((x, y, width, height))
            self.flags.append(flags)
            return
        assert kind == RAW
        data = await self._reader.readexactly(4 * width * height)
        self.raw += 1
        for row in range(height):
            at = 4 * ((y + row) * SIZE[0] + x)
            self.pixels[at : at + 4 * width] = data[4 * row * width : 4 * (row + 1) * width]

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Wait until pictures have come that make it so."""
        deadline = asyncio.get_running_loop().time() + TIMEOUT
        while not is_so():
            self._came.clear()
            left = deadline - asyncio.get_running_loop().time()
            assert left > 0, f"{len(self.films)} of H.264, {self.raw} raw"
            try:
                await asyncio.wait_for(self._came.wait(), min(left, 0.2))
            except asyncio.TimeoutError:
                continue

    async def has_pictures_alone(self) -> None:
        """Wait until many pictures have come, and see that none of them was H.264."""
        films, raw = len(self.films), self.raw
        await self.until(lambda: self.raw > raw + 30)
        assert len(self.films) == films


class Cinema:
    """A display that is painted, and a view of it."""

    def __init__(self, display: Display, view: View, journal: Journal) -> None:
        self.display, self.view, self.journal = display, view, journal
        self._painting: asyncio.Task[None] | None = None

    def paint(self, *place: int) -> None:
        """Change that part thirty times a second."""

        async def run() -> None:
            number = 0
            while True:
                self.display.fill(COLOURS[number % 3], (*place,))  # type: ignore[arg-type]
                self.display.wait()
                number += 1
                await asyncio.sleep(1 / 30)

        self._painting = asyncio.ensure_future(run())

    async def stop(self) -> None:
        if self._painting:
            self._painting.cancel()
            await asyncio.wait({self._painting})

    def encoders(self, *kinds: str) -> list[int]:
        found, programs = [], [PROGRAMS[kind] for kind in kinds or PROGRAMS]
        for entry in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = entry.read_bytes()
                if _parent(entry.parent) == os.getpid() and any(each in words for each in programs):
                    found.append(int(entry.parent.name))
            except OSError:
                continue
        return found


def _parent(process: Path) -> int:
    return int((process / "stat").read_text().rpartition(")")[2].split()[1])


@asynccontextmanager
async def cinema(folder: Path, journal: Journal, *kinds: int) -> AsyncIterator[Cinema]:
    account = Account(pwd.getpwuid(os.geteuid()).pw_name, str(folder), None, "")
    directory = folder / "desktop"
    directory.mkdir(mode=0o700)
    geometry = f"{SIZE[0]}x{SIZE[1]}"
    server = servers.find("tigervnc")
    vnc = VncService(server, account, geometry, 24, directory, folder / "display", journal)
    await vnc.prepare()
    try:
        await vnc.start()
        display = Display(vnc.screen.number, vnc.authority)
        async with vnc.connect() as connection:
            ours, theirs = socket.socketpair()
            page = await asyncio.open_connection(sock=ours)
            view = View(*await asyncio.open_connection(sock=theirs))
            view.takes(*kinds)
            film = Film(vnc.screen, connection.init, asyncio.Lock(), journal)
            carrying = asyncio.ensure_future(film.carry(page, connection, InputWatch()))
            looking = asyncio.ensure_future(view.run())
            made = Cinema(display, view, journal)
            try:
                yield made
                assert not looking.done() and not carrying.done()
            finally:
                await made.stop()
                for task in (looking, carrying):
                    task.cancel()
                    await asyncio.wait({task})
                page[1].close()
                theirs.close()
                display.close()
        assert not made.encoders()
    finally:
        await vnc.close()


def bgrx(colour: tuple[int, int, int]) -> bytes:
    red, green, blue = colour
    return bytes([blue, green, red])


def is_all(view: View, colour: tuple[int, int, int]) -> bool:
    wanted = bgrx(colour)
    return all(view.pixels[at::4].count(wanted[at]) == SIZE[0] * SIZE[1] for at in range(3))


@pytest.mark.parametrize("kind", PROGRAMS)
def test_a_film_comes_as_video_and_leaves_a_picture_that_is_right(
    folder: Path, journal: Journal, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind == "ffmpeg":
        monkeypatch.setitem(sys.modules, "pixelflux", None)  # it is not found
    elif not importlib.util.find_spec("pixelflux"):
        pytest.skip("needs pixelflux")

    async def run() -> None:
        async with cinema(folder, journal, H264, RAW) as made:
            view = made.view
            await view.until(lambda: view.raw > 0)
            assert not view.films
            made.paint(0, 0, *SIZE)
            await view.until(lambda: len(view.films) > 20)
            assert set(view.films) == {(0, 0, *SIZE)}
            assert view.flags[0] == 2
            assert not any(view.flags[1:])
            assert len(made.encoders(kind)) == len(made.encoders()) == 1
            await made.stop()
            made.display.fill((12, 34, 56), (0, 0, *SIZE))
            made.display.wait()
            await view.until(lambda: is_all(view, (12, 34, 56)))
            await view.until(lambda: not made.encoders())
            # Nothing moves: nothing comes.
            raw, films = view.raw, len(view.films)
            await asyncio.sleep(0.3)
            assert (view.raw - raw, len(view.films) - films) == (0, 0)

    asyncio.run(run())


def test_what_is_around_a_film_comes_as_before(folder: Path, journal: Journal) -> None:
    async def run() -> None:
        async with cinema(folder, journal, H264, RAW) as made:
            view = made.view
            made.paint(128, 64, 384, 320)
            await view.until(lambda: len(view.films) > 5)
            assert set(view.films) == {(128, 64, 384, 320)}
            made.display.fill((1, 2, 3), (600, 440, 8, 8))
            made.display.wait()
            at = 4 * (442 * SIZE[0] + 602)
            await view.until(lambda: view.pixels[at : at + 3] == bgrx((1, 2, 3)))

    asyncio.run(run())


def test_a_killed_encoder_is_followed_by_pictures_and_by_another_one(
    folder: Path, journal: Journal
) -> None:
    async def run() -> None:
        async with cinema(folder, journal, H264, RAW) as made:
            view = made.view
            made.paint(0, 0, *SIZE)
            await view.until(lambda: len(view.films) > 5)
            raw = view.raw
            for pid in made.encoders():
                os.kill(pid, signal.SIGKILL)
            await view.until(lambda: view.raw > raw)
            films = len(view.films)
            await view.until(lambda: len(view.films) > films + 5)

    asyncio.run(run())


@pytest.mark.parametrize("kinds", [(RAW,), (H264, RAW)], ids=["takes none", "takes it no more"])
def test_a_page_that_takes_no_video_gets_pictures(
    folder: Path, journal: Journal, kinds: tuple[int, ...]
) -> None:
    async def run() -> None:
        async with cinema(folder, journal, *kinds) as made:
            view = made.view
            made.paint(0, 0, *SIZE)
            if H264 in kinds:
                await view.until(lambda: len(view.films) > 5)
                view.takes(RAW)
                await view.until(lambda: not made.encoders())
            await view.has_pictures_alone()

    asyncio.run(run())


def test_a_page_that_does_not_say_what_it_has_drawn_gets_pictures_again(
    folder: Path, journal: Journal
) -> None:
    async def run() -> None:
        async with cinema(folder, journal, H264, RAW) as made:
            view = made.view
            made.paint(0, 0, *SIZE)
            await view.until(lambda: len(view.films) > 3)
            view.answers = False
            await view.until(lambda: not made.encoders())
            await view.has_pictures_alone()

    asyncio.run(run())
