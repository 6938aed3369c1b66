"""Fixtures for every suite."""

from __future__ import annotations

import fcntl
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kit.machine.login_files import remove_stale_lock
from tests.kit.machine.machine import Machine

pytest_plugins = ["tests.kit.fixtures"]

# A run in the background begins with Ctrl-C ignored, and every program started would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def machine() -> Iterator[Machine]:
    """A colabwidget of the test's own, with an account of its own; it takes root."""
    if os.geteuid() != 0:
        pytest.skip("makes accounts, which takes root")
    made = Machine.make()
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def only_desktop() -> Iterator[None]:
    """No other test that runs at the same time has a desktop of this machine."""
    with Path(__file__).open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def pytest_runtest_logfinish() -> None:
    """A shell that a test ended holds up no shell of a later test."""
    remove_stale_lock()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test is marked with the name of its suite, which is its folder's.

    Tests that wait for each other come first: they are one worker's then, beside the others'.
    """
    here = Path(__file__).parent
    for item in items:
        item.add_marker(item.path.relative_to(here).parts[0])
    items.sort(key=lambda item: "only_desktop" not in getattr(item, "fixturenames", ()))
