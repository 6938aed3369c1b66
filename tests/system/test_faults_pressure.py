"""Pressure: messages that are none, clients that are slow, a log that runs over, little memory."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colabwidget import __version__
from colabwidget.ipc import messages
from tests.kit.fault_matrix import Row, Scene, try_row
from tests.kit.machine.machine import Machine
from tests.kit.machine.processes import descriptor_of
from tests.kit.machine.ssh_client import ssh, ssh_session
from tests.kit.rows import params
from tests.kit.waiting import eventually

MIB = 1 << 20


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """What a row has made and the machine does not know of."""
    with ExitStack() as made:
        yield made


def owner(scene: Scene) -> subprocess.Popen[bytes]:
    """An SSH session that must come to no harm."""
    session = scene.kept["stack"].enter_context(ssh_session(scene.details, scene.folder))
    scene.kept["owner"] = session
    return session


def owner_is_unharmed(scene: Scene) -> None:
    session: subprocess.Popen[bytes] = scene.kept["owner"]
    assert session.stdin and session.stdout
    session.stdin.write(b"still here\n")
    session.stdin.flush()
    assert session.stdout.readline() == b"still here\n"
    # What follows is another session.
    session.kill()
    session.wait()


def is_connected(scene: Scene) -> bool:
    return scene.phase == "connected" and scene.signs_in()


# On the socket


@contextlib.contextmanager
def client(scene: Scene) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX) as made:
        made.settimeout(20)
        made.connect(str(scene.machine.runtime / "backend.sock"))
        yield made


REQUESTS = [
    messages.encode(messages.Disconnect(1, force=True)),
    messages.encode(messages.Stop(2)),
    messages.encode(messages.Connect(3, {"tunnel": "direct"})),
]
GARBAGE = st.one_of(
    st.binary(max_size=300).map(lambda data: data + b"\n"),
    st.sampled_from(REQUESTS).flatmap(
        lambda request: st.integers(0, len(request) - 2).map(lambda end: request[:end])
    ),
    st.sampled_from(REQUESTS).flatmap(
        lambda request: st.integers(0, len(request) - 2).map(
            lambda place: request[:place] + b"\0" + request[place:]
        )
    ),
    st.sampled_from(["shutdown", "state", "log", "reply", "", "Disconnect"]).map(
        lambda kind: json.dumps({"type": kind, "id": 1, "force": True}).encode() + b"\n"
    ),
    st.sampled_from([b"{", b"[", b"\n", b'{"type":"disconnect","id":1,"force":tru']).map(
        lambda piece: piece * (2 * messages.LINE_MAX // len(piece))
    ),
)


def talk_nonsense(scene: Scene) -> None:
    owner(scene)

    @settings(max_examples=80, deadline=None, database=None)
    @given(GARBAGE)
    def say(garbage: bytes) -> None:
        with client(scene) as line:
            # It may hang up in the middle of it.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                line.sendall(garbage)
                line.shutdown(socket.SHUT_WR)
            with contextlib.suppress(ConnectionResetError):
                while line.recv(65_536):
                    pass

    say()


def be_slow_in_a_flood(scene: Scene) -> None:
    """One client never reads, one sends a byte at a time, and sshd's log runs over."""
    owner(scene)
    follow = messages.encode(messages.Hello(messages.VERSION, __version__, follow=True))
    with (
        client(scene) as deaf,
        client(scene) as hesitant,
        socket.socket(fileno=descriptor_of(scene.child("listener"), 2)) as log,
    ):
        deaf.sendall(follow + b"".join(messages.encode(messages.Journal(n, 0)) for n in range(50)))
        flood(log, MIB)
        scene.machine.status()  # it has taken all that in
        before = resident(scene)
        flood(log, 8 * MIB)
        for byte in messages.encode(messages.Status(7)):
            hesitant.sendall(bytes([byte]))
        answers = hesitant.makefile("rb")
        assert json.loads(answers.readline())["type"] == "hello"
        assert json.loads(answers.readline())["id"] == 7
        scene.machine.status()
        assert resident(scene) - before < 8 * MIB


