"""From the click to verified details, on a machine that has an SSH server.

The stand-in agent of the tests takes ngrok's part. What we wait for is measured alone, in the
same round: sshd from its start to its greeting, the agent from its start to its session, and a
plain ssh that signs in and runs ``true``. Our own part is the total less the waiting that lies on
the critical path: the account and sshd are prepared while the agent starts, so only the longer of
the two branches counts, and the two sign-ins, on the machine and then through the tunnel, for each
of which a plain ssh is waited for. Making the account (useradd and others) counts as ours. What the
sign-in on the machine costs in all has a budget of its own.
"""

from __future__ import annotations

import contextlib
import os
import queue
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from common import Table, medians, must_be_root, needed

from colabwidget.core.options import Options
from colabwidget.core.snapshot import Snapshot
from colabwidget.hosts.environment import session_environment
from colabwidget.ipc import client, messages
from colabwidget.tunnels import validation
from tests.doubles import install_ngrok
from tests.kit.machine.machine import Machine
from tests.kit.machine.tokens import new_token

ROUNDS = 5
TOTAL = 2.0  # seconds
OWN = 0.5  # seconds
SIGN_IN = 0.3  # seconds that the sign-in on the machine costs beside sshd's start


def main() -> int:
    must_be_root()
    first, again, alone = [], [], []
    for _ in range(ROUNDS):
        waits = waiting()
        alone.append(waits)
        with machine() as made:
            first.append(click(made, waits))
            needed(client.find()).disconnect(force=True)
            again.append(click(made, waits))
    table = Table(f"Click to verified details, SSH server installed, medians of {ROUNDS}")
    for name, rounds in (("first click", first), ("next click", again)):
        values = medians(rounds)
        table.add(f"{name}: total", values["total"], "s", TOTAL)
        table.add(f"{name}: waiting for others", values["waiting"], "s")
        table.add(f"{name}: our own part", values["own"], "s", OWN)
        table.add(f"{name}: the sign-in on the machine", values["sign-in"], "s", SIGN_IN)
    for name, seconds in medians(alone).items():
        table.add(f"{name} alone", seconds, "s")
    return table.end()


@contextlib.contextmanager
def machine() -> Iterator[Machine]:
    """Give a colabwidget of our own, which this process is a client of."""
    made, before = Machine.make(), dict(os.environ)
    os.environ.update(made.environment)
    try:
        yield made
    finally:
        os.environ.clear()
        os.environ.update(before)
        made.close()


def click(made: Machine, waits: dict[str, float]) -> dict[str, float]:
    """Do what the widget does after a click, the backend's start included where none runs."""
    states: queue.SimpleQueue[Snapshot] = queue.SimpleQueue()

    def hear(event: messages.State | messages.Log) -> None:
        if isinstance(event, messages.State):
            states.put(Snapshot.from_dict(event.snapshot))

    started = time.perf_counter()
    backend = client.ensure(hear)
    options = validation.checked(Options(tunnel="ngrok", user=made.user)).as_dict()
    backend.connect(options, new_token(), session_environment())
    while (snapshot := states.get(timeout=30)).phase != "connected":
        assert snapshot.phase in ("idle", "working"), snapshot.error
    details = backend.details()["details"]
    total = time.perf_counter() - started
    assert details["ssh"]["verified"]
    backend.close()
    took = {step["name"]: step["seconds"] or 0.0 for step in snapshot.steps}
    ssh_is_longer = took["account"] + took["sshd"] >= took["tunnel"]
    waited = waits["sshd" if ssh_is_longer else "agent"] + 2 * waits["ssh"]
    checked = took["sshd"] - waits["sshd"]
    return {"total": total, "waiting": waited, "own": total - waited, "sign-in": checked}


def waiting() -> dict[str, float]:
    """Measure what we wait for, without any of our own code around it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with sshd(folder) as (seconds, port):
            signed_in = sign_in(folder, port)
        return {"sshd": seconds, "agent": agent(folder), "ssh": signed_in}


def sign_in(folder: Path, port: int) -> float:
    """Return the seconds that a plain ssh takes to sign in and run ``true``, as the check does."""
    known = folder / "known_hosts"
    kind, body = (folder / "key.pub").read_text().split()[:2]
    known.write_text(f"colabwidget {kind} {body}\n")
    options = [f"-oUserKnownHostsFile={known}", "-oHostKeyAlias=colabwidget", "-oBatchMode=yes"]
    options += ["-oIdentitiesOnly=yes", f"-oIdentityFile={folder / 'key'}", f"-p{port}"]
    options += ["-oKexAlgorithms=curve25519-sha256"]
    started = time.perf_counter()
    subprocess.run(
        ["ssh", "-F", "none", "-tt", *options, "root@127.0.0.1", "true"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    )
    return time.perf_counter() - started


@contextlib.contextmanager
def sshd(folder: Path) -> Iterator[tuple[float, int]]:
    """Give the seconds from a plain sshd's start to its greeting, and its port."""
    key = folder / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    Path("/run/sshd").mkdir(exist_ok=True)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    place = [f"-oPort={port}", "-oListenAddress=127.0.0.1", f"-oHostKey={key}"]
    # What the sign-in needs; without start-up files, as the account of the session has few.
    place += [
        "-oSetEnv=SHLVL=1",
        "-oStrictModes=no",
        f"-oAuthorizedKeysFile={key}.pub",
        "-oForceCommand=true",
    ]
    started = time.perf_counter()
    process = subprocess.Popen(
        ["/usr/sbin/sshd", "-D", "-f", "/dev/null", "-oPidFile=none", *place],
        stderr=subprocess.DEVNULL,
    )
    try:
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)) as s:
                if s.recv(4) == b"SSH-":
                    break
            time.sleep(0.002)
        yield time.perf_counter() - started, port
    finally:
        process.kill()
        process.wait()


def agent(folder: Path) -> float:
    """Return the seconds from the agent's start to its session."""
    config = folder / "ngrok.yml"
    config.write_text(f'version: "3"\nagent:\n  authtoken: {new_token()}\n')
    program = install_ngrok(folder / "bin")
    started = time.perf_counter()
    process = subprocess.Popen(
        [program, "start", "--none", "--log=stdout", f"--config={config}"],
        stdout=subprocess.PIPE,
    )
    for line in needed(process.stdout):
        if b"client session established" in line:
            break
    seconds = time.perf_counter() - started
    process.kill()
    process.communicate()
    return seconds


if __name__ == "__main__":
    sys.exit(main())
