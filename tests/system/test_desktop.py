"""A real viewer sees and uses a real desktop, through the SSH forward of the details."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import numpy
import pytest

from tests.kit.desktop.on_machine import (
    below,
    connected,
    nothing_is_left,
    process_of,
    programs,
)
from tests.kit.desktop.vnc_viewer import Picture, Refused, Viewer
from tests.kit.machine.bare_machine import MakeBare
from tests.kit.machine.machine import DESKTOP_TEST, Machine
from tests.kit.machine.ports import is_open
from tests.kit.machine.ssh_client import forwarded, ssh, ssh_session
from tests.kit.rows import params
from tests.kit.waiting import eventually

LEAST_COLOURS = 20  # a terminal's text alone has more

pytestmark = [*DESKTOP_TEST]


def on_the_desktop(
    details: dict[str, Any], folder: Path, command: str
) -> subprocess.CompletedProcess[str]:
    """Run a command over SSH as a person would who wants its window on the desktop."""
    return ssh(details, f"DISPLAY={details['desktop']['display']} {command}", folder=folder)


def open_terminal(details: dict[str, Any], folder: Path) -> None:
    """A terminal that covers the screen, and whose shell has the keyboard."""
    home = Path("/home", details["ssh"]["user"])
    start = "nohup xfce4-terminal --maximize -x sh -c 'touch ~/shell; exec sh' >/dev/null 2>&1 &"
    done = on_the_desktop(details, folder, start)
    assert done.returncode == 0, done.stderr
    eventually((home / "shell").exists)
    names = "xfce4-terminal"
    eventually(lambda: names in on_the_desktop(details, folder, "ps -u $USER -o comm").stdout)


def colours(picture: Picture) -> int:
    return len(numpy.unique(picture.astype(numpy.uint32) @ numpy.array([1, 256, 65536])))


def test_a_person_uses_the_desktop(machine: Machine, tmp_path: Path) -> None:
    details = connected(machine)
    desktop = details["desktop"]
    home = Path("/home", machine.user)
    assert desktop["server"].startswith("TigerVNC 1.")
    assert desktop["viewer_address"] == "localhost:1"
    assert desktop["password"] != desktop["view_only_password"]
    assert {len(desktop["password"]), len(desktop["view_only_password"])} == {8}

    with forwarded(details, tmp_path) as port:
        with Viewer(port, desktop["password"]) as viewer:
            assert viewer.size == (1600, 900)
            # Panel, icons and texts are there, on one plain colour.
            eventually(lambda: colours(viewer.picture(tmp_path / "desktop.png")) > LEAST_COLOURS)

            open_terminal(details, tmp_path)
            eventually(lambda: typed(viewer, home, "whoami > who"))
            eventually(lambda: (home / "who").read_text() == f"{machine.user}\n")

            viewer.copy("from the viewer: 100 %")
            viewer.type("stty -icanon; cat > pasted\n")
            eventually((home / "pasted").exists)
            viewer.press("Ctrl", "Shift", "v")
            eventually(lambda: (home / "pasted").read_text() == "from the viewer: 100 %")
            eventually(
                lambda: viewer.press("Ctrl", "c") or typed(viewer, home, "touch stopped"), 40
            )

            viewer.type("echo $((6*7)) copied\n")
            eventually(lambda: "42 copied" in all_copied(viewer))

            viewer.resize(1024, 768)
            assert viewer.picture().shape == (768, 1024, 3)
            xrandr = on_the_desktop(details, tmp_path, "xrandr").stdout
            assert "current 1024 x 768" in xrandr

        with Viewer(port, desktop["view_only_password"]) as onlooker:
            onlooker.type("touch intruder\n")
            assert colours(onlooker.picture()) > LEAST_COLOURS
        with Viewer(port, desktop["password"]) as viewer:
            eventually(lambda: typed(viewer, home, "touch later"))
        assert not (home / "intruder").exists()

        for _ in range(10):
            with pytest.raises(Refused, match="Auth"):
                Viewer(port, "wrongpwd")
        # All viewers come from the same address; who knows the password gets in all the same.
        with Viewer(port, desktop["password"]) as viewer:
            assert viewer.size == (1024, 768)


def typed(viewer: Viewer, home: Path, command: str) -> bool:
    """Type a command until it has had an effect: a window may not have the keyboard yet."""
    viewer.type(f"{command}\n")
    word = home / command.split()[-1]
    try:
        eventually(word.exists, seconds=1)
    except AssertionError:
        return False
    return True


def all_copied(viewer: Viewer) -> str:
    """What the terminal shows, copied there."""
    viewer.press("Ctrl", "Shift", "a")
    viewer.press("Ctrl", "Shift", "c")
    return viewer.copied()


def test_opengl_programs_are_drawn(machine: Machine, tmp_path: Path) -> None:
    details = connected(machine)
    desktop = details["desktop"]

    renderer = on_the_desktop(details, tmp_path, "vglrun -d egl glxinfo -B").stdout
    assert f"OpenGL renderer string: {desktop['renderer']}\n" in renderer
    on_the_desktop(
        details, tmp_path, "nohup vglrun glxgears -geometry 600x600+300+100 >/dev/null 2>&1 &"
    )

    with Viewer(desktop["port"], desktop["password"]) as viewer:

        def gears() -> bool:
            window = viewer.picture(tmp_path / "gears.png")[150:650, 350:850].astype(int)
            red, green, blue = window[..., 0], window[..., 1], window[..., 2]
            # A red, a green and a blue gear, whatever the light makes of them.
            return all(
                numpy.count_nonzero((one > 100) & (one > 2 * two) & (one > 2 * three)) > 2000
                for one, two, three in (
                    (red, green, blue),
                    (green, red, blue),
                    (blue, red, green),
                )
            )

        eventually(gears)


def test_the_desktop_comes_and_goes_beside_ssh(machine: Machine, tmp_path: Path) -> None:
    details = machine.connect(tunnel="direct")
    assert details["desktop"] is None
    small = ("--geometry", "800x600", "--depth", "16")
    with ssh_session(details, tmp_path) as session:
        assert session.stdin and session.stdout
        for _ in range(2):
            on = machine.run("desktop", "on", "--vnc", "tigervnc", *small)
            assert on.returncode == 0, on.stderr
            desktop = machine.connect(tunnel="direct")["desktop"]
            with Viewer(desktop["port"], desktop["password"]) as viewer:
                assert viewer.size == (800, 600)
                # Of 16 bits, red has 5: no value between the 32 that there are.
                eventually(lambda: colours(viewer.picture()) > LEAST_COLOURS)
                assert len(numpy.unique(viewer.picture()[..., 0])) <= 32

            assert machine.run("desktop", "off").returncode == 0
            assert machine.status()["desktop"] is None
            assert not is_open(desktop["port"])
        session.stdin.write(b"still here\n")
        session.stdin.flush()
        assert session.stdout.readline() == b"still here\n"
    assert machine.status()["ssh"]["port"] == details["ssh"]["port"]


ASK = """
from colabwidget.core import errors
from colabwidget.ipc import client
for ask in (lambda it: it.disconnect(force=False), lambda it: it.desktop(False, {}, force=False)):
    try:
        ask(client.find())
    except errors.ColabWidgetError as error:
        print(error.code, error.info["title"], error.info["cause"])
