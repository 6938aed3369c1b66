"""Programs that film a real display, and what a decoder makes of their pictures."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import pwd
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import pytest

from colabwidget.access.account import Account
from colabwidget.backend.streams.film.encoder import Encoder, EncoderFailed
from colabwidget.backend.streams.film.picture import Picture
from colabwidget.backend.streams.film.program import picture_rate
from colabwidget.desktops import servers
from colabwidget.desktops.damage import Rectangle, Screen
from colabwidget.desktops.vnc import VncService
from colabwidget.runtime.journal import Journal
from tests.kit.desktop.painter import Display
from tests.kit.machine.accounts import new_user, remove_account

SIZE = (640, 480)
ALL = Rectangle(0, 0, *SIZE)
CAP = 6000  # kbit/s
COLOURS = [(40 * number % 240 + 8, 90, 200 - 40 * number % 180) for number in range(30)]
OFF = 10  # of 255, by which a decoded colour may differ
# Pictures that may show what was on the screen before; ffmpeg's fill its pipe, however small.
UNDER_WAY = {"pixelflux": 4, "ffmpeg": 40}
NOW = 5  # paintings of thirty a second, by which a picture may be behind
SUFFIX = "pixelflux_program.py"

pytestmark = [
    pytest.mark.skipif(
        not all(shutil.which(name) for name in ("Xtigervnc", "tigervncpasswd", "xauth", "ffmpeg")),
        reason="needs tigervnc-standalone-server, tigervnc-tools, xauth and ffmpeg",
    )
]


@pytest.fixture(params=["pixelflux", "ffmpeg"])
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The program that films; the better one is hidden where the other one is meant."""
    if request.param == "ffmpeg":
        monkeypatch.setitem(sys.modules, "pixelflux", None)
    elif not importlib.util.find_spec("pixelflux"):
        pytest.skip("needs pixelflux")
    return str(request.param)


