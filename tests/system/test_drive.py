"""Google Drive in the account's home: a real bindfs over a folder that plays the drive."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.kit.machine.bare_machine import MakeBare
from tests.kit.machine.machine import Machine
from tests.kit.machine.mounting import WHY_NOT
from tests.kit.machine.plain_user import PlainUser
from tests.kit.machine.processes import command_line, kill_with_guard
from tests.kit.machine.ssh_client import ssh
from tests.kit.rows import params
from tests.kit.waiting import eventually

BINDFS = ("bindfs", "fuse", "fuse3", "libfuse2", "libfuse2t64")
MOUNT = "from google.colab import drive; drive.mount('/content/drive')"
# In its own view of the machine there is no such device.
NO_FUSE = ("unshare", "--mount", "sh", "-ec", 'mount --bind /etc/hostname /dev/fuse; exec "$@"')


pytestmark = pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)


@pytest.fixture
def drive(machine: Machine) -> Path:
    """What Colab would show at /content/drive, for root only."""
    place = machine.folder / "content" / "drive"
    (place / "MyDrive" / "data, old").mkdir(parents=True)
    place.chmod(0o700)
    (place / "MyDrive" / "hello").write_text("from the drive\n")
    machine.environment["COLABWIDGET_DRIVE"] = str(place)
    return place


@pytest.fixture
def connected(machine: Machine, drive: Path) -> dict[str, Any]:
    return machine.connect("--mount-gdrive-to", "drive", tunnel="direct")


def mounts(machine: Machine) -> list[str]:
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    return [line.split()[4] for line in lines if machine.user in line]


def home(machine: Machine) -> Path:
    return Path("/home", machine.user)


def bindfs_of(machine: Machine) -> int | None:
    """The process that shows the drive; none where it has ended."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            line = command_line(int(entry.name))
            if "bindfs -f" in line and str(machine.runtime) in line:
                return int(entry.name)
    return None


def step(machine: Machine, title: str) -> list[str]:
    lines = machine.run("status").stdout.splitlines()
    return [line.strip() for line in lines if line.strip().startswith(f"{title}:")]


def test_the_account_and_the_notebook_see_each_other_s_files(
    machine: Machine, drive: Path, connected: dict[str, Any], tmp_path: Path
) -> None:
    mine, theirs = drive / "MyDrive", "drive/MyDrive"

    read = ssh(connected, f"cat {theirs}/hello; stat -c %U {theirs}", folder=tmp_path)
    wrote = ssh(
        connected,
        f"mkdir {theirs}/new && cat > {theirs}/new/text && touch -d 2001-02-03 {theirs}/new/text"
        f" && chmod 600 {theirs}/new/text && mv {theirs}/hello {theirs}/new/",
        folder=tmp_path,
        text="from the account\n",
    )
    (mine / "later").write_text("from the notebook\n")
    later = ssh(connected, f"cat {theirs}/later && rm {theirs}/later", folder=tmp_path)

    assert read.stdout == f"from the drive\n{machine.user}\n"
    assert wrote.returncode == 0, wrote.stderr
    assert (mine / "new" / "text").read_text() == "from the account\n"
    assert later.stdout == "from the notebook\n"
    assert sorted(path.name for path in mine.rglob("*")) == ["data, old", "hello", "new", "text"]
    # To the drive, all of it is the notebook's own.
    assert {path.owner() for path in mine.rglob("*")} == {"root"}
    assert step(machine, "Google Drive") == ["Google Drive: done"]


def test_disconnect_takes_it_out_of_the_home_and_leaves_the_drive_as_it_is(
    machine: Machine, drive: Path, connected: dict[str, Any]
) -> None:
    bindfs = bindfs_of(machine)
    assert bindfs and mounts(machine) == [f"/home/{machine.user}/drive"]

    machine.disconnect()

    assert mounts(machine) == []
    assert bindfs_of(machine) is None
    assert not (home(machine) / "drive").exists()
    assert (drive / "MyDrive" / "hello").read_text() == "from the drive\n"
    again = machine.connect(tunnel="direct")
    assert again["ssh"]["user"] == machine.user
    assert step(machine, "Google Drive") == []
    assert mounts(machine) == []


@pytest.mark.parametrize(
    "asked",
    params(
        ["My Drive/data, old", "data, old", "/content/drive/MyDrive/data, old"],
        slow={"data, old", "/content/drive/MyDrive/data, old"},
    ),
)
def test_a_folder_of_the_drive_in_a_folder_below_the_home(
    machine: Machine, drive: Path, tmp_path: Path, asked: str
) -> None:
    arguments = ["--mount-gdrive-to", "work/my data", "--mount-gdrive-from", asked]
    details = machine.connect(*arguments, tunnel="direct")

    done = ssh(details, "cd 'work/my data' && echo here > file", folder=tmp_path)

    assert done.returncode == 0, done.stderr
    assert (drive / "MyDrive" / "data, old" / "file").read_text() == "here\n"
    assert (home(machine) / "work").owner() == machine.user
    refused = machine.failure("--mount-gdrive-to", "elsewhere", tunnel="direct")
    assert refused["code"] == "session_running"
    assert "Google Drive in work/my data" in refused["cause"]


