"""TurboVNC and VirtualGL come from their makers, or it is said why not and TigerVNC serves."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from colabwidget.desktops import opengl, servers
from colabwidget.runtime.releases.debs import for_architecture
from colabwidget.system.machine import architecture
from tests.doubles.releases import ReleaseServer, make_turbovnc_deb, make_virtualgl_deb
from tests.kit.desktop.vnc_viewer import Viewer
from tests.kit.machine.bare_machine import BareMachine, MakeBare, signal_inner
from tests.kit.waiting import eventually

STOP = "from colabwidget.ipc import client; client.find().stop()"
TIGERVNC = ("tigervnc-standalone-server", "tigervnc-tools")
RELEASE = for_architecture(servers.find("turbovnc").releases, architecture())

pytestmark = [
    pytest.mark.skipif(not shutil.which("Xtigervnc"), reason="needs tigervnc-standalone-server"),
    pytest.mark.skipif(RELEASE is None, reason="TurboVNC has no release for this architecture"),
]


@pytest.fixture
def server() -> Iterator[ReleaseServer]:
    with ReleaseServer() as made:
        yield made


def offer(server: ReleaseServer, folder: Path, **told: Any) -> None:
    """Have a TurboVNC where its makers have it."""
    assert RELEASE
    deb = make_turbovnc_deb(folder, **{"architecture": architecture(), **told})
    server.offer(RELEASE.url, deb)


def connect(
    machine: BareMachine, server: ReleaseServer, vnc: str, **more: str
) -> subprocess.CompletedProcess[str]:
    environment = {
        "COLABWIDGET_RELEASES": server.url,
        "SSL_CERT_FILE": str(server.ca),
        "COLABWIDGET_SUMS": str(server.sums),
        "no_proxy": "localhost",
        **more,
    }
    command = machine.connecting("--desktop", "--vnc", vnc, "--geometry", "1024x768")
    return machine.run(*command, environment=environment)


def desktop_of(done: subprocess.CompletedProcess[str], machine: BareMachine) -> dict[str, Any]:
    assert done.returncode == 0, f"{done.stderr}\n{machine.journal()}"
    desktop: dict[str, Any] = json.loads(done.stdout)["desktop"]
    with Viewer(desktop["port"], desktop["password"]) as viewer:
        assert viewer.size == (1024, 768)
        eventually(lambda: viewer.picture().std() > 10)
    return desktop


def installed(machine: BareMachine) -> set[str]:
    names = ("turbovnc", "virtualgl", *TIGERVNC)
    said = machine.run("dpkg-query", "-W", "-f", "${db:Status-Abbrev}${Package}\n", *names).stdout
    return {line[3:].strip() for line in said.splitlines() if line.startswith("ii")}


def test_turbovnc_is_chosen_where_it_can_be_had(
    bare: MakeBare, server: ReleaseServer, tmp_path: Path
) -> None:
    offer(server, tmp_path, bundled=True)
    machine = bare(TIGERVNC)

    desktop = desktop_of(connect(machine, server, "auto"), machine)

    assert desktop["server"] == "TurboVNC 3.3"
    assert installed(machine) == {"turbovnc"}
    assert not list(machine.path("/run/colabwidget/session").glob("*.deb*"))
    machine.must(*machine.colabwidget("disconnect"))
    desktop_of(connect(machine, server, "auto"), machine)
    assert len(server.requests) == 1  # what is there is not fetched again


@pytest.mark.slow
def test_what_broke_off_goes_on(bare: MakeBare, server: ReleaseServer, tmp_path: Path) -> None:
    offer(server, tmp_path, padding=300_000)
    assert RELEASE
    server.fail(RELEASE.url, break_off_after=200_000, times=1)
    machine = bare(())

    desktop = desktop_of(connect(machine, server, "turbovnc"), machine)

    assert desktop["server"] == "TurboVNC 3.3"
    assert [request.range for request in server.requests] == ["", "bytes=200000-"]


Spoil = Callable[[ReleaseServer, Path], None]


def fail(**faults: Any) -> Spoil:
    def spoil(server: ReleaseServer, folder: Path) -> None:
        offer(server, folder, padding=300_000)
        assert RELEASE
        server.fail(RELEASE.url, **faults)

    return spoil


def tell(**told: Any) -> Spoil:
    return lambda server, folder: offer(server, folder, **told)


TROUBLES: dict[str, tuple[Spoil, str]] = {
    "broken off": (fail(break_off_after=100_000, no_ranges=True), "broke off"),
    "wrong size": (fail(wrong_length=1000), "larger|size|bytes"),
    "wrong package": (tell(package="turbopnc"), "turbopnc"),
    "wrong architecture": (tell(architecture="s390x"), "s390x"),
    "wrong version": (tell(version="3.2-20250101"), "3.2-20250101"),
    "not found": (lambda server, folder: None, "404"),
    "redirected away from HTTPS": (fail(redirect="http://localhost:9/x.deb"), "HTTPS"),
}


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_tigervnc_serves_where_turbovnc_cannot(bare: MakeBare, tmp_path: Path) -> None:
    """One machine meets all troubles: to make it costs more than any of them."""
    machine = bare(TIGERVNC)
    for trouble, (spoil, why) in TROUBLES.items():
        folder = tmp_path / trouble
        folder.mkdir()
        with ReleaseServer() as server:
            spoil(server, folder)
            desktop = desktop_of(connect(machine, server, "auto"), machine)

        assert desktop["server"].startswith("TigerVNC "), trouble
        assert installed(machine) == {*TIGERVNC}, trouble
        said = [line for line in machine.journal().splitlines() if "Using TigerVNC." in line]
        assert len(said) == 1, (trouble, said)
        assert "TurboVNC could not be downloaded." in said[0], trouble
        assert re.search(why, said[0]), (trouble, said[0])
        assert not list(machine.path("/run/colabwidget/session").glob("*.deb*")), trouble

        # The next backend is another one, which has its own log and knows its own server.
        machine.must(sys.executable, "-c", STOP)
        machine.must("dpkg", "--purge", *TIGERVNC)
        assert not installed(machine)


@pytest.mark.slow
def test_without_a_network_one_run_of_apt_does_for_all(
    bare: MakeBare, server: ReleaseServer
) -> None:
    machine = bare(TIGERVNC)

    nowhere = {"COLABWIDGET_RELEASES": "https://localhost:9"}
    desktop = desktop_of(connect(machine, server, "auto", **nowhere), machine)

    assert desktop["server"].startswith("TigerVNC ")
    assert machine.journal().count("Reading package lists") <= 1


def test_who_insists_on_turbovnc_is_told_why_it_is_not_there(
    bare: MakeBare, server: ReleaseServer
) -> None:
    machine = bare(())

    done = connect(machine, server, "turbovnc")

    assert done.returncode == 1
    assert "TurboVNC could not be downloaded." in done.stderr
    assert "404" in done.stderr
    details = json.loads(done.stdout)
    assert details["phase"] == "connected"
    assert details["desktop"] is None
    assert machine.ssh(details, "whoami") == "cwguest\n"


@pytest.mark.slow
def test_a_package_that_apt_does_not_take_is_no_end(
    bare: MakeBare, server: ReleaseServer, tmp_path: Path
) -> None:
    # All that was asked about is right; what is in it is not.
    offer(server, tmp_path)
    assert RELEASE
    (deb,) = tmp_path.glob("*.deb")
    broken = tmp_path / "broken.deb"
    unpacked = tmp_path / "unpacked"
    subprocess.run(["dpkg-deb", "-R", deb, unpacked], check=True)
    (unpacked / "DEBIAN/preinst").write_text("#!/bin/sh\nexit 1\n")
    (unpacked / "DEBIAN/preinst").chmod(0o755)
    subprocess.run(["dpkg-deb", "-b", unpacked, broken], check=True, stdout=subprocess.DEVNULL)
    server.offer(RELEASE.url, broken)
    machine = bare(TIGERVNC)

    desktop = desktop_of(connect(machine, server, "auto"), machine)

    assert desktop["server"].startswith("TigerVNC ")


NO_LIBRARY = """#!/bin/sh
echo "$0: error while loading shared libraries: libpam.so.0: cannot open shared object file:\
 No such file or directory" >&2
