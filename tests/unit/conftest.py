"""No unit test starts a program, speaks to another machine or process, or sleeps."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Awaitable, Iterator
from typing import Any

import pytest

from tests.kit.clock import SkippingLoop

# A check of something that another thread does may be repeated after that long, seconds.
POLL_MAX = 0.1
STARTS = {"subprocess.Popen", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.system"}


class Wall:
    """What unit tests must not do; it is refused in any thread, and the test fails."""

    def __init__(self) -> None:
        self.broken: list[str] = []
        self.standing = False
        # A hook stays for as long as the process lives.
        sys.addaudithook(self._audit)

    def refuse(self, what: str) -> None:
        advice = f"a unit test {what}: inject a double, or move it to tests/integration"
        self.broken.append(f"{advice} ({threading.current_thread().name})")
        raise AssertionError(advice)

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.standing:
            return
        if event in STARTS:
            self.refuse(f"starts a process ({event} {arguments[0]!r})")
        # A Unix socket's address is a path: without processes, it can only be the test's own.
        elif event == "socket.connect" and isinstance(arguments[1], tuple):
            self.refuse(f"connects to {arguments[1]}")
        elif event == "time.sleep" and arguments[0] > POLL_MAX:
            self.refuse(f"sleeps for {arguments[0]} s")


WALL = Wall()


@pytest.fixture(autouse=True, scope="session")
def no_server_of_the_user() -> Iterator[None]:
    """A notebook server that runs on this machine is none that a test knows of."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_RUNTIME_DIR", "/nonexistent")
        patch.delenv("JUPYTERHUB_SERVICE_PREFIX", raising=False)
        yield


@pytest.fixture(autouse=True, scope="session")
def no_long_sleeps_in_loops() -> Iterator[None]:
    """A coroutine that sleeps raises no event for audit hooks."""
    usual = asyncio.sleep

    def sleep(delay: float, *result: Any) -> Awaitable[Any]:
        if (
            WALL.standing
            and delay > POLL_MAX
            and not isinstance(asyncio.get_running_loop(), SkippingLoop)
        ):
            WALL.refuse(f"sleeps for {delay} s in a coroutine")
        return usual(delay, *result)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asyncio, "sleep", sleep)
        yield


@pytest.fixture(autouse=True)
def wall(no_long_sleeps_in_loops: None) -> Iterator[None]:
    """Stands around each test and its fixtures."""
    WALL.broken.clear()
    WALL.standing = True
    yield
    WALL.standing = False
    assert not WALL.broken, WALL.broken
