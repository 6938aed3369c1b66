"""Faults of a quick tunnel: its program dies, loses its connection, forwards nothing."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.doubles import install_cloudflared, set_cloudflared
from tests.kit.fault_matrix import (
    Row,
    Scene,
    comes_back_with_the_same_details,
    is_connected_again,
    send,
    told,
    try_row,
)
from tests.kit.machine.machine import Machine
from tests.kit.rows import params
from tests.kit.waiting import eventually

# A look from outside every second: the usual minute would be long for a test.
PROBE = {"COLABWIDGET_PROBE_EVERY": "1"}
MARK = "cloudflared.yml"


def behaves(scene: Scene, **faults: Any) -> None:
    set_cloudflared(scene.kept["program"], **faults)


def forwards_nothing_for_a_while(scene: Scene) -> None:
    behaves(scene, forward_nowhere=True)
    eventually(lambda: scene.phase == "reconnecting", 10, what=lambda: told(scene))
    behaves(scene)


def is_elsewhere(scene: Scene) -> None:
    before = scene.details["ssh"]
    after = scene.again()["ssh"]
    assert after["host"] != before["host"]
    assert (after["password"], after["fingerprint"]) == (before["password"], before["fingerprint"])
    assert scene.signs_in()


ROWS = [
    Row(
        "cloudflared_killed",
        "SIGKILL to cloudflared",
        "Reconnecting; then connected, with a new address and the same password",
        within=20,
        tunnel="cloudflare",
        fault=send(MARK, signal.SIGKILL),
        holds=is_connected_again,
        also=is_elsewhere,
    ),
    Row(
        "cloudflared_loses_its_connection",
        "cloudflared loses its connection to Cloudflare",
        "Reconnecting, within a second; then connected, with the same details",
        within=20,
        tunnel="cloudflare",
        fault=send(MARK, signal.SIGUSR1),
        holds=is_connected_again,
        also=comes_back_with_the_same_details,
    ),
    Row(
        "cloudflared_forwards_nothing",
        "Cloudflare turns clients away for a while",
        "Reconnecting; then connected, with the same details",
        within=30,
        tunnel="cloudflare",
        environment=PROBE,
        fault=forwards_nothing_for_a_while,
        holds=is_connected_again,
        also=comes_back_with_the_same_details,
    ),
]


@pytest.mark.parametrize(
    "row", params(ROWS, slow={"cloudflared_loses_its_connection", "cloudflared_forwards_nothing"})
)
def test_fault(row: Row, machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = install_cloudflared(machine.folder / "client")
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    machine.environment["PATH"] = f"{program.parent}:{machine.environment['PATH']}"
    try_row(row, machine, tmp_path, program=program)
