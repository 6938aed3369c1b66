"""Faults of the services of a session: they are killed, they hang, they forward nothing."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.kit.fault_matrix import (
    Row,
    Scene,
    comes_back_with_the_same_details,
    is_connected_again,
    send,
    told,
    try_row,
)
from tests.kit.machine.machine import Machine
from tests.kit.machine.processes import command_line, hold
from tests.kit.machine.ssh_client import ssh_session
from tests.kit.rows import params
from tests.kit.waiting import eventually

LISTENER, AGENT, XVNC = "listener", "ngrok.yml", "Xtigervnc"
DESKTOP = ("--desktop", "--vnc", "tigervnc", "--geometry", "640x480")
# A look from outside every second: the usual minute would be long for a test.
PROBE = {"COLABWIDGET_PROBE_EVERY": "1"}
SESSION_CODES = ("105", "106", "107", "120", "400", "4018", "102", "103", "302", "15002", "999")
ENDPOINT_CODES = ("324", "334", "8013", "307")


def comes_back_with_details_that_work(scene: Scene) -> None:
    before = scene.details["ssh"]
    after = scene.again()["ssh"]
    assert scene.signs_in()
    # Only the address may be another.
    assert (after["password"], after["fingerprint"]) == (before["password"], before["fingerprint"])


def goes_on(title: str) -> Callable[[Scene], bool]:
    return lambda scene: f"A stop signal reached {title}: it goes on." in scene.journal()


def keeps_running(scene: Scene) -> None:
    """The same process, the same details, and it works."""
    assert Path(f"/proc/{scene.kept['pid']}").exists()
    comes_back_with_the_same_details(scene)


def keeps_running_for_a_while(scene: Scene) -> None:
    """Longer than two health checks that fail would leave it."""
    time.sleep(8)
    keeps_running(scene)


def signal_own_process_of_a_connection(number: int) -> Callable[[Scene], None]:
    """One client is signed in; the processes of its connection get the signal."""

    def fault(scene: Scene) -> None:
        with ssh_session(scene.details, scene.folder) as session:
            own = [pid for pid in scene.children() if f"{scene.machine.user}@" in command_line(pid)]
            assert own
            for pid in own:
                os.kill(pid, number)
            if number == signal.SIGKILL:
                assert session.wait(20) == 255
            assert scene.signs_in()
            assert scene.phase == "connected"

    return fault


def kill_sshd_again_and_again(scene: Scene) -> None:
    for _ in range(6):
        eventually(lambda: scene.phase == "connected", what=lambda: told(scene))
        old = scene.child(LISTENER)
        os.kill(old, signal.SIGKILL)
        eventually(lambda pid=old: not Path(f"/proc/{pid}").exists())
        eventually(lambda: scene.phase != "reconnecting", 30, what=lambda: told(scene))


def refuse(scene: Scene) -> None:
    """The agent ends, and ngrok refuses the next one: with each code in turn."""
    faults = [({"auth_error": code}, code) for code in SESSION_CODES]
    faults += [({"start_error_on_post": code}, code) for code in ENDPOINT_CODES]
    for behaviour, code in faults:
        scene.machine.agent(**behaviour)
        os.kill(scene.child(AGENT), signal.SIGKILL)
        eventually(lambda: scene.phase == "failed", what=lambda: told(scene))
        error = scene.error
        assert error["code"] == ("ngrok_other" if code == "999" else f"ngrok_{code}")
        assert code in error["cause"] + error["remedy"] + error["link"]
        # The SSH server is kept, and what is refused is refused without harm to it.
        scene.child(LISTENER)
        scene.machine.agent()
        comes_back_with_details_that_work(scene)


def stays_stopped(scene: Scene) -> bool:
    if scene.error.get("code") != "agent_stopped":
        return False
    assert not [pid for pid in scene.children() if AGENT in command_line(pid)]
    assert "started again without http_proxy" in scene.journal()
    return True


def revoke_the_token(scene: Scene) -> None:
    """The session is lost, and the agent, which goes on, does not get another."""
    scene.kept["server"] = scene.child(XVNC)
    scene.machine.agent(auth_error="107")
    os.kill(scene.child(AGENT), signal.SIGUSR1)


def keeps_the_desktop(scene: Scene) -> None:
    before = scene.details
    assert "What runs on this machine is kept" in scene.machine.run("status").stdout
    scene.machine.agent()
    after = scene.again()
    assert scene.child(XVNC) == scene.kept["server"]
    assert after["desktop"]["password"] == before["desktop"]["password"]
    assert scene.signs_in()


def tidy_up_and_stop(scene: Scene) -> None:
    """A program cleans up /tmp, X's socket included, and stops the X server."""
    display = scene.details["desktop"]["display"]
    Path(f"/tmp/.X11-unix/X{display[1:]}").unlink()
    send(XVNC, signal.SIGSTOP)(scene)


