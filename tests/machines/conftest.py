"""Machines that differ from this one, each a throw-away copy of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.kit.machine.kind import Kind, machine_of
from tests.kit.machine.machine_copy import CopyImpossible
from tests.kit.machine.odd_machine import OddMachine


@pytest.fixture
def made() -> Iterator[Callable[[Kind], OddMachine]]:
    """Make a machine of a kind; it is gone after the test."""
    if os.geteuid() != 0:
        pytest.skip("copies this machine, which takes root")
    with ExitStack() as stack:

        def make(kind: Kind) -> OddMachine:
            try:
                return stack.enter_context(machine_of(kind))
            except CopyImpossible as error:
                pytest.skip(str(error))

        yield make
