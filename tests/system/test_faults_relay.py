"""Faults of an SSH relay: machine, server and client each stand in a network of their own."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.kit.fault_matrix import Row, Scene, is_connected_again, send, told, try_row
from tests.kit.machine.machine import Machine
from tests.kit.machine.networks import Network
from tests.kit.machine.relay_server import RelayServer, welcome
from tests.kit.rows import params
from tests.kit.waiting import eventually

# A look from outside every second: the usual minute would be long for a test.
PROBE = {"COLABWIDGET_PROBE_EVERY": "1"}
MARK = "ExitOnForwardFailure"


def relay_of(scene: Scene) -> RelayServer:
    found: RelayServer = scene.kept["relay"]
    return found


def is_restarted(scene: Scene) -> None:
    relay_of(scene).stop()
    eventually(lambda: scene.phase == "reconnecting", 10, what=lambda: told(scene))
    relay_of(scene).start()


def is_cut_off(scene: Scene) -> None:
    wires: Network = scene.kept["wires"]
    wires.cut("machine", "edge")
    eventually(lambda: scene.phase == "reconnecting", 15, what=lambda: told(scene))
    wires.heal("machine", "edge")


def is_back(scene: Scene) -> bool:
    """Connected again, with the command and the password that were there before."""
    if not is_connected_again(scene):
        return False
    before = scene.details
    return scene.again() == before and scene.signs_in()


def goes_on(scene: Scene) -> bool:
    return "A stop signal reached the SSH relay: it goes on." in scene.journal()


ROWS = [
    Row(
        "relay_killed",
        "SIGKILL to the ssh of an SSH relay",
        "Reconnecting; then connected, with the same command and password",
        within=20,
        tunnel="relay",
        fault=send(MARK, signal.SIGKILL),
        holds=is_back,
    ),
    Row(
        "relay_stopped",
        "SIGSTOP to the ssh of an SSH relay",
        "Nothing: it goes on",
        within=15,
        tunnel="relay",
        fault=send(MARK, signal.SIGSTOP),
        holds=goes_on,
        also=lambda scene: scene.signs_in(),
    ),
    Row(
        "relay_restarted",
        "the relay's server is restarted",
        "Reconnecting; then connected, with the same command and password",
        within=30,
        tunnel="relay",
        fault=is_restarted,
        holds=is_back,
    ),
    Row(
        "relay_cut",
        "the wire between machine and relay is cut, and healed as soon as it is noticed",
        "Reconnecting; then connected, with the same command and password",
        within=40,
        tunnel="relay",
        environment=PROBE,
        fault=is_cut_off,
        holds=is_back,
    ),
]


@pytest.mark.parametrize(
    "row", params(ROWS, slow={"relay_stopped", "relay_restarted", "relay_cut"})
)
def test_fault(
    row: Row, relayed: Machine, wires: Network, relay: RelayServer, tmp_path: Path
) -> None:
    arguments = welcome(relayed, relay)
    relayed.end()
    row = Row(**{**vars(row), "arguments": arguments})
    try_row(row, relayed, tmp_path, wires=wires, relay=relay)
