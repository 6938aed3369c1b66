"""Faults of the machine: what is in the way, what is left of the dead, who wants the same."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.kit.fault_matrix import Row, Scene, listening, try_row
from tests.kit.machine.machine import Machine
from tests.kit.machine.processes import command_line
from tests.kit.rows import params
from tests.kit.waiting import eventually

NOBODY = 65534


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """What a row has made and the machine does not know of."""
    with ExitStack() as made:
        yield made


def stack_of(scene: Scene) -> ExitStack:
    made = scene.kept["stack"]
    assert isinstance(made, ExitStack)
    return made


# Another process takes what was ours


def take_port(scene: Scene) -> None:
    """sshd's listener dies, and another program has its port before the backend knows."""
    listener = scene.child("listener")
    [address] = listening(listener)
    port = int(address.rpartition(":")[2], 16)
    os.kill(scene.backend, signal.SIGSTOP)
    try:
        os.kill(listener, signal.SIGKILL)
        thief = stack_of(scene).enter_context(socket.socket())
        # What was open on that port may still be remembered.
        thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        eventually(lambda: bound(thief, port))
        thief.listen()
    finally:
        os.kill(scene.backend, signal.SIGCONT)
    scene.kept["port"] = port


def bound(listener: socket.socket, port: int) -> bool:
    try:
        listener.bind(("127.0.0.1", port))
    except OSError:
        return False
    return True


def has_moved(scene: Scene) -> bool:
    if "Connected again." not in scene.journal():
        return False
    scene.again()
    return scene.signs_in()


def on_another_port(scene: Scene) -> None:
    assert listening(scene.child("listener")) != {f"0100007F:{scene.kept['port']:04X}"}


# What the dead have left


def leave_files(scene: Scene) -> None:
    """Every file of a backend that was killed, with the number of a process that is not its."""
    bystander = stack_of(scene).enter_context(
        subprocess.Popen(["sleep", "1000"], start_new_session=True)
    )
    stack_of(scene).callback(bystander.kill)
    scene.kept["bystander"] = bystander
    machine = scene.machine
    session = machine.runtime / "session"
    session.mkdir(mode=0o700, parents=True)
    with socket.socket(socket.AF_UNIX) as gone:
        gone.bind(str(machine.runtime / "backend.sock"))
    (machine.runtime / "lock").write_text(f"{bystander.pid}\n")
    (machine.runtime / "journal.log").write_text("of another time\n")
    (session / "account").write_text(machine.user)
    (session / "display").write_text(f"{DISPLAY} {bystander.pid}")
    (session / "sshd_config.new").write_text("Port ")
    launcher = Path(machine.environment["XDG_STATE_HOME"], "colabwidget", f"ngrok-{bystander.pid}")
    launcher.parent.mkdir(mode=0o700, exist_ok=True)
    launcher.write_text("#!/bin/sh\n")
    # An X server of another account has the display of the record by now.
    lock = Path(f"/tmp/.X{DISPLAY}-lock")
    lock.write_text(f"{os.getpid():10}\n")
    stack_of(scene).callback(lock.unlink)


DISPLAY = 87


def others_are_unharmed(scene: Scene) -> None:
    bystander: subprocess.Popen[bytes] = scene.kept["bystander"]
    assert bystander.poll() is None
    assert Path(f"/tmp/.X{DISPLAY}-lock").read_text() == f"{os.getpid():10}\n"
    assert "of another time" not in scene.journal()
    session = scene.machine.runtime / "session"
    assert {"display", "sshd_config.new"}.isdisjoint(file.name for file in session.iterdir())


# The runtime directory


def put_link(scene: Scene) -> None:
    place = scene.machine.folder / "elsewhere"
    place.mkdir(mode=0o755)
    (place / "precious").write_text("mine")
    scene.machine.runtime.symlink_to(place)
    scene.kept["place"] = place


def give_away(scene: Scene) -> None:
    place = scene.machine.runtime
    place.mkdir(mode=0o755)
    (place / "precious").write_text("mine")
    os.chown(place, NOBODY, NOBODY)
    scene.kept["place"] = place


def try_to_connect(scene: Scene) -> None:
    scene.kept["before"] = look(scene.kept["place"])
    scene.kept["error"] = scene.machine.failure(tunnel="direct")


def look(place: Path) -> list[Any]:
    """Names, kinds, owners, contents: all that could have been changed."""
    return [
        (path.name, path.stat().st_mode, path.stat().st_uid, path.is_file() and path.read_text())
        for path in [place, *sorted(place.iterdir())]
    ]


def is_refused(scene: Scene) -> bool:
    return bool(scene.kept["error"]["code"] == "runtime_directory")