"""
# Its window has a name, and it writes when it is asked to close rather than killed.
SAVES = "trap 'echo closed > ~/closed' HUP; touch ~/shell; while :; do sleep 0.1; done"


def test_parts_come_back_and_what_is_open_is_asked_about(machine: Machine, tmp_path: Path) -> None:
    details = connected(machine)
    home = Path("/home", machine.user)
    start = f'xfce4-terminal --title "My work" -x sh -c "{SAVES}" > /dev/null 2>&1 &'
    assert on_the_desktop(details, tmp_path, f"nohup {start}").returncode == 0
    eventually((home / "shell").exists)

    def asked() -> str:
        run = [machine.python, "-c", ASK]
        return subprocess.run(run, env=machine.environment, capture_output=True, text=True).stdout

    eventually(lambda: "My work" in asked())
    answers = asked().splitlines()
    assert [line.split()[0] for line in answers] == ["windows_open"] * 2
    assert all("One window is open on the desktop." in line for line in answers)
    for part in ("xfdesktop", "xfsettingsd"):
        before = process_of(machine, part)
        os.kill(before, signal.SIGTERM)
        eventually(
            lambda part=part, before=before: programs(machine).get(part) not in (None, before)
        )
    assert "Starting the desktop again" not in machine.journal()
    assert machine.run("desktop", "off").returncode == 0
    assert (home / "closed").exists()


def test_connecting_with_a_desktop_adds_it_to_what_is_there(machine: Machine) -> None:
    first = machine.connect()

    # No token is asked for again.
    done = machine.run(
        "connect", "--desktop", "--vnc", "tigervnc", "--user", machine.user, "--json"
    )

    assert done.returncode == 0, done.stderr
    assert f'"command": "{first["ssh"]["command"]}"' in done.stdout
    assert '"display": ":' in done.stdout
    other = machine.failure("--desktop", "--vnc", "tigervnc", "--geometry", "640x480")
    assert other["code"] == "session_running"
    assert "geometry 1600x900" in other["cause"]


@pytest.mark.slow
def test_twice_leaves_nothing_behind(machine: Machine) -> None:
    for _ in range(2):
        display = connected(machine)["desktop"]["display"]
        machine.disconnect()
        nothing_is_left(machine, display)


@pytest.mark.parametrize(
    "program", params(["Xtigervnc", "xfce4-session", "xfwm4"], slow={"xfce4-session", "xfwm4"})
)
def test_what_is_killed_comes_back(machine: Machine, program: str) -> None:
    desktop = connected(machine)["desktop"]
    killed = process_of(machine, program)

    os.kill(killed, 9)

    eventually(lambda: not Path(f"/proc/{killed}").exists())
    again = process_of(machine, program)
    assert again != killed
    eventually(lambda: machine.status()["desktop"] and desktop_rests(machine))
    for part in ("xfwm4", "xfce4-panel", "xfdesktop"):
        process_of(machine, part)
    after = machine.connect(tunnel="direct")["desktop"]
    assert after == desktop  # the address and the passwords that people have are still right
    with Viewer(desktop["port"], desktop["password"]) as viewer:
        eventually(lambda: colours(viewer.picture()) > LEAST_COLOURS)


def desktop_rests(machine: Machine) -> bool:
    """Nothing of it is being started."""
    return "Desktop: done" in machine.run("status").stdout


@pytest.mark.slow
def test_what_ends_again_and_again_is_given_up_and_ssh_stays(
    machine: Machine, tmp_path: Path
) -> None:
    details = connected(machine)
    for _ in range(6):
        os.kill(process_of(machine, "Xtigervnc"), 9)
        eventually(lambda: machine.status()["desktop"] is None or desktop_rests(machine))

    eventually(lambda: machine.status()["desktop"] is None)

    said = machine.run("status").stdout
    assert "The desktop has ended." in said
    assert "Phase: connected" in said
    assert ssh(details, "whoami", folder=tmp_path).stdout == f"{machine.user}\n"
    assert machine.run("desktop", "on", "--vnc", "tigervnc").returncode == 0


def test_a_server_that_does_not_start_leaves_ssh(bare: MakeBare) -> None:
    # Every display is taken, as far as lock files tell; a copy of the machine has its own.
    machine = bare(())
    machine.must("sh", "-c", "for n in $(seq 99); do echo 1 > /tmp/.X$n-lock; done")

    done = machine.connect("--desktop", "--vnc", "tigervnc")

    assert done.returncode == 1
    assert "The VNC server did not start.\nNo display is free." in done.stderr
    details = json.loads(done.stdout)
    assert details["desktop"] is None
    assert machine.ssh(details, "whoami") == "cwguest\n"
    # It can be tried again without touching SSH.
    machine.must("sh", "-c", "rm /tmp/.X*-lock")
    machine.must(*machine.colabwidget("desktop", "on", "--vnc", "tigervnc"))
    assert machine.ssh(details, "whoami") == "cwguest\n"


def test_a_killed_backend_leaves_no_desktop(machine: Machine) -> None:
    display = connected(machine)["desktop"]["display"]
    backend = machine.backend_pid()
    left = below(machine)
    assert backend and len(left) > 5

    os.kill(backend, 9)

    eventually(lambda: not [pid for pid in left if Path(f"/proc/{pid}").exists()])
    machine.connect(tunnel="direct")
    machine.disconnect()
    nothing_is_left(machine, display)


def test_a_removal_goes_on_without_whoever_asked_for_it(machine: Machine) -> None:
    display = connected(machine)["desktop"]["display"]
    # It does not let go at once.
    os.kill(process_of(machine, "Xtigervnc"), signal.SIGSTOP)
    asking = subprocess.Popen(
        machine.command("desktop", "off"), env=machine.environment, stderr=subprocess.PIPE, cwd="/"
    )
    eventually(lambda: "Closing the desktop." in machine.journal())
    asking.kill()
    asking.communicate()

    machine.disconnect()

    nothing_is_left(machine, display)
    assert connected(machine)["desktop"]


def test_cancelled_while_it_is_made(machine: Machine) -> None:
    machine.connect(tunnel="direct")
    adding = subprocess.Popen(
        machine.command("desktop", "on", "--vnc", "tigervnc"),
        env=machine.environment,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd="/",
    )
    eventually(lambda: "vnc: " in machine.journal())

    assert machine.run("desktop", "off").returncode == 0

    adding.communicate(timeout=30)
    assert machine.status()["desktop"] is None
    assert machine.status()["phase"] == "connected"
    # The kernel may take a moment to end what the X server was about to start.
    eventually(lambda: all("sshd" in line for line in below(machine).values()))
    assert below(machine)
