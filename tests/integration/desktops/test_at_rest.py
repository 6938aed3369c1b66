"""A desktop on which nothing changes sends nothing, whatever server draws it."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import pwd
import shutil
import struct
import sys
import tempfile
from collections.abc import Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from colabwidget.access.account import Account
from colabwidget.desktops import servers
from colabwidget.desktops.base import VncServer
from colabwidget.desktops.rfb.message_ends import MessageEnds
from colabwidget.desktops.rfb.server import Connection
from colabwidget.desktops.vnc import VncService
from colabwidget.runtime.journal import Journal
from tests.kit.desktop.painter import Display

DOUBLES = Path(__file__).parents[2] / "doubles" / "turbovnc"
# As noVNC announces them here: CopyRect, Raw, Cursor.
ENCODINGS = struct.pack(">BxH3i", 2, 3, 1, 0, -239)
ALL, CHANGES = (struct.pack(">BBHHHH", 3, kind, 0, 0, 640, 480) for kind in (0, 1))
REST = 0.25  # seconds
SOON = 0.1

pytestmark = pytest.mark.skipif(
    not all(shutil.which(name) for name in ("Xtigervnc", "tigervncpasswd", "xauth")),
    reason="needs tigervnc-standalone-server, tigervnc-tools and xauth",
)


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as made:  # a socket's path has 107 bytes at most
        yield Path(made)


def installed(name: str, folder: Path) -> VncServer:
    """The server of that name; TurboVNC's stand-in where that is wanted."""
    server = servers.find(name)
    if name == "tigervnc":
        return server
    programs = folder / "TurboVNC"
    for program in ("bin/Xvnc", "bin/vncpasswd", "libexec/pointer.py"):
        there = programs / program
        there.parent.mkdir(parents=True, exist_ok=True)
        text = (DOUBLES / there.name).read_text()
        for mark, value in (("@VERSION@", "3.3"), ("@PYTHON@", sys.executable)):
            text = text.replace(mark, value)
        there.write_text(text)
        there.chmod(0o755)
    bin_folder = programs / "bin"
    return dataclasses.replace(
        server, xvnc=str(bin_folder / "Xvnc"), vncpasswd=str(bin_folder / "vncpasswd")
    )


@asynccontextmanager
async def running(server: VncServer, folder: Path, journal: Journal) -> Any:
    account = Account(pwd.getpwuid(os.geteuid()).pw_name, str(folder), None, "")
    directory = folder / "desktop"
    directory.mkdir(mode=0o700)
    vnc = VncService(server, account, "640x480", 24, directory, folder / "display", journal)
    await vnc.prepare()
    try:
        await vnc.start()
        yield vnc
    finally:
        await vnc.close()


class View:
    """A view as one in a cell: it asks for the next picture when one has come."""

    def __init__(self, server: Connection) -> None:
        self._server = server
        self._ends = MessageEnds(server.init)
        self.draws = self.bytes = 0
        server.writer.write(ENCODINGS + ALL)

    async def look(self, seconds: float) -> None:
        """Draw for so long."""
        end = asyncio.get_running_loop().time() + seconds
        while (left := end - asyncio.get_running_loop().time()) > 0:
            try:
                data = await asyncio.wait_for(self._server.reader.read(2**20), left)
            except asyncio.TimeoutError:
                return
            assert data
            self.bytes += len(data)
            if self._ends.feed(data):
                self.draws += 1
                await asyncio.sleep(1 / 60)
                self._server.writer.write(CHANGES)

    async def rests(self) -> None:
        """See that nothing comes any more, once all has come."""
        for _ in range(20):
            self.draws = self.bytes = 0
            await self.look(REST)
            if (self.draws, self.bytes) == (0, 0):
                return
        raise AssertionError(f"{self.draws} pictures in {REST} s, for ever")

    async def draws_more_than(self, pictures: int) -> None:
        for _ in range(100):
            await self.look(SOON)
            if self.draws > pictures:
                return
        raise AssertionError(f"only {self.draws} pictures")

    def point(self, x: int, y: int, buttons: int = 0) -> None:
        self._server.writer.write(struct.pack(">BBHH", 5, buttons, x, y))


@pytest.mark.parametrize("name", ["turbovnc", "tigervnc"])
def test_nothing_comes_at_rest_with_and_without_an_owner_of_the_pointer(
    name: str, folder: Path, journal: Journal
) -> None:
    async def work() -> None:
        async with running(installed(name, folder), folder, journal) as vnc:
            async with vnc.connect() as first:
                await View(first).rests()  # no viewer has ever moved it
                async with vnc.connect() as second:
                    View(second).point(100, 200)
                    await View(first).rests()
                # The one that has moved it last has gone.
                await View(first).rests()
                assert await vnc.pointer() == (100, 200)
            async with vnc.connect() as later:
                view = View(later)
                await view.rests()
                # The request that waits is enough for what changes then.
                screen = Display(int(vnc.display[1:]), vnc.authority)
                try:
                    screen.fill((200, 10, 10), (0, 0, 100, 100))
                    screen.wait()
                    await view.draws_more_than(0)
                finally:
                    screen.close()

    asyncio.run(work())


def test_the_stand_in_answers_for_ever_as_the_real_one_where_none_owns_the_pointer(
    folder: Path, journal: Journal
) -> None:
    """Else it would show nothing."""

    async def work() -> None:
        plain = dataclasses.replace(installed("turbovnc", folder), needs_pointer_owner=False)
        async with running(plain, folder, journal) as vnc, vnc.connect() as server:
            view = View(server)
            await view.draws_more_than(10)
            view.point(10, 10)
            await view.rests()

    asyncio.run(work())


@pytest.mark.parametrize("name", ["turbovnc", "tigervnc"])
def test_a_pointer_that_a_program_has_moved_stays_where_it_is(
    name: str, folder: Path, journal: Journal
) -> None:
    """And one that another viewer drags is not let go."""

    async def work() -> None:
        async with running(installed(name, folder), folder, journal) as vnc:
            assert await vnc.pointer() == (320, 240)
            async with vnc.connect() as first, vnc.connect():
                View(first).point(30, 40)
                for _ in range(100):
                    if await vnc.pointer() == (30, 40):
                        break
                    await asyncio.sleep(0.05)
                assert await vnc.pointer() == (30, 40)
            await asyncio.sleep(0.1)
            assert await vnc.pointer() == (30, 40)

    asyncio.run(work())
