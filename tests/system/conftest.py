"""Fixtures for the tests that install real packages on copies of this machine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.kit.backend.follower import Follow, Follower
from tests.kit.machine.apt_archive import Archive, download
from tests.kit.machine.bare_machine import (
    CLIENT,
    SERVER,
    SUDO,
    BareMachine,
    MakeBare,
)
from tests.kit.machine.machine import Machine
from tests.kit.machine.machine_copy import CopyImpossible
from tests.kit.machine.networks import ADDRESSES, Impossible, Network, network
from tests.kit.machine.relay_server import RelayServer


@pytest.fixture
def bare() -> Iterator[MakeBare]:
    """Make copies of this machine; they are gone after the test."""
    with ExitStack() as stack:

        def make(without: tuple[str, ...] = SERVER, lists: bool = True) -> BareMachine:
            try:
                return stack.enter_context(BareMachine(without, lists))
            except CopyImpossible as error:
                pytest.skip(str(error))

        yield make


@pytest.fixture
def wires() -> Iterator[Network]:
    """Networks of the test's own; they are gone after it."""
    if os.geteuid() != 0:
        pytest.skip("makes network namespaces, which takes root")
    try:
        with network() as made:
            yield made
    except Impossible as error:
        pytest.skip(str(error))


@pytest.fixture
def relay(wires: Network, tmp_path: Path) -> Iterator[RelayServer]:
    """A server that a relay goes through, on the edge."""
    place = (tmp_path / "relay", ADDRESSES["edge"], 2222, wires.inside("edge"))
    made = RelayServer(*place, gateway="clientspecified")
    made.start()
    yield made
    made.stop()


@pytest.fixture
def relayed(wires: Network) -> Iterator[Machine]:
    """A machine in a network of its own."""
    made = Machine.make()
    made.inside, made.outside = wires.inside("machine"), wires.inside("client")
    try:
        yield made
    finally:
        made.close()


@pytest.fixture(scope="session")
def debs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Real packages, by name."""
    try:
        return download([*SERVER, *CLIENT, *SUDO], tmp_path_factory.mktemp("debs"))
    except CopyImpossible as error:
        pytest.skip(str(error))


@pytest.fixture
def archive(debs: dict[str, Path], tmp_path: Path) -> Iterator[Archive]:
    """An archive on loopback that has what is needed."""
    with Archive(tmp_path) as made:
        made.publish([*debs.values()])
        yield made


@pytest.fixture
def follow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Follow]:
    """Follow what the backend of a copy says, from outside."""
    with ExitStack() as stack:

        def start(machine: BareMachine) -> Follower:
            monkeypatch.setenv("XDG_RUNTIME_DIR", str(machine.path("/run")))
            return stack.enter_context(Follower())

        yield start
