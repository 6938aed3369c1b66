"""The sound of a desktop: a real PulseAudio, what records it, and what ends any of them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import pytest

from colabwidget.access.account import Account
from colabwidget.backend.streams.sound import serve_sound
from colabwidget.core.errors import ColabWidgetError
from colabwidget.desktops.sound import needs, recording
from colabwidget.desktops.sound.recording import SILENCE
from colabwidget.desktops.sound.server import address
from colabwidget.desktops.sound.sound import Sound
from colabwidget.ipc.sound import MESSAGE, PACKET, Frame, FrameReader
from colabwidget.runtime.apt import Need
from colabwidget.runtime.journal import Journal
from colabwidget.system import procfs
from tests.kit.machine.accounts import new_user, remove_account

PROGRAMS = ("pulseaudio", "parec", "ffmpeg")
AUDIBLE = 50  # bytes of a packet

pytestmark = pytest.mark.skipif(
    not all(shutil.which(name) for name in PROGRAMS),
    reason="needs pulseaudio, pulseaudio-utils and ffmpeg",
)


@pytest.fixture(params=["own", "session's"])
def account(request: pytest.FixtureRequest) -> Iterator[Account]:
    if request.param == "own":
        yield Account(pwd.getpwuid(os.geteuid()).pw_name, "/nonexistent", None, "")
        return
    if os.geteuid() != 0:
        pytest.skip("makes an account, which takes root")
    name = new_user()
    subprocess.run(["useradd", "--create-home", name], check=True)
    yield Account(name, f"/home/{name}", None, "")
    remove_account(name)


@pytest.fixture
def folder(account: Account) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as made:  # a socket's path has 107 bytes at most
        directory = Path(made, "desktop")
        directory.mkdir(mode=0o700)
        Path(made).chmod(0o711)
        owner = pwd.getpwnam(account.name)
        os.chown(directory, owner.pw_uid, owner.pw_gid)
        yield directory


def running(folder: Path) -> dict[str, int]:
    """The programs of this sound, which no other has in its environment."""
    found = {}
    for process in Path("/proc").iterdir():
        if process.name.isdecimal() and int(process.name) != os.getpid():
            with contextlib.suppress(OSError):
                if f"PULSE_STATE_PATH={folder}".encode() in (process / "environ").read_bytes():
                    found[procfs.program_name(int(process.name))] = int(process.name)
    return found


@asynccontextmanager
async def made(account: Account, folder: Path, journal: Journal) -> AsyncIterator[Sound]:
    sound = Sound(account, folder, journal)
    try:
        yield sound
    finally:
        await sound.close()
        assert running(folder) == {}


@asynccontextmanager
async def tone(account: Account, folder: Path) -> AsyncIterator[None]:
    """A program of the account plays one."""
    play = ["-loglevel", "error", "-re", "-f", "lavfi", "-i", "sine=440", "-f", "pulse", "test"]
    player = await asyncio.create_subprocess_exec(
        *("setpriv", "--reuid", account.name, "--clear-groups", "ffmpeg", *play),
        env={"PATH": os.defpath, "PULSE_SERVER": address(folder), "HOME": "/nonexistent"},
        stdin=asyncio.subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        player.kill()
        await player.wait()


def ignore(text: str, share: float | None) -> None:
    pass


async def hears(packets: AsyncIterator[bytes], audible: bool, many: int = 1) -> None:
    """So many packets with sound come, or that none comes any more."""
    while many:
        packet = await asyncio.wait_for(anext(packets), 20)
        many -= len(packet) > AUDIBLE if audible else packet == SILENCE


def test_what_plays_is_heard_and_silence_is_no_packet(
    account: Account, folder: Path, journal: Journal
) -> None:
    async def check() -> None:
        async with (
            made(account, folder, journal) as sound,
            aclosing(sound.listen(False, ignore)) as packets,
        ):
            await hears(packets, audible=False)
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(
                    asyncio.shield(later := asyncio.ensure_future(anext(packets))), 1
                )
            async with tone(account, folder):
                await later
                await hears(packets, audible=True, many=50)
            await hears(packets, audible=False)
            for pid in running(folder).values():
                owner = Path(f"/proc/{pid}").stat().st_uid
                assert owner == pwd.getpwnam(account.name).pw_uid

    asyncio.run(check())


@pytest.fixture
def own() -> Account:
    return Account(pwd.getpwuid(os.geteuid()).pw_name, "/nonexistent", None, "")


@pytest.fixture
def own_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as made:
        yield Path(made)


def test_mute_ends_the_recording_and_not_the_server(
    own: Account, own_folder: Path, journal: Journal
) -> None:
    async def check() -> None:
        async with made(own, own_folder, journal) as sound:
            assert running(own_folder) == {}
            for _ in range(2):
                async with aclosing(sound.listen(False, ignore)) as packets:
                    await hears(packets, audible=False)
                    assert set(running(own_folder)) == set(PROGRAMS)
                assert set(running(own_folder)) == {"pulseaudio"}

    asyncio.run(check())


def test_what_is_killed_is_started_again(own: Account, own_folder: Path, journal: Journal) -> None:
    async def check() -> None:
        async with (
            made(own, own_folder, journal) as sound,
            aclosing(sound.listen(False, ignore)) as packets,
        ):
            for program in PROGRAMS:
                await hears(packets, audible=False)
                os.kill(running(own_folder)[program], signal.SIGKILL)
            await hears(packets, audible=False)
            async with tone(own, own_folder):
                await hears(packets, audible=True, many=5)

    asyncio.run(check())


def test_what_never_runs_is_given_up_with_its_last_words(
    own: Account, own_folder: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = own_folder / "broken"
    broken.write_text("#!/bin/sh\necho 'Unknown encoder libopus' >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setattr(
        recording, "program", lambda name: str(broken) if name == "ffmpeg" else None
    )

    async def check() -> None:
        async with made(own, own_folder, journal) as sound:
            with pytest.raises(ColabWidgetError) as error:
                async for _ in sound.listen(False, ignore):
                    pass
            assert "Unknown encoder libopus" in str(error.value)

    asyncio.run(check())


@pytest.mark.parametrize(("root", "code"), [(True, "sound_missing"), (False, "no_root_no_sound")])
def test_what_is_missing_is_named_and_nothing_starts(
    own: Account,
    own_folder: Path,
    journal: Journal,
    monkeypatch: pytest.MonkeyPatch,
    root: bool,
    code: str,
) -> None:
    monkeypatch.setattr(needs, "NEEDS", (Need("no-such-program", "ffmpeg"),))
    monkeypatch.setattr(needs, "is_root", lambda: root)

    async def check() -> None:
        async with made(own, own_folder, journal) as sound:
            with pytest.raises(ColabWidgetError) as error:
                await anext(sound.listen(False, ignore))
            assert error.value.code == code and "ffmpeg" in str(error.value)

    asyncio.run(check())


def test_four_listen_at_once_and_the_end_of_the_desktop_ends_them(
    own: Account, own_folder: Path, journal: Journal
) -> None:
    async def listen(sound: Sound, heard: asyncio.Event) -> None:
        async with aclosing(sound.listen(False, ignore)) as packets:
            async for _ in packets:
                heard.set()

    async def check() -> None:
        async with made(own, own_folder, journal) as sound:
            heard = [asyncio.Event() for _ in range(4)]
            tasks = [asyncio.ensure_future(listen(sound, each)) for each in heard]
            await asyncio.wait_for(asyncio.gather(*(each.wait() for each in heard)), 20)
            with pytest.raises(ColabWidgetError) as error:
                await anext(sound.listen(False, ignore))
            assert error.value.code == "sound_too_many"
        assert all(task.cancelled() for task in tasks)

    asyncio.run(check())


def test_a_client_that_goes_ends_its_recording(
    own: Account, own_folder: Path, journal: Journal
) -> None:
    async def check() -> None:
        async with made(own, own_folder, journal) as sound:
            done = asyncio.Event()

            async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                await serve_sound(sound, False, reader, writer, journal)
                writer.close()
                done.set()

            path = own_folder / "streams"
            server = await asyncio.start_unix_server(serve, path)
            reader, writer = await asyncio.open_unix_connection(path)
            frames: list[Frame] = []
            taken = FrameReader()

            async def read(many: int) -> None:
                while len(frames) < many:
                    frames.extend(taken.feed(await asyncio.wait_for(reader.read(4096), 20)))

            await read(2)
            async with tone(own, own_folder):
                await read(10)
            writer.close()
            await asyncio.wait_for(done.wait(), 10)
            server.close()
            assert frames[0].kind == MESSAGE and frames[0].message() == {"type": "opened"}
            assert {frame.kind for frame in frames[2:]} == {PACKET}
            assert set(running(own_folder)) == {"pulseaudio"}

    asyncio.run(check())