def nothing_was_changed(scene: Scene) -> None:
    place, runtime = scene.kept["place"], scene.machine.runtime
    assert str(runtime) in scene.kept["error"]["title"]
    assert look(place) == scene.kept["before"]
    assert scene.machine.backend_pid() is None
    # As the remedy says.
    runtime.rename(scene.machine.folder / "away")


# Two at once


def connect_twice(scene: Scene) -> None:
    """Two programs connect at the same instant, and have to start the backend for that."""
    scene.kept["said"] = at_once(scene, (), ())


def connect_differently(scene: Scene) -> None:
    key = scene.folder / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    scene.kept["said"] = at_once(scene, (), ("--public-key", f"{key}.pub"))


def at_once(scene: Scene, *different: tuple[str, ...]) -> list[tuple[int, dict[str, Any]]]:
    """Exit status and what was said of several that connect together."""
    place = ["connect", "--tunnel", "direct", "--address", "127.0.0.1", "--json"]
    common = [*place, "--user", scene.machine.user]
    programs = [
        subprocess.Popen(
            scene.machine.command(*common, *more),
            env=scene.machine.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd="/",
        )
        for more in different
    ]
    said = []
    for program in programs:
        out, errors = program.communicate(timeout=60)
        assert b"Traceback" not in errors, errors
        said.append((program.returncode, json.loads(out)))
    return said


def is_one_session(scene: Scene) -> bool:
    (status, first), (other_status, second) = scene.kept["said"]
    scene.details = first
    scene.learn(first)
    return (status, other_status) == (0, 0) and first == second and scene.signs_in()


def one_wins(scene: Scene) -> bool:
    (winner, details), (loser, told) = sorted(scene.kept["said"], key=lambda each: each[0])
    scene.learn(details)
    error = told["error"]
    return (
        (winner, loser, error["code"]) == (0, 1, "session_running")
        and "public key" in error["cause"]
        and scene.phase == "connected"
    )


def one_backend(scene: Scene) -> None:
    mark = f"XDG_RUNTIME_DIR={scene.machine.environment['XDG_RUNTIME_DIR']}\0".encode()
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if (
                entry.name.isdigit()
                and "colabwidget.backend" in command_line(int(entry.name))
                and mark in (entry / "environ").read_bytes()
                # What it forks looks the same until it runs another program.
                and os.getsid(int(entry.name)) == int(entry.name)
            ):
                found.append(entry.name)
    assert len(found) == 1, found
    assert scene.journal().count("Connected after") == 1


ROWS = [
    *(
        Row(
            f"sshd_port_taken_{tunnel}",
            "SIGKILL of sshd's listener; another program has its port before it starts again",
            "Reconnecting for a moment, then connected, through another port of this machine",
            within=20,
            fault=take_port,
            holds=has_moved,
            also=on_another_port,
            tunnel=tunnel,
        )
        for tunnel in ("ngrok", "direct")
    ),
    Row(
        "stale_files",
        "The socket and the files of a dead backend, whose numbers are other processes by now",
        "Connected as ever; no other process, display or file is touched",
        within=10,
        before=leave_files,
        fault=lambda scene: None,
        holds=lambda scene: scene.signs_in(),
        also=others_are_unharmed,
    ),
    Row(
        "runtime_directory_is_a_link",
        "The runtime directory is a link to another directory",
        "Connect is refused with what is wrong; where the link leads, nothing is changed",
        within=1,
        before=put_link,
        connected=False,
        fault=try_to_connect,
        holds=is_refused,
        also=nothing_was_changed,
        tunnel="direct",
    ),
    Row(
        "runtime_directory_of_somebody_else",
        "The runtime directory belongs to another account",
        "Connect is refused with what is wrong; nothing is changed there",
        within=1,
        before=give_away,
        connected=False,
        fault=try_to_connect,
        holds=is_refused,
        also=nothing_was_changed,
        tunnel="direct",
    ),
    Row(
        "two_connect_at_once",
        "Two programs connect at the same instant; no backend runs yet",
        "One session; both get the same details",
        within=10,
        connected=False,
        fault=connect_twice,
        holds=is_one_session,
        also=one_backend,
        tunnel="direct",
    ),
    Row(
        "two_connect_differently_at_once",
        "Two programs connect at the same instant, one with a public key, one without",
        "One gets its session, the other is told what differs",
        within=10,
        connected=False,
        fault=connect_differently,
        holds=one_wins,
        also=one_backend,
        tunnel="direct",
    ),
]


@pytest.mark.parametrize(
    "row",
    params(
        ROWS,
        slow={
            "sshd_port_taken_direct",
            "runtime_directory_of_somebody_else",
            "two_connect_differently_at_once",
        },
    ),
)
def test_fault(row: Row, machine: Machine, tmp_path: Path, stack: ExitStack) -> None:
    try_row(row, machine, tmp_path, stack=stack)
