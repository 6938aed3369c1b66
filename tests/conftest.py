"""Fixtures for every suite."""

from __future__ import annotations

import fcntl
import gc
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kit.machine.leftovers import leftovers
from tests.kit.machine.login_files import remove_stale_lock
from tests.kit.machine.machine import Machine

pytest_plugins = ["tests.kit.fixtures"]

# A run in the background begins with Ctrl-C ignored, and every program started would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


# What was on this machine before the first test. Other runs may come and go beside this one; one
# that is said to be alone fails where it leaves more.
_BEFORE = pytest.StashKey[set[str]]()
ALONE = "COLABWIDGET_ALONE"


def pytest_sessionstart(session: pytest.Session) -> None:
    if not hasattr(session.config, "workerinput"):
        session.config.stash[_BEFORE] = leftovers()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[object]:
    """Modules and tests stay until the end: what looks for garbage need not look through them."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    yield
    before = session.config.stash.get(_BEFORE, None)
    if before is not None and os.environ.get(ALONE) and leftovers() - before:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """A test that passes because of what was there fails on another machine."""
    before = config.stash.get(_BEFORE, set())
    if before:
        terminalreporter.section("on this machine before the tests")
        terminalreporter.write_line(", ".join(sorted(before)))
    if more := leftovers() - before:
        terminalreporter.section("on this machine since the tests")
        terminalreporter.write_line(", ".join(sorted(more)))


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

    Tests that wait for each other come first: they are one worker's then, beside the others'. Long
    ones come first in their suite, so that no worker is alone with one at the end.
    """
    here = Path(__file__).parent
    suites: dict[str, int] = {}
    order: dict[pytest.Item, tuple[bool, int, bool]] = {}
    for item in items:
        suite = item.path.relative_to(here).parts[0]
        item.add_marker(suite)
        place = suites.setdefault(suite, len(suites))
        is_long = item.get_closest_marker("long") is not None
        order[item] = ("only_desktop" not in getattr(item, "fixturenames", ()), place, not is_long)
    items.sort(key=order.__getitem__)