@pytest.mark.slow
def test_a_folder_in_use_is_taken_out_all_the_same(
    machine: Machine, drive: Path, connected: dict[str, Any]
) -> None:
    with subprocess.Popen(["sleep", "100"], cwd=home(machine) / "drive" / "MyDrive") as user:
        try:
            machine.disconnect()
            assert mounts(machine) == []
            assert bindfs_of(machine) is None
        finally:
            user.kill()
    assert "could not be unmounted" not in machine.journal()


def test_what_shows_the_drive_is_brought_back_when_it_was_killed(
    machine: Machine, drive: Path, connected: dict[str, Any], tmp_path: Path
) -> None:
    before = bindfs_of(machine)
    assert before
    os.kill(before, signal.SIGKILL)

    eventually(lambda: bindfs_of(machine) not in (None, before))
    eventually(lambda: step(machine, "Google Drive") == ["Google Drive: done"])

    assert ssh(connected, "cat drive/MyDrive/hello", folder=tmp_path).stdout == "from the drive\n"
    assert machine.status()["phase"] == "connected"
    assert "Google Drive was killed by SIGKILL: it is brought back." in machine.journal()
    assert mounts(machine) == [f"/home/{machine.user}/drive"]


def test_the_backend_after_a_killed_one_takes_it_out(
    machine: Machine, drive: Path, connected: dict[str, Any]
) -> None:
    backend = machine.backend_pid()
    assert backend
    kill_with_guard(backend)
    eventually(lambda: bindfs_of(machine) is None)
    assert mounts(machine) == [f"/home/{machine.user}/drive"]

    machine.connect(tunnel="direct")

    assert mounts(machine) == []
    assert not (home(machine) / "drive").exists()
    assert (drive / "MyDrive" / "hello").exists()


def test_a_drive_that_is_not_mounted_is_said_with_what_to_run(machine: Machine) -> None:
    empty = machine.folder / "drive"
    empty.mkdir()
    for place in (empty, machine.folder / "nowhere"):
        machine.environment["COLABWIDGET_DRIVE"] = str(place)

        error = machine.failure("--mount-gdrive-to", "drive", tunnel="direct")

        assert (error["code"], error["copy"]) == ("drive_not_mounted", MOUNT)
        assert str(place) in error["cause"]
        machine.stop()
    assert f"\n{machine.user}:" not in Path("/etc/passwd").read_text()


def test_a_folder_that_is_not_in_the_drive_is_said(machine: Machine, drive: Path) -> None:
    (drive / "MyDrive" / "way out").symlink_to("/etc")
    for folder in ("My Drive/nothing", "way out", "hello"):
        arguments = ["--mount-gdrive-to", "drive", "--mount-gdrive-from", folder]

        error = machine.failure(*arguments, tunnel="direct")

        assert (error["code"], error["field"]) == ("drive_no_folder", "mount_gdrive_from")
        assert repr(folder) in error["title"]
    assert f"\n{machine.user}:" not in Path("/etc/passwd").read_text()


def test_no_file_of_the_account_is_hidden_and_no_link_is_followed(
    machine: Machine, drive: Path
) -> None:
    subprocess.run(["useradd", "--create-home", "--comment", "colabwidget", machine.user])
    for name, reason in (("full", "files in it"), ("file", "a file or"), ("link", "or a link")):
        place = home(machine) / name
        if name == "full":
            place.mkdir()
            (place / "mine").touch()
        elif name == "file":
            place.touch()
        else:
            place.symlink_to("/etc")
        below = name if name == "full" else f"{name}/drive"

        error = machine.failure("--mount-gdrive-to", below, tunnel="direct")

        assert (error["code"], error["field"]) == ("drive_folder_taken", "mount_gdrive_to")
        assert reason in error["cause"]
    assert mounts(machine) == []
    assert not Path("/etc/drive").exists()


def test_a_machine_without_fuse_says_so(machine: Machine, drive: Path) -> None:
    machine.inside = (*NO_FUSE, "sh")

    error = machine.failure("--mount-gdrive-to", "drive", tunnel="direct")

    assert (error["code"], error["field"]) == ("drive_no_fuse", "mount_gdrive_to")
    assert "/dev/fuse" in error["cause"]


def test_without_root_it_is_explained() -> None:
    user = PlainUser()
    try:
        error = user.failure("--public-key", f"{user.key}.pub", "--mount-gdrive-to", "drive")
        assert error["code"] == "drive_needs_root"
    finally:
        user.close()


@pytest.mark.slow
def test_bindfs_is_installed_with_the_rest_and_only_when_it_is_asked_for(bare: MakeBare) -> None:
    machine = bare(BINDFS)
    (machine.path("/content/drive") / "MyDrive" / "seen").mkdir(parents=True)
    machine.connected()
    assert "missing packages: none" in machine.journal()
    machine.must(*machine.colabwidget("disconnect"))

    done = machine.connect("--mount-gdrive-to", "drive")

    assert done.returncode == 0, f"{done.stderr}\n{machine.journal()}"
    assert "missing packages: bindfs" in machine.journal()
    assert machine.ssh(json.loads(done.stdout), "ls drive/MyDrive") == "seen\n"
    machine.must(*machine.colabwidget("disconnect"))
    assert "cwguest" not in machine.must("cat", "/proc/mounts")
