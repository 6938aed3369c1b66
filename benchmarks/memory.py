"""The backend's memory over 1,000 sessions that open nothing, and over 1,000,000 lines of log.

The backend is the real one, with server, session, steps, supervisor and journal; only what a
session opens on the machine is left out: no account, no sshd, no tunnel. Each round is a client
of its own that connects with a token of its own, follows the states until it is connected, asks
for the details and disconnects. The lines come from a program, a hundred thousand a session, and
a client asks for all of them while they come.
"""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator

from common import ROOT, Table, must_be_root, needed, resident_mb

from colabwidget.core.options import Options
from colabwidget.core.snapshot import Snapshot
from colabwidget.hosts.environment import session_environment
from colabwidget.ipc import client, messages
from tests.kit.machine.tokens import new_token

ROUNDS = 1_000
LINES = 1_000_000
POINTS = 10
GROWTH = 2.0  # MB after the first tenth
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKmQmIYjZSLkLMcUUYQ5vpJf8Wq0gMrQ3kEEBjJ5Tq2v"
_BARS = "▁▂▃▄▅▆▇█"

# The backend as it is, with an access that opens nothing; its first step may print a file.
BACKEND = """
import asyncio, sys
from colabwidget.backend import access_kind, lifecycle
from colabwidget.core.details import Details, ssh_details
from colabwidget.core.endpoint import Endpoint
from colabwidget.core.secrets import Secret, new_password
from colabwidget.runtime import process

class Quiet:
    title, gone, check_every = "nothing", "sshd_gone", 0.0

    async def wait_failed(self):
        await asyncio.Event().wait()

class QuietAccess:
    def __init__(self, options, token, environment, directory, journal, steps):
        self.environment, self._token = environment, token
        self._journal, self._steps = journal, steps
        self._endpoint = Endpoint("127.0.0.1", 22222)
        self._password = new_password()
        loop = asyncio.get_running_loop()
        self.packages_done, self.account = loop.create_future(), loop.create_future()
        self.retry_now = asyncio.Event()

    async def check(self):
        async with self._steps.running("check"):
            pass

    async def open(self):
        async with self._steps.running("packages", "lines"):
            if len(sys.argv) > 2:
                await process.run(["cat", sys.argv[2]], self._journal)
            self.packages_done.set_result(None)
        async with self._steps.running("account"):
            self._journal.redactor.add([self._password])
        for step in ("sshd", "tunnel", "verify"):
            async with self._steps.running(step):
                await asyncio.sleep(0)

    def parts(self):
        return [Quiet()]

    def details(self):
        ssh = ssh_details(
            self._endpoint, "root", "/root", sys.argv[1], self._password, verified=True
        )
        return Details("connected", "ngrok", self._endpoint, ssh)

    def clients(self):
        return 0

    async def close(self):
        self._token = Secret("")

access_kind.create = QuietAccess
lifecycle.run(lambda: print("ready", flush=True))
"""


def main() -> int:
    must_be_root()
    table = Table(f"The backend's memory over {ROUNDS:,} sessions and over {LINES:,} lines")
    with backend() as process:
        curve = measured(process.pid, lambda: rounds(ROUNDS // POINTS))
        show(table, f"{ROUNDS:,} sessions", curve)
    with tempfile.NamedTemporaryFile("w", prefix="cw-", suffix=".lines") as file:
        file.writelines(line(number) for number in range(LINES // POINTS))
        file.flush()
        with backend(file.name) as process:
            curve = measured(process.pid, lambda: lines(LINES // POINTS))
            show(table, f"{LINES:,} lines", curve)
    return table.end()


def measured(pid: int, work: Callable[[], None]) -> list[float]:
    """Return the memory before any work, and after each tenth of it."""
    points = [resident_mb(pid)]
    for _ in range(POINTS):
        work()
        points.append(resident_mb(pid))
    return points


def show(table: Table, what: str, points: list[float]) -> None:
    lowest, highest = min(points), max(points)
    height = max(highest - lowest, 1.0) / (len(_BARS) - 1)
    bars = "".join(_BARS[round((point - lowest) / height)] for point in points)
    print(f"{what}: {bars}  {' '.join(f'{point:.1f}' for point in points)} MB")
    table.add(f"{what}: before", points[0], "MB")
    table.add(f"{what}: after the first tenth", points[1], "MB")
    table.add(f"{what}: after all", points[-1], "MB")
    table.add(f"{what}: growth after the first tenth", max(points[2:]) - points[1], "MB", GROWTH)


def rounds(count: int) -> None:
    for _ in range(count):
        asker, _ = connected()
        asker.disconnect(force=True)
        asker.close()


def lines(count: int) -> None:
    """Have a session with so many lines, and ask for each of them."""
    asker = needed(client.find())
    position = asker.status()["snapshot"]["log_end"]
    asker.close()
    asker, heard = connected()
    end = heard.log_end
    assert end - position >= count
    while position < end:
        part = asker.journal(position)
        assert part["since"] == position
        position += part["count"]
    asker.disconnect(force=True)
    asker.close()


def connected() -> tuple[client.Client, Snapshot]:
    """Connect as a page's click does, and follow the states until it is done."""
    states: queue.SimpleQueue[Snapshot] = queue.SimpleQueue()

    def hear(event: messages.State | messages.Log) -> None:
        if isinstance(event, messages.State):
            states.put(Snapshot.from_dict(event.snapshot))

    asker = needed(client.find(hear))
    asker.connect(
        Options(user="root", public_key=KEY).as_dict(), new_token(), session_environment()
    )
    while (snapshot := states.get(timeout=60)).phase != "connected":
        assert snapshot.phase in ("idle", "working"), snapshot
    assert asker.details()["details"]["ssh"]["verified"]
    return asker, snapshot


@contextlib.contextmanager
def backend(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    with tempfile.TemporaryDirectory(prefix="cw-", dir="/tmp") as name:
        os.environ["XDG_RUNTIME_DIR"] = name
        process = subprocess.Popen(
            [sys.executable, "-c", BACKEND, KEY, *arguments],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
        )
        try:
            assert needed(process.stdout).readline() == b"ready\n"
            yield process
            needed(client.find()).stop()
            process.wait(20)
        finally:
            process.kill()
            process.communicate()


def line(number: int) -> str:
    return f"Setting up libexample-{number}:amd64 (2:1.{number % 97}-3+deb12u1) ...\n"


if __name__ == "__main__":
    sys.exit(main())
