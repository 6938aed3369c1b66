"""A drive is mounted where the account's folder is, however often the account exchanges that."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from colabwidget.access import mounts
from colabwidget.access.account import Account
from colabwidget.access.google_drive import GoogleDrive, restore_after_crash
from colabwidget.core.errors import ColabWidgetError
from colabwidget.runtime.journal import Journal
from colabwidget.runtime.steps import PLAN, Steps
from tests.kit.machine.accounts import new_user, remove_account
from tests.kit.machine.mounting import WHY_NOT

pytestmark = [
    pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT),
    pytest.mark.skipif(not Path("/usr/bin/python3").exists(), reason="needs a Python for all"),
]
# A folder of the account's for a moment, then a link to root's, then the folder, and so on.
EXCHANGES = """
import os, sys
home, aim = sys.argv[1:]
os.chdir(home)
os.symlink(aim, "link")
print("ready", flush=True)
while True:
    for old, new in (("work", "aside"), ("link", "work"), ("work", "link"), ("aside", "work")):
        try:
            os.rename(old, new)
        except OSError:
            pass
"""
MOVES = """
import os, sys
home, aim = sys.argv[1:]
os.chdir(home)
print("ready", flush=True)
while True:
    try:
        os.rename("work/drive", "elsewhere")
        os.rename("elsewhere", "work/drive")
    except OSError:
        pass