exit 127
"""
ENDS = """#!/bin/sh
echo "TurboVNC Server (Xvnc) 64-bit v3.3 (build 20260601)" >&2
[ "$1" = -version ] && exit
[ "$1" = -help ] && { echo "-rfbunixpath path"; exit; }
echo "(EE) Security type none is not permitted by turbovncserver-security.conf" >&2
exit 1
"""


def test_a_turbovnc_that_is_installed_and_does_not_start_is_left(
    bare: MakeBare, server: ReleaseServer
) -> None:
    machine = bare(())
    folder = machine.path("/opt/TurboVNC/bin")
    folder.mkdir(parents=True)
    for name, text in (("vncpasswd", '#!/bin/sh\nexec tigervncpasswd "$@"\n'), ("Xvnc", "")):
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    for text, why in ((NO_LIBRARY, "libpam.so.0"), (ENDS, "is not permitted")):
        (folder / "Xvnc").write_text(text)

        done = connect(machine, server, "auto")

        assert desktop_of(done, machine)["server"].startswith("TigerVNC "), why
        (said,) = (line for line in machine.journal().splitlines() if "Using TigerVNC." in line)
        assert "TurboVNC is installed, but it does not start." in said
        assert why in said
        machine.must(*machine.colabwidget("disconnect"))

        refused = connect(machine, server, "turbovnc")

        assert refused.returncode == 1
        assert "TurboVNC is installed, but it does not start." in refused.stderr
        assert why in refused.stderr
        assert "Automatic or another VNC server" in refused.stderr
        machine.must(*machine.colabwidget("disconnect"))
        machine.must(sys.executable, "-c", STOP)
    assert not server.requests


def test_cancelled_while_it_downloads(
    bare: MakeBare, server: ReleaseServer, tmp_path: Path
) -> None:
    offer(server, tmp_path, padding=2_000_000)
    assert RELEASE
    server.fail(RELEASE.url, hold_after=100_000)
    machine = bare(TIGERVNC)
    environment = {
        "COLABWIDGET_RELEASES": server.url,
        "SSL_CERT_FILE": str(server.ca),
        "COLABWIDGET_SUMS": str(server.sums),
    }
    connecting = machine.start(
        "env",
        *(f"{name}={value}" for name, value in environment.items()),
        *machine.connecting("--desktop"),
    )
    part = machine.path("/run/colabwidget/session/turbovnc.deb.part")
    eventually(lambda: part.exists() and part.stat().st_size)
    eventually(lambda: "Connected after" in machine.journal())

    signal_inner(connecting, signal.SIGINT)

    assert connecting.wait(60) == 130
    connecting.communicate()
    assert not part.exists()
    assert not installed(machine)


def test_virtualgl_draws_where_there_is_a_gpu(
    bare: MakeBare, server: ReleaseServer, tmp_path: Path
) -> None:
    virtualgl = for_architecture(opengl.RELEASES, architecture())
    assert virtualgl
    deb = make_virtualgl_deb(tmp_path, architecture=architecture())
    server.offer(virtualgl.url, deb)
    machine = bare(())
    # What NVIDIA's driver tells of a GPU, and the library that its EGL needs.
    gpu = "/proc/driver/nvidia/gpus/0000:00:04.0"
    machine.must("mount", "-t", "tmpfs", "tmpfs", "/proc/driver")
    machine.must("mkdir", "-p", gpu)
    machine.path(f"{gpu}/information").write_text("Model: \t\t Tesla T4\n")
    machine.path("/usr/lib/x86_64-linux-gnu/libEGL_nvidia.so.0").write_bytes(b"")

    done = connect(machine, server, "tigervnc")

    desktop_of(done, machine)
    assert installed(machine) >= {"virtualgl"}
    said = machine.ssh(json.loads(done.stdout), "vglrun env")
    assert "VGL_DOUBLE=egl\n" in said
    vendor = machine.path("/usr/share/glvnd/egl_vendor.d/10_nvidia.json")
    assert json.loads(vendor.read_text())["ICD"]["library_path"] == "libEGL_nvidia.so.0"
    assert "GPU: Tesla T4." in machine.journal()
    # The stand-in draws nothing on it, which must not be kept quiet.
    assert json.loads(done.stdout)["desktop"]["unused_gpu"] == "Tesla T4"
    assert "the GPU (Tesla T4) does not draw OpenGL" in machine.journal()
    assert "(Tesla T4 is not used)" in machine.must(*machine.colabwidget("status"))
