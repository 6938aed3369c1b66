"""How busy a machine is, from files like the kernel's."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from colabwidget.system.load import LoadReader

GB = 1024**3
MEMINFO = f"MemTotal: {16 * GB // 1024} kB\nMemFree: 1 kB\nMemAvailable: {12 * GB // 1024} kB\n"


class Machine:
    """The kernel's files of a machine or a container."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.now = 100.0
        monkeypatch.setattr("time.monotonic", lambda: self.now)
        monkeypatch.setattr("shutil.which", lambda name: None)
        monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 2})
        self.write("proc/meminfo", MEMINFO)
        self.write("proc/self/cgroup", "0::/\n")
        self.reader = LoadReader(folder / "proc", folder / "groups")

    def write(self, path: str, text: str) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def processors(self, busy: int, idle: int) -> None:
        """Processors 0 and 2 have worked and rested so long; 1 is another container's."""
        mine = f"{busy} 0 0 {idle} 0 0 0 0 0 0"
        self.write("proc/stat", f"cpu 1 1\ncpu0 {mine}\ncpu1 9999 0 0 0 0 0 0 0 0 0\ncpu2 {mine}\n")

    def cpu(self) -> float | None:
        return self.reader.read(self.folder)["cpu"]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(tmp_path, monkeypatch)


def test_the_processors_that_may_be_used_count(machine: Machine) -> None:
    machine.processors(busy=100, idle=900)
    assert machine.cpu() is None
    machine.processors(busy=130, idle=970)
    assert machine.cpu() == pytest.approx(0.3)
    assert machine.cpu() is None  # no time has passed


def test_a_container_s_share_is_of_what_it_may_use(machine: Machine) -> None:
    machine.processors(busy=0, idle=0)
    machine.write("proc/self/cgroup", "1:name=systemd:/x\n0::/pods/one/two\n")
    machine.write("groups/pods/one/two/cpu.max", "max 100000\n")
    machine.write("groups/pods/one/cpu.max", "150000 100000\n")
    machine.write("groups/pods/one/cpu.stat", "usage_usec 1000000\nuser_usec 5\n")
    machine.cpu()
    machine.now += 10
    machine.write("groups/pods/one/cpu.stat", "usage_usec 4000000\nuser_usec 5\n")
    assert machine.cpu() == pytest.approx(3 / 15)


def test_memory_that_is_given_back_at_once_is_free(machine: Machine) -> None:
    assert machine.reader.read(machine.folder)["memory"] == {"used": 4 * GB, "total": 16 * GB}


@pytest.mark.parametrize(
    ("limit", "current", "statistics", "cache"),
    [
        ("memory.max", "memory.current", "memory.stat", "inactive_file"),
        (
            *("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
            *("memory/memory.stat", "total_inactive_file"),
        ),
    ],
)
def test_a_container_s_memory_is_its_own(
    machine: Machine, limit: str, current: str, statistics: str, cache: str
) -> None:
    machine.write(f"groups/{current}", f"{3 * GB}\n")
    machine.write(f"groups/{statistics}", f"anon 5\n{cache} {GB}\n")
    machine.write(f"groups/{limit}", f"{2**63 - 4096}\n")
    assert machine.reader.read(machine.folder)["memory"] == {"used": 4 * GB, "total": 16 * GB}
    machine.write(f"groups/{limit}", f"{8 * GB}\n")
    assert machine.reader.read(machine.folder)["memory"] == {"used": 2 * GB, "total": 8 * GB}
    machine.write(f"groups/{limit}", "max\n")
    assert machine.reader.read(machine.folder)["memory"] == {"used": 4 * GB, "total": 16 * GB}


def test_what_is_not_told_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    reader = LoadReader(tmp_path / "none", tmp_path / "none")
    for _ in range(2):
        load = reader.read(tmp_path / "no folder")
    assert load == {"cpu": None, "memory": None, "disk": None, "gpus": []}
