"""Disks that are full: before Connect, while connected, without room for bytes or for names."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.kit.fault_matrix import Row, Scene, try_row
from tests.kit.machine.machine import Machine
from tests.kit.rows import params


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """What a row has made and the machine does not know of."""
    with ExitStack() as made:
        yield made


def small_disk(variable: str, *options: str) -> Any:
    """Let the folder that a variable names be a small file system of its own."""

    def mount(scene: Scene) -> None:
        machine = scene.machine
        folder = machine.environment[variable]
        how = ",".join(("mode=700", *options))
        subprocess.run(["mount", "-t", "tmpfs", "-o", how, "tmpfs", folder], check=True)
        scene.kept["disk"] = Path(folder)
        scene.kept["stack"].callback(subprocess.run, ["umount", "-l", folder], check=True)
        scene.kept["stack"].callback(machine.end)

    return mount


def fill(scene: Scene) -> None:
    with contextlib.suppress(OSError), (scene.kept["disk"] / "fill").open("wb", 0) as file:
        while True:
            file.write(bytes(4096))


def make_room(scene: Scene) -> None:
    (scene.kept["disk"] / "fill").unlink()


def connect_on_a_full_disk(scene: Scene) -> None:
    fill(scene)
    scene.kept["error"] = scene.machine.failure()


def connect_with_little_room(scene: Scene) -> None:
    """There is room for the host key's private half, then for nothing."""
    disk = scene.kept["disk"]
    scene.kept["told"] = []
    for pages in (1, 0):
        (disk / "fill").write_bytes(bytes(4096 * (4 - pages)))
        scene.kept["told"].append(scene.machine.failure(tunnel="direct")["code"])


def no_half_made_file(scene: Scene) -> None:
    assert list((scene.machine.runtime / "session").iterdir()) == []
    assert not list(Path("/etc/sudoers.d").glob(f"*{scene.machine.user}*"))
    make_room(scene)


def fill_and_kill(scene: Scene) -> None:
    fill(scene)
    os.kill(scene.child("listener"), signal.SIGKILL)


def connect_without_inodes(scene: Scene) -> None:
    """Not even an empty file can be made, be it the first that is needed or a later one."""
    disk = scene.kept["disk"]
    scene.kept["told"] = {}
    for inodes in range(1, 7):
        remount = ["mount", "-o", f"remount,nr_inodes={inodes}", str(disk)]
        subprocess.run(remount, check=True)
        error = scene.machine.failure(tunnel="direct")
        assert "No space left on device." in error["cause"]
        scene.kept["told"][error["code"]] = bool(scene.machine.backend_pid())


def all_of_it_was_said(scene: Scene) -> bool:
    """By the client, by the backend that could not start, and by one that could."""
    started = {"runtime_directory": False, "backend_start": False, "disk_full": True}
    return bool(scene.kept["told"] == started)


def give_inodes(scene: Scene) -> None:
    subprocess.run(["mount", "-o", "remount,nr_inodes=1000", str(scene.kept["disk"])], check=True)


ROWS = [
    Row(
        "full_disk",
        "No room for a single byte in the runtime directory, then room again",
        "Connect fails: the disk is full, and where; it works once there is room",
        within=1,
        before=small_disk("XDG_RUNTIME_DIR", "size=1m"),
        connected=False,
        fault=connect_on_a_full_disk,
        holds=lambda scene: (
            scene.kept["error"]["code"] == "disk_full"
            and str(scene.machine.runtime) in scene.kept["error"]["cause"]
        ),
        also=no_half_made_file,
    ),
    Row(
        "full_disk_of_the_state",
        "No room for a single byte in the state directory, then room again",
        "Connect fails: the disk is full; it works once there is room",
        within=1,
        before=small_disk("XDG_STATE_HOME", "size=1m"),
        connected=False,
        fault=connect_on_a_full_disk,
        holds=lambda scene: scene.kept["error"]["code"] == "disk_full",
        also=no_half_made_file,
    ),
    Row(
        "full_disk_of_the_host_key",
        "Room in the state directory for half of the host key, then for none, then enough",
        "Connect fails: the disk is full; it works once there is room",
        within=1,
        before=small_disk("XDG_STATE_HOME", "size=16k"),
        connected=False,
        fault=connect_with_little_room,
        holds=lambda scene: scene.kept["told"] == ["disk_full", "disk_full"],
        also=no_half_made_file,
        tunnel="direct",
    ),
    Row(
        "no_inodes",
        "No file can be made in the runtime directory, then there is room again",
        "The backend does not start, and says why; it does once there is room",
        within=1,
        before=small_disk("XDG_RUNTIME_DIR", "size=1m"),
        connected=False,
        fault=connect_without_inodes,
        holds=all_of_it_was_said,
        also=give_inodes,
        tunnel="direct",
    ),
    Row(
        "sshd_killed_on_a_full_disk",
        "The runtime directory fills up while connected; SIGKILL of sshd's listener",
        "The session has failed: the disk is full; Connect works once there is room",
        within=10,
        before=small_disk("XDG_RUNTIME_DIR", "size=1m"),
        fault=fill_and_kill,
        holds=lambda scene: scene.phase == "failed" and scene.error["code"] == "disk_full",
        also=make_room,
        tunnel="direct",
    ),
    Row(
        "disk_fills_up",
        "The runtime directory fills up while connected",
        "Nothing; clients get in, the log goes on, Disconnect works",
        within=5,
        before=small_disk("XDG_RUNTIME_DIR", "size=1m"),
        fault=fill,
        holds=lambda scene: (
            scene.phase == "connected"
            and scene.signs_in()
            and "Accepted password" in scene.journal()
        ),
        also=make_room,
        tunnel="direct",
    ),
]


@pytest.mark.parametrize(
    "row", params(ROWS, slow={"full_disk_of_the_state", "full_disk_of_the_host_key", "no_inodes"})
)
def test_fault(row: Row, machine: Machine, tmp_path: Path, stack: ExitStack) -> None:
    try_row(row, machine, tmp_path, stack=stack)
