"""Faults of the services of a session: they are killed, they hang, they forward nothing."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from faults import Row, try_row
from support import Machine

ROWS = [
    Row(
        "sshd_killed",
        "SIGKILL of sshd's listener",
        "Reconnecting for a moment, then connected; the same command and password work",
        within=10,
        fault=lambda scene: os.kill(scene.child("listener"), signal.SIGKILL),
        holds=lambda scene: "Connected again." in scene.journal() and scene.signs_in(),
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_fault(row: Row, machine: Machine, tmp_path: Path) -> None:
    try_row(row, machine, tmp_path)
