"""How busy this machine is, and its graphics cards as nvidia-smi tells."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from colabwidget.system.load import LoadReader


def nvidia_smi(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> Path:
    """A program of that name is found first; it writes down how often it was started."""
    program = folder / "nvidia-smi"
    program.write_text(f'#!/bin/sh\necho "$*" >> {folder}/asked\n{script}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    return folder / "asked"


def test_this_machine_tells(tmp_path: Path) -> None:
    reader = LoadReader()
    reader.read(tmp_path)
    end = os.times().user + 0.3
    while os.times().user < end:
        pass
    load = reader.read(tmp_path)

    assert load["cpu"] is not None and 0 < load["cpu"] <= 1
    assert load["memory"] and 0 < load["memory"]["used"] < load["memory"]["total"]
    disk = shutil.disk_usage(tmp_path)
    assert load["disk"] and load["disk"]["total"] <= disk.total
    free = load["disk"]["total"] - load["disk"]["used"]
    assert abs(free - disk.free) < disk.total / 100


def test_each_graphics_card_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = "echo '37, 412, 15360'; echo '[N/A], 1, 2'; echo '0, 0, 81559'"
    asked = nvidia_smi(tmp_path, monkeypatch, told)
    first, second = LoadReader().read(tmp_path)["gpus"]

    assert first == {"share": 0.37, "memory": {"used": 412 * 2**20, "total": 15_360 * 2**20}}
    assert second["share"] == 0
    assert "--query-gpu=utilization.gpu,memory.used,memory.total" in asked.read_text()


@pytest.mark.parametrize("script", ["exit 9", "sleep 60", "kill -9 $$"])
def test_a_driver_that_fails_or_hangs_is_not_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    asked = nvidia_smi(tmp_path, monkeypatch, script)
    reader = LoadReader(gpu_patience=0.5)
    for _ in range(2):
        assert reader.read(tmp_path)["gpus"] == []
    assert len(asked.read_text().splitlines()) == 1