"""


@dataclass
class Scene:
    base: Path
    name: str
    journal: Journal
    aim: Path

    @property
    def home(self) -> Path:
        return Path(pwd.getpwnam(self.name).pw_dir)

    @property
    def files(self) -> Path:
        return self.base / "session"

    def drive(self, folder: str = "work/drive") -> GoogleDrive:
        steps = Steps(lambda: None)
        steps.plan(PLAN, keep_desktop=False)
        steps.add_drive()
        account = Account(self.name, str(self.home), None, "")
        source = self.base / "source"
        return GoogleDrive(source, folder, account, self.files, self.journal, steps)

    def as_account(self, *command: str) -> list[str]:
        become = ["setpriv", f"--reuid={self.name}", f"--regid={self.name}", "--clear-groups"]
        return [*become, *command]

    def mounted(self) -> list[str]:
        return [each.path for each in mounts.mounts() if each.source == str(self.base / "source")]


@pytest.fixture
def scene(journal: Journal) -> Iterator[Scene]:
    base = Path(tempfile.mkdtemp(prefix="cw-", dir="/tmp"))
    base.chmod(0o711)
    name = new_user()
    subprocess.run(["useradd", "--create-home", "--comment", "colabwidget", name], check=True)
    made = Scene(base, name, journal, base / "aim")
    try:
        (base / "source").mkdir(mode=0o700)
        (base / "source" / "hello").write_text("from the drive\n")
        (base / "session").mkdir(mode=0o700)
        (made.aim / "drive").mkdir(parents=True)  # root's, and no folder of the account's
        made.aim.chmod(0o755)
        yield made
    finally:
        for left in made.mounted():
            subprocess.run(["umount", "-l", left], check=False)
        remove_account(name)
        shutil.rmtree(base)


@contextlib.contextmanager
def attacker(scene: Scene, script: str) -> Iterator[None]:
    command = scene.as_account("/usr/bin/python3", "-IS", "-c", script)
    arguments = [*command, str(scene.home), str(scene.aim)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE) as process:
        assert process.stdout and process.stdout.readline() == b"ready\n"
        try:
            yield
        finally:
            process.kill()


async def tried(scene: Scene) -> str:
    """Mount once, look where it is, and take it away again; what became of it."""
    drive = scene.drive()
    try:
        await drive.open()
        found = scene.mounted()
        outcome = "mounted"
        assert len(found) == 1
        assert found[0].startswith(f"{scene.home}/"), found
    except ColabWidgetError as error:
        assert error.code == "drive_folder_taken", error
        outcome = "refused"
    finally:
        await drive.close()
    assert not scene.mounted()
    return outcome


@pytest.mark.parametrize("script", [EXCHANGES, MOVES])
@pytest.mark.parametrize(
    "starts", [8, pytest.param(200, marks=[pytest.mark.slow, pytest.mark.timeout(600)])]
)
def test_it_never_hides_a_folder_of_root_s(scene: Scene, script: str, starts: int) -> None:
    make = scene.as_account("mkdir", "-p", str(scene.home / "work" / "drive"))
    subprocess.run(make, check=True)

    async def all_of_them() -> list[str]:
        return [await tried(scene) for _ in range(starts)]

    with attacker(scene, script):
        outcomes = asyncio.run(all_of_them())

    print({word: outcomes.count(word) for word in set(outcomes)})
    assert not list((scene.aim / "drive").iterdir())
    assert scene.aim.stat().st_uid == (scene.aim / "drive").stat().st_uid == 0
    assert [path.name for path in scene.aim.iterdir()] == ["drive"]
    assert (scene.base / "source" / "hello").read_text() == "from the drive\n"


def test_a_folder_that_goes_before_it_is_mounted_is_not_the_drive_s_fault(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def late(origin: Path, folder: int) -> None:
        (scene.home / "work" / "drive").rmdir()
        await mounts.move(origin, folder)

    monkeypatch.setattr("colabwidget.access.google_drive.move", late)
    assert asyncio.run(tried(scene)) == "refused"


def test_it_is_the_account_s_and_runs_no_program_with_other_rights(scene: Scene) -> None:
    async def look() -> None:
        drive = scene.drive("new/drive")
        await drive.open()
        seen = subprocess.run(
            scene.as_account("cat", f"{scene.home}/new/drive/hello"), capture_output=True, text=True
        )
        assert seen.stdout == "from the drive\n"
        lines = Path("/proc/self/mountinfo").read_text().splitlines()
        options = next(line.split()[5] for line in lines if f"{scene.home}/new/drive" in line)
        assert {"nosuid", "nodev"} <= {*options.split(",")}
        assert (scene.home / "new").stat().st_uid == pwd.getpwnam(scene.name).pw_uid
        await drive.close()

    asyncio.run(look())
    assert not (scene.home / "new" / "drive").exists()
    assert not list(scene.files.iterdir())


def test_a_folder_that_was_moved_while_the_drive_is_there_is_found(scene: Scene) -> None:
    """Its path is another then, and a link to something else is where it was."""

    async def look() -> None:
        drive = scene.drive()
        await drive.open()
        (scene.home / "work").rename(scene.home / "moved")
        (scene.home / "work").symlink_to(scene.aim)
        assert scene.mounted() == [f"{scene.home}/moved/drive"]
        await drive.close()

    asyncio.run(look())
    assert not scene.mounted()
    assert (scene.aim / "drive").is_dir()  # rmdir(2) did not follow the link with root's rights


def test_the_next_backend_takes_it_out_by_its_device(scene: Scene) -> None:
    async def begin() -> None:
        await scene.drive().open()

    asyncio.run(begin())
    assert scene.mounted()
    (scene.home / "work").rename(scene.home / "moved")
    asyncio.run(restore_after_crash(scene.files, scene.journal))
    assert not scene.mounted()
    assert not list(scene.files.iterdir())


@pytest.mark.parametrize("record", ["", "{", "[]", "null", '{"path": "/etc", "made": true}'])
def test_a_record_that_was_cut_short_stops_nothing(scene: Scene, record: str) -> None:
    (scene.files / "drive").write_text(record)
    asyncio.run(restore_after_crash(scene.files, scene.journal))
    assert not list(scene.files.iterdir())
    assert Path("/etc").is_dir()


def test_a_folder_of_another_account_s_is_refused(scene: Scene) -> None:
    (scene.home / "drive").mkdir(mode=0o755)
    with pytest.raises(ColabWidgetError) as raised:
        asyncio.run(scene.drive("drive").open())
    assert raised.value.code == "drive_folder_taken"
    assert f"It is not {scene.name}'s." in raised.value.info["cause"]
    assert os.geteuid() == (scene.home / "drive").stat().st_uid
    assert not scene.mounted()


@pytest.mark.parametrize("place", ["desktop", "desktop/below"])
def test_what_is_mounted_in_a_desktop_s_folder_is_detached(scene: Scene, place: str) -> None:
    """fusermount(1) lets an account do it; dead mounts would keep its next desktop away."""
    desktop, elsewhere = scene.base / "desktop", scene.base / "elsewhere"
    (scene.base / place).mkdir(parents=True)
    elsewhere.mkdir()
    for folder in (desktop, scene.base / place, elsewhere):
        shutil.chown(folder, scene.name)
    for target in (scene.base / place, elsewhere):
        # As root, since not every machine lets its accounts.
        subprocess.run(["bindfs", scene.base / "source", target], check=True)

    asyncio.run(mounts.unmount_below(desktop, scene.journal))

    assert scene.mounted() == [str(elsewhere)]