def forward_nothing(scene: Scene) -> None:
    scene.machine.agent(forward_nowhere=True)


def forwards_again(scene: Scene) -> None:
    scene.machine.agent()
    eventually(lambda: is_connected_again(scene), 30, what=lambda: told(scene))
    comes_back_with_details_that_work(scene)


ROWS = [
    Row(
        "sshd_killed",
        "SIGKILL of sshd's listener",
        "Reconnecting for a moment, then connected; open shells go on, the details stay",
        within=10,
        fault=send(LISTENER, signal.SIGKILL),
        holds=is_connected_again,
        also=comes_back_with_the_same_details,
    ),
    Row(
        "sshd_stopped",
        "SIGSTOP of sshd's listener",
        "Nothing but a line in the log: it is made to go on",
        within=20,
        fault=send(LISTENER, signal.SIGSTOP),
        holds=goes_on("the SSH server"),
        also=keeps_running,
    ),
    Row(
        "sshd_hangs",
        "sshd's listener does not answer any more, whatever is done",
        "Reconnecting, then connected with a new listener",
        within=60,
        fault=lambda scene: hold(scene.child(LISTENER)),
        holds=is_connected_again,
        also=comes_back_with_the_same_details,
        tunnel="direct",
    ),
    Row(
        "sshd_killed_again_and_again",
        "SIGKILL of sshd's listener, six times within a minute",
        "Not connected: it ended six times; Try again works",
        within=10,
        fault=kill_sshd_again_and_again,
        holds=lambda scene: scene.error.get("code") == "sshd_gone",
        also=comes_back_with_details_that_work,
        tunnel="direct",
    ),
    Row(
        "connection_killed",
        "SIGKILL of the process of one SSH connection",
        "That connection ends; the others stay, and signing in works",
        within=5,
        fault=signal_own_process_of_a_connection(signal.SIGKILL),
        holds=lambda scene: scene.phase == "connected",
        tunnel="direct",
    ),
    Row(
        "connection_stopped",
        "SIGSTOP of the process of one SSH connection",
        "That connection stands still; signing in works, and Disconnect ends it",
        within=5,
        fault=signal_own_process_of_a_connection(signal.SIGSTOP),
        holds=lambda scene: scene.phase == "connected",
        tunnel="direct",
    ),
    Row(
        "agent_killed",
        "SIGKILL of the tunnel's agent",
        "Reconnecting for a moment, then connected; a new address is announced",
        within=10,
        fault=send(AGENT, signal.SIGKILL),
        holds=is_connected_again,
        also=comes_back_with_details_that_work,
    ),
    Row(
        "agent_stopped",
        "SIGSTOP of the tunnel's agent",
        "Nothing but a line in the log: it is made to go on",
        within=20,
        fault=send(AGENT, signal.SIGSTOP),
        holds=goes_on("the ngrok agent"),
        also=keeps_running,
    ),
    Row(
        "agent_restarted",
        "ngrok's service restarts the tunnel's agent, which comes back without its endpoint",
        "Reconnecting for some seconds, then connected; a new address is announced",
        within=20,
        fault=send(AGENT, signal.SIGUSR2),
        holds=is_connected_again,
        also=comes_back_with_details_that_work,
    ),
    Row(
        "agent_stopped_on_purpose",
        "Stop on ngrok's dashboard: the tunnel's agent ends without an error",
        "Not connected: the agent was stopped, and is not started again before Try again",
        within=10,
        fault=send(AGENT, signal.SIGTERM),
        holds=stays_stopped,
        also=comes_back_with_details_that_work,
        # The account's plan allows no agent behind a proxy.
        environment={"http_proxy": "http://127.0.0.1:1"},
        before=lambda scene: scene.machine.agent(paid_proxy=True),
    ),
    Row(
        "agent_refused",
        "The agent ends, and ngrok refuses the next one (each ERR_NGROK code in turn)",
        "Not connected, with what ngrok says; Try again keeps the SSH server",
        within=5,
        fault=refuse,
        holds=lambda scene: scene.phase == "connected",
    ),
    Row(
        "agent_in_use_elsewhere",
        "The agent ends, and ngrok counts another one of the account (ERR_NGROK_108)",
        "Reconnecting while another try may help, then not connected, with the reason",
        within=60,
        fault=lambda scene: (
            scene.machine.agent(auth_error="108"),
            os.kill(scene.child(AGENT), signal.SIGKILL),
        ),
        holds=lambda scene: scene.error.get("code") == "ngrok_108",
        also=lambda scene: (scene.machine.agent(), comes_back_with_details_that_work(scene)),
    ),
    Row(
        "token_revoked",
        "The tunnel's session is lost, and the token is no longer valid",
        "Not connected, with the reason; Try again keeps the desktop with its programs",
        within=30,
        fault=revoke_the_token,
        holds=lambda scene: scene.error.get("code") == "ngrok_107",
        also=keeps_the_desktop,
        arguments=DESKTOP,
    ),
    Row(
        "agent_forwards_nothing",
        "The agent runs on, but forwards nothing",
        "Reconnecting once a look from outside finds it, then connected by a new agent",
        within=30,
        fault=forward_nothing,
        holds=lambda scene: scene.phase == "reconnecting",
        also=forwards_again,
        environment=PROBE,
    ),
    Row(
        "vnc_server_killed",
        "SIGKILL of the VNC server",
        "The desktop starts again, with the same address and passwords; SSH is not touched",
        within=30,
        fault=send(XVNC, signal.SIGKILL),
        holds=lambda scene: (
            "Starting the desktop again" in scene.journal()
            and scene.machine.status()["desktop"]
            and scene.machine.run("desktop", "on", *DESKTOP[1:], "--json").returncode == 0
        ),
        also=comes_back_with_the_same_details,
        arguments=DESKTOP,
        tunnel="direct",
    ),
    Row(
        "vnc_server_stopped",
        "SIGSTOP of the VNC server, and its socket in /tmp is removed",
        "The picture stands still for some seconds; nothing on the desktop is lost",
        within=20,
        fault=tidy_up_and_stop,
        holds=goes_on("the VNC server"),
        also=keeps_running_for_a_while,
        arguments=DESKTOP,
        tunnel="direct",
    ),
    Row(
        "backend_killed",
        "SIGKILL of the backend",
        "Not connected: the backend has ended. Its guard shuts the door; Connect works",
        within=10,
        fault=lambda scene: os.kill(scene.backend, signal.SIGKILL),
        holds=lambda scene: scene.phase == "idle",
        also=lambda scene: scene.again(),
    ),
    Row(
        "backend_stopped",
        "SIGSTOP of the backend",
        "SSH goes on; the next request makes the backend go on",
        within=10,
        fault=lambda scene: os.kill(scene.backend, signal.SIGSTOP),
        holds=lambda scene: scene.signs_in() and scene.phase == "connected",
        also=comes_back_with_the_same_details,
    ),
]


# These wait for long, as their users would, or are close to another that `make test` has.
LONG = {
    "sshd_hangs",
    "sshd_killed_again_and_again",
    "connection_stopped",
    "agent_stopped",
    "agent_restarted",
    "agent_refused",
    "agent_in_use_elsewhere",
}
LONG_WITH_A_DESKTOP = {"vnc_server_stopped", "token_revoked"}


@pytest.mark.parametrize("row", params([row for row in ROWS if row.arguments != DESKTOP], LONG))
def test_fault(row: Row, machine: Machine, tmp_path: Path) -> None:
    try_row(row, machine, tmp_path)


@pytest.mark.skipif(not shutil.which(XVNC), reason="needs tigervnc-standalone-server")
@pytest.mark.usefixtures("only_desktop")
@pytest.mark.parametrize(
    "row", params([row for row in ROWS if row.arguments == DESKTOP], LONG_WITH_A_DESKTOP)
)
def test_fault_with_a_desktop(row: Row, machine: Machine, tmp_path: Path) -> None:
    try_row(row, machine, tmp_path)