def flood(log: socket.socket, size: int) -> None:
    for number in range(size // 64):
        log.sendall(b"%-63d\n" % number)


def resident(scene: Scene) -> int:
    """Bytes of memory that the backend has now."""
    status = Path(f"/proc/{scene.backend}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found
    return int(found[1]) << 10


# Memory

GIVEN = 700  # as some notebooks have it; every process may raise its score to it


def give_a_score(scene: Scene) -> None:
    backend = ["choom", "-n", f"{GIVEN}", "--", scene.machine.python, "-m", "colabwidget.backend"]
    subprocess.run(backend, env=scene.machine.environment, cwd="/", check=True, timeout=30)


# Takes memory until one of its processes is ended, then ends itself. Each is smaller than the
# backend at any time, which would be the one to go if it were not protected.
NOTEBOOK = """
import os, signal
signal.signal(signal.SIGCHLD, lambda *_: os.killpg(0, signal.SIGKILL))
has_taken, tell = os.pipe()
while True:
    if not os.fork():
        taken = b"x" * 6_000_000
        os.write(tell, b".")
        while True:
            signal.pause()
    os.read(has_taken, 1)
"""
# The kernel may end a second process before the memory of the first is free: by the scores that is
# another of the notebook, as long as a score is worth more than the backend is large.
LITTLE = 64 * MIB


@contextlib.contextmanager
def little_memory() -> Iterator[Path | None]:
    """A control group whose programs can take no more than that; none where there are no such."""
    first = Path("/sys/fs/cgroup/memory")
    top = first if first.is_dir() else Path("/sys/fs/cgroup")
    group = top / f"cw-{os.getpid()}"
    # Swap, too, which the first version counts with the rest.
    limits = {"memory.limit_in_bytes": LITTLE, "memory.memsw.limit_in_bytes": LITTLE}
    limits |= {"memory.max": LITTLE, "memory.swap.max": 0}
    try:
        group.mkdir()
    except OSError:
        yield None
        return
    try:
        there = [name for name in limits if (group / name).exists()]
        for name in there:
            (group / name).write_text(f"{limits[name]}")
        yield group if there else None
    finally:
        for pid in (group / "cgroup.procs").read_text().split():
            with contextlib.suppress(OSError):
                (top / "cgroup.procs").write_text(pid)
        eventually(lambda: removed(group))


def removed(group: Path) -> bool:
    with contextlib.suppress(OSError):
        group.rmdir()
    return not group.exists()


def run_out_of_memory(scene: Scene) -> None:
    """The notebook takes all that there is, in a group with the backend and what it has started."""
    scene.kept["stay"] = vital(scene)
    with little_memory() as group:
        if group is None:
            return  # the scores say what would happen
        for pid in (scene.backend, *scene.children()):
            (group / "cgroup.procs").write_text(f"{pid}")
        joined = f'echo $$ > {group}/cgroup.procs; exec choom -n {GIVEN} -- "$0" -c "$1"'
        notebook = ["sh", "-c", joined, scene.machine.python, NOTEBOOK]
        ended = subprocess.run(notebook, timeout=60, start_new_session=True)
        assert ended.returncode == -signal.SIGKILL


def vital(scene: Scene) -> list[int]:
    return [scene.backend, scene.child("listener"), scene.child("ngrok.yml")]


def the_backend_is_protected(scene: Scene) -> None:
    """And the agent with it; but no client that signs in."""
    assert vital(scene) == scene.kept["stay"]
    assert "Reconnecting" not in scene.journal()
    ours = score_of(scene.backend)
    assert ours in (-500, 0)
    assert score_of(scene.child("ngrok")) == ours
    asked = ssh(scene.details, "cat /proc/self/oom_score_adj", folder=scene.folder)
    assert asked.stdout == f"{GIVEN}\n"


def score_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/oom_score_adj").read_text())


ROWS = [
    Row(
        "nonsense_on_the_socket",
        "Garbage, truncated, huge and unknown messages on the backend's socket",
        "Nothing: who is signed in goes on, others sign in",
        within=5,
        fault=talk_nonsense,
        holds=is_connected,
        also=owner_is_unharmed,
        tunnel="direct",
    ),
    Row(
        "slow_clients_in_a_flood",
        "A client that never reads and one that sends byte by byte, while the log runs over",
        "Nothing; the backend's memory stays as it is",
        within=5,
        fault=be_slow_in_a_flood,
        holds=is_connected,
        also=owner_is_unharmed,
        tunnel="direct",
    ),
    Row(
        "memory_runs_out",
        "Memory runs out: the notebook takes all that there is",
        "The notebook and what runs in the SSH session go first, backend and agent stay",
        within=5,
        before=give_a_score,
        fault=run_out_of_memory,
        holds=is_connected,
        also=the_backend_is_protected,
    ),
]


@pytest.mark.parametrize("row", params(ROWS))
def test_fault(row: Row, machine: Machine, tmp_path: Path, stack: ExitStack) -> None:
    try_row(row, machine, tmp_path, stack=stack)