@pytest.fixture(params=["own", "session's"])
def account(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param == "own":
        yield pwd.getpwuid(os.geteuid()).pw_name
        return
    if os.geteuid() != 0:
        pytest.skip("makes an account, which takes root")
    name = new_user()
    subprocess.run(["useradd", "--create-home", name], check=True)
    yield name
    remove_account(name)


@asynccontextmanager
async def showing(journal: Journal, name: str = "") -> AsyncIterator[tuple[Screen, Display]]:
    """A display, and what paints it."""
    owner = pwd.getpwnam(name) if name else pwd.getpwuid(os.geteuid())
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        folder.chmod(0o711)
        directory = folder / "desktop"
        directory.mkdir(mode=0o700)
        os.chown(directory, owner.pw_uid, owner.pw_gid)
        account = Account(owner.pw_name, str(directory), None, "")
        geometry, record = f"{SIZE[0]}x{SIZE[1]}", folder / "display"
        server = servers.find("tigervnc")
        vnc = VncService(server, account, geometry, 24, directory, record, journal)
        await vnc.prepare()
        try:
            await vnc.start()
            display = Display(vnc.screen.number, vnc.authority)
            yield vnc.screen, display
            display.close()
            assert programs() == {}
        finally:
            for left in programs().values():  # of a test that has failed
                os.kill(left, signal.SIGKILL)
            await vnc.close()


def programs() -> dict[str, int]:
    """Those of ours that film, each with its process."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes().decode(errors="replace").split("\0")
            parent = (entry.parent / "stat").read_text().rpartition(")")[2].split()[1]
        except OSError:
            continue
        if parent == str(os.getpid()):
            if any(word.endswith(SUFFIX) for word in words):
                found["pixelflux"] = int(entry.parent.name)
            elif "x11grab" in words:
                found["ffmpeg"] = int(entry.parent.name)
    return found


def show(display: Display, colour: tuple[int, int, int], place: Rectangle = ALL) -> None:
    display.fill(colour, (place.x, place.y, place.width, place.height))
    display.wait()


def decoded(pictures: list[Picture], size: tuple[int, int] = SIZE) -> list[tuple[int, ...]]:
    """The colour in the middle of each picture, by a decoder."""
    command = ["ffmpeg", "-loglevel", "error", "-f", "h264", "-i", "-", "-fps_mode", "passthrough"]
    command += ["-vf", "scale=in_range=tv", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    data = b"".join(picture.data for picture in pictures)
    done = subprocess.run(command, input=data, capture_output=True, check=True)
    assert done.stderr == b""
    width, height = size
    whole = 3 * width * height
    assert len(done.stdout) == whole * len(pictures)
    middle = 3 * (height // 2 * width + width // 2)
    return [
        tuple(done.stdout[at + middle : at + middle + 3])
        for at in range(0, len(done.stdout), whole)
    ]


def is_near(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return all(abs(a - b) <= OFF for a, b in zip(one, other, strict=True))


def lines(journal: Journal) -> str:
    return "\n".join(journal.since(0, 1000)[1])


def test_pictures_show_what_is_on_the_screen(journal: Journal, kind: str) -> None:
    async def run() -> None:
        async with showing(journal) as (screen, display):
            encoder = Encoder(screen, journal)
            parts = [ALL, Rectangle(128, 64, 320, 256), Rectangle(256, 64, 320, 256)]
            for part in parts:
                show(display, (250, 250, 250))
                taken = []
                async with aclosing(encoder.pictures(part, CAP)) as made:
                    for colour in COLOURS[:5]:
                        show(display, colour, part)
                        taken.append(await anext(made))
                    while not is_near(decoded(taken, part[2:])[-1], COLOURS[4]):
                        assert len(taken) < 30
                        taken.append(await anext(made))
                assert taken[0].is_key
            assert set(programs()) <= {kind}
            await encoder.close()

    asyncio.run(run())


def test_pictures_that_are_not_taken_are_not_made(journal: Journal, kind: str) -> None:
    async def run() -> None:
        async with showing(journal) as (screen, display):
            encoder = Encoder(screen, journal)
            async with aclosing(encoder.pictures(ALL, CAP)) as made:
                taken = [await anext(made)]
                for colour in COLOURS:
                    show(display, colour)
                    await asyncio.sleep(1 / 30)
                before = len(taken)
                while not is_near(decoded(taken)[-1], COLOURS[-1]):
                    taken.append(await anext(made))
                    assert len(taken) - before <= UNDER_WAY[kind]
            await encoder.close()

    asyncio.run(run())


@pytest.mark.slow
def test_pictures_are_of_now_where_few_are_taken(journal: Journal) -> None:
    if not importlib.util.find_spec("pixelflux"):
        pytest.skip("needs pixelflux")

    async def run() -> None:
        async with showing(journal) as (screen, display):
            encoder = Encoder(screen, journal)
            painted = 0

            async def paint() -> None:
                nonlocal painted
                while True:
                    grey = 8 * (painted % 30) + 8
                    show(display, (grey, grey, grey))
                    painted += 1
                    await asyncio.sleep(1 / 30)

            painting = asyncio.ensure_future(paint())
            async with aclosing(encoder.pictures(ALL, CAP)) as made:
                behind: list[int] = []
                deadline = asyncio.get_running_loop().time() + 120
                taken: list[Picture] = []
                while not (len(behind) > 8 and sorted(behind[-9:])[4] <= NOW):
                    assert asyncio.get_running_loop().time() < deadline, behind
                    picture = await anext(made)
                    taken = [picture] if picture.is_key else [*taken, picture]
                    shown = painted - 1
                    grey = (await asyncio.to_thread(decoded, taken))[-1][0]
                    behind.append((shown - round((grey - 8) / 8)) % 30)
                    await asyncio.sleep(0.1)
            painting.cancel()
            await asyncio.wait({painting})
            await encoder.close()

    asyncio.run(run())


def test_a_rate_holds_for_the_pictures_that_follow(journal: Journal, kind: str) -> None:
    chance = random.Random(1)

    async def run() -> None:
        async with showing(journal) as (screen, display):
            encoder = Encoder(screen, journal)

            async def paint() -> None:
                while True:
                    noise = chance.randbytes(4 * SIZE[0] * SIZE[1])
                    display.put(noise, *SIZE)
                    display.wait()
                    await asyncio.sleep(1 / 60)

            painting = asyncio.ensure_future(paint())
            sizes = {}
            async with aclosing(encoder.pictures(ALL, 20_000)) as made:
                for rate in (20_000, 4_000, 1_000):
                    if rate != 20_000 and not encoder.limit(rate):
                        assert kind == "ffmpeg"
                        break
                    # What is under way has the rate of before.
                    taken = [await anext(made) for _ in range(40)]
                    keys = [picture.is_key for picture in taken[1:]].count(True)
                    # With 60 pictures a second, the last rate is one of half as many.
                    assert keys == (rate == 1_000 and picture_rate() == 60)
                    sizes[rate] = sum(len(picture.data) for picture in taken[20:])
                    assert set(programs()) == {kind}
            if kind == "pixelflux":
                assert sizes[4_000] < sizes[20_000] / 3
                assert sizes[1_000] < sizes[20_000] / 6
            painting.cancel()
            await asyncio.wait({painting})
            await encoder.close()

    asyncio.run(run())


def test_a_killed_program_is_an_error_and_the_next_one_films(journal: Journal, kind: str) -> None:
    async def run() -> None:
        async with showing(journal) as (screen, display):
            encoder = Encoder(screen, journal)
            for _ in range(2):
                show(display, COLOURS[0])
                async with aclosing(encoder.pictures(ALL, CAP)) as made:
                    assert (await anext(made)).is_key
                    os.kill(programs()[kind], signal.SIGKILL)
                    with pytest.raises(EncoderFailed, match="it has ended"):
                        while True:
                            await anext(made)
                assert programs() == {}
            await encoder.close()

    asyncio.run(run())


@pytest.mark.parametrize(
    "package",
    [
        "raise ImportError('libgbm.so.1: cannot open shared object file')",
        "raise SystemExit(1)",
        "import os; os.abort()",
        "def hardware_encoders(*_): return {}\nclass ScreenCapture: pass",
    ],
    ids=["lacks a library", "ends", "crashes", "is another version"],
)
def test_a_pixelflux_that_does_not_work_is_left_for_ffmpeg(
    journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    (tmp_path / "pixelflux.py").write_text(package)
    monkeypatch.syspath_prepend(tmp_path)

    async def run() -> None:
        async with showing(journal) as (screen, display):
            show(display, COLOURS[0])
            encoder = Encoder(screen, journal)
            for _ in range(2):
                async with aclosing(encoder.pictures(ALL, CAP)) as made:
                    assert is_near(decoded([await anext(made)])[0], COLOURS[0])
                    assert set(programs()) == {"ffmpeg"}
            await encoder.close()

    asyncio.run(run())
    assert lines(journal).count("pixelflux makes no films here: ") == 1


def test_an_account_that_cannot_read_pixelflux_gets_ffmpeg(
    journal: Journal, account: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_own = account == pwd.getpwuid(os.geteuid()).pw_name
    folder = tmp_path / "private"
    folder.mkdir(mode=0o700)
    (folder / "pixelflux.py").write_text("raise ImportError('it was read')")
    monkeypatch.syspath_prepend(folder)

    async def run() -> None:
        async with showing(journal, account) as (screen, display):
            show(display, COLOURS[0])
            encoder = Encoder(screen, journal)
            async with aclosing(encoder.pictures(ALL, CAP)) as made:
                assert is_near(decoded([await anext(made)])[0], COLOURS[0])
                (process,) = programs().values()
                assert Path(f"/proc/{process}").stat().st_uid == pwd.getpwnam(account).pw_uid
            await encoder.close()

    asyncio.run(run())
    assert ("it was read" in lines(journal)) == is_own


def test_pixelflux_films_as_the_account(journal: Journal, account: str) -> None:
    found = importlib.util.find_spec("pixelflux")
    if not found or not found.origin:
        pytest.skip("needs pixelflux")
    tried = ["setpriv", "--reuid", account, "--clear-groups", "--", sys.executable, "-I", "-S"]
    reads = [*tried, "-c", f"open({found.origin!r})"]
    if subprocess.run(reads, check=False, capture_output=True).returncode:
        pytest.skip("another account cannot read this Python")

    async def run() -> None:
        async with showing(journal, account) as (screen, display):
            show(display, COLOURS[0])
            encoder = Encoder(screen, journal)
            async with aclosing(encoder.pictures(ALL, CAP)) as made:
                assert is_near(decoded([await anext(made)])[0], COLOURS[0])
                process = programs()["pixelflux"]
                assert Path(f"/proc/{process}").stat().st_uid == pwd.getpwnam(account).pw_uid
            await encoder.close()

    asyncio.run(run())
