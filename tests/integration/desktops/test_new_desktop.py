"""The recipes: a new desktop environment is one folder, a new VNC server is one file."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import os
import pkgutil
import pwd
import runpy
import secrets
import shutil
import socket
import stat
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import pytest

from colabwidget.access.account import Account, own_account
from colabwidget.backend import preflight
from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.options import ANY_VNC_SERVER, VNC_SERVERS, Options
from colabwidget.desktops import environments, packages, servers
from colabwidget.desktops.desktop import Desktop
from colabwidget.desktops.session import (
    DEFAULTS,
    SessionService,
    leftovers,
    remove_leftovers,
    session_variables,
)
from colabwidget.desktops.vnc import VncService
from colabwidget.desktops.x11 import ensure_socket_directories
from colabwidget.runtime.journal import Journal
from colabwidget.runtime.steps import Steps
from tests.kit.machine.machine import ROOT
from tests.kit.waiting import eventually

ENVIRONMENT = """
from pathlib import Path

from colabwidget.desktops.base import DesktopEnvironment
from colabwidget.runtime.apt import Need

ENVIRONMENT = DesktopEnvironment(
    name="toy",
    title="Toy",
    needs=(Need(str(Path(__file__).parent / "toy-panel"), "toy-desktop"),),
    command=("sh", str(Path(__file__).parent / "session.sh")),
    parts=frozenset({"toy-panel"}),
    variables={"XDG_CURRENT_DESKTOP": "TOY"},
    defaults=Path(__file__).parent / "xdg",
    leftovers=("colabwidget-toy-*",),
)
"""
# A client of X that has to know the display's key; then the part that shows that all is drawn.
SESSION = """
echo "$XDG_CURRENT_DESKTOP $XDG_CONFIG_DIRS" > "$XDG_RUNTIME_DIR/told"
touch "/tmp/colabwidget-toy-$$"
xauth list "$DISPLAY" > "$XDG_RUNTIME_DIR/keys" || exit 1
exec "$(dirname "$0")/toy-panel"
"""
PANEL = "#!/bin/sh\nsleep 600\n"

SERVER = """
from colabwidget.desktops.base import VncServer

SERVER = VncServer(
    name="toy",
    xvnc={xvnc!r},
    vncpasswd="tigervncpasswd",
    options=lambda: ["-AlwaysShared=1"],
    port_options=("-localhost=1", "-SecurityTypes=VncAuth"),
    socket_options={socket_options!r},
    version=r"TigerVNC (\\d+(?:\\.\\d+)+)",
)
"""
ON_A_SOCKET = ("-rfbunixmode=0600", "-rfbport=-1", "-SecurityTypes=None,VncAuth")

needs_x = pytest.mark.skipif(
    not (shutil.which("Xtigervnc") and shutil.which("tigervncpasswd") and shutil.which("xauth")),
    reason="needs tigervnc-standalone-server, tigervnc-tools and xauth",
)


def add_to_path(package: ModuleType, folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Let modules of a folder be found as those of a package, until the test ends."""
    patch.setattr(package, "__path__", [*package.__path__, str(folder)])
    patch.delitem(sys.modules, f"{package.__name__}.toy", raising=False)
    importlib.invalidate_caches()


@contextmanager
def without_root() -> Iterator[None]:
    """Be another account for a moment where this one is root."""
    own = os.geteuid()
    if own == 0:
        os.seteuid(pwd.getpwnam("nobody").pw_uid)
    try:
        yield
    finally:
        os.seteuid(own)


def listeners(pids: set[int]) -> set[int]:
    """The TCP ports on which processes listen."""
    said = subprocess.run(["ss", "-ltnpH"], capture_output=True, text=True, check=True).stdout
    lines = [line for line in said.splitlines() if any(f"pid={pid}," in line for pid in pids)]
    return {int(line.split()[3].rpartition(":")[2]) for line in lines}


def write_program(path: Path, text: str) -> str:
    path.write_text(text)
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def toy_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Add the environment to the table, as the second; give its folder."""
    folder = Path(tempfile.mkdtemp(prefix="cwu-", dir="/tmp"))
    folder.chmod(0o755)  # a test reads it as another account
    (folder / "toy" / "xdg").mkdir(parents=True)
    (folder / "toy" / "__init__.py").write_text(ENVIRONMENT)
    (folder / "toy" / "session.sh").write_text(SESSION)
    (folder / "toy" / "xdg" / "toy.conf").write_text("panel=top\n")
    write_program(folder / "toy" / "toy-panel", PANEL)
    add_to_path(environments, folder, monkeypatch)
    monkeypatch.setattr(environments, "ORDER", (*environments.ORDER, "toy"))
    yield folder / "toy"
    shutil.rmtree(folder)


@pytest.fixture
def toy_is_first(toy_environment: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have the environment as the one that a session has; return its folder."""
    order = [name for name in environments.ORDER if name != "toy"]
    monkeypatch.setattr(environments, "ORDER", ("toy", *order))
    return toy_environment


@pytest.fixture
def toy_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """Add the server to the table; without parameters, it has no socket."""
    folder = tmp_path / "servers"
    folder.mkdir()
    xvnc = write_program(tmp_path / "Xtoy", '#!/bin/sh\nexec Xtigervnc "$@"\n')
    options = getattr(request, "param", ())
    (folder / "toy.py").write_text(SERVER.format(xvnc=xvnc, socket_options=options))
    add_to_path(servers, folder, monkeypatch)
    monkeypatch.setitem(VNC_SERVERS, "toy", "Toy VNC")


def test_each_name_is_a_file_or_a_folder_and_each_of_these_has_its_name() -> None:
    found = {module.name for module in pkgutil.iter_modules(servers.__path__)}
    assert found == {*VNC_SERVERS} - {ANY_VNC_SERVER}
    assert all(servers.find(name).name == name for name in found)
    found = {module.name for module in pkgutil.iter_modules(environments.__path__)}
    assert found == {*environments.ORDER}
    assert all(environments.find(name).name == name for name in found)


def test_each_server_comes_from_somewhere_and_one_from_the_system_s_packages() -> None:
    known = servers.candidates(ANY_VNC_SERVER)
    assert all(bool(server.needs) != bool(server.releases) for server in known)
    assert any(server.needs for server in known)


def test_the_defaults_of_each_environment_are_installed_with_the_package() -> None:
    for name in environments.ORDER:
        environment = environments.find(name)
        assert environment.defaults is None or environment.defaults.is_dir()
        # As proc(5) cuts them.
        assert environment.parts and all(len(part) <= 15 for part in environment.parts)


def test_a_new_server_is_an_option_and_a_candidate(toy_server: None) -> None:
    assert Options(desktop=True, vnc="toy").checked().vnc == "toy"
    assert [server.name for server in servers.candidates("toy")] == ["toy"]
    assert [server.title for server in servers.candidates(ANY_VNC_SERVER)] == [
        *("TurboVNC", "TigerVNC", "Toy VNC")
    ]
    with pytest.raises(ColabWidgetError, match="auto, turbovnc, tigervnc, toy") as caught:
        Options(desktop=True, vnc="another").checked()
    assert caught.value.code == "vnc_unknown"


def test_a_new_server_is_a_choice_of_the_form(toy_server: None) -> None:
    made = runpy.run_path(str(ROOT / "scripts" / "protocol.py"))["made"]()
    (types,) = [text for path, text in made.items() if path.name == "options.ts"]
    listed = types.partition("export const VNC_SERVERS")[2].partition("];")[0]
    assert listed.endswith('{ value: "toy", title: "Toy VNC" },\n')


def test_what_a_new_environment_needs_is_installed(toy_environment: Path) -> None:
    assert "toy-desktop" not in packages.missing(environments.find("toy"), "auto")
    (toy_environment / "toy-panel").unlink()
    missing = packages.missing(environments.find("toy"), "auto")
    assert "toy-desktop" in missing
    assert "xfwm4" not in missing


def test_a_second_environment_is_known_and_the_first_one_is_what_a_session_has(
    toy_environment: Path,
) -> None:
    assert environments.default().name != "toy"
    assert [each.name for each in environments.known()] == [environments.default().name, "toy"]


def test_a_session_is_refused_for_what_the_first_environment_lacks(toy_is_first: Path) -> None:
    assert environments.default().name == "toy"
    (toy_is_first / "toy-panel").unlink()
    with without_root(), pytest.raises(ColabWidgetError) as caught:
        preflight.check_desktop(Options(desktop=True))
    assert caught.value.code == "no_root_no_desktop"
    assert "toy-desktop" in str(caught.value)


@pytest.mark.skipif(os.geteuid() != 0, reason="makes files of another account, which takes root")
def test_what_any_environment_leaves_is_removed(toy_environment: Path) -> None:
    account, marker = "daemon", secrets.token_hex(4)
    names = [f"colabwidget-toy-{marker}", f".xfsm-ICE-{marker}", f"colabwidget-other-{marker}"]
    toy, xfce, other = files = [Path("/tmp", name) for name in names]
    others_toy = Path("/tmp", f"colabwidget-toy-{marker}-root")
    try:
        others_toy.touch()
        for file in files:
            file.touch()
            shutil.chown(file, account)
        asyncio.run(remove_leftovers(account))
        assert not toy.exists() and not xfce.exists()
        assert other.exists() and others_toy.exists()
    finally:
        for file in (*files, others_toy):
            file.unlink(missing_ok=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="makes files of another account, which takes root")
def test_what_another_session_of_the_account_uses_stays(toy_environment: Path) -> None:
    account, marker = "daemon", secrets.token_hex(4)
    number = 2**22 + secrets.randbelow(2**20)  # no process has it
    bus, keys = Path(f"/tmp/dbus-{marker}"), Path(f"/tmp/.xfsm-ICE-{marker}")
    sessions = Path(f"/tmp/.ICE-unix/{number}")
    ensure_socket_directories()
    try:
        with contextlib.ExitStack() as living:
            for path in (bus, sessions):
                listener = living.enter_context(socket.socket(socket.AF_UNIX))
                listener.bind(str(path))
                listener.listen()
            keys.write_text(f'add ICE "" local/here:@{sessions} MIT-MAGIC-COOKIE-1 00\n')
            for path in (bus, sessions, keys):
                shutil.chown(path, account)
            asyncio.run(remove_leftovers(account))
            assert bus.exists() and sessions.exists() and keys.exists()
        # Its programs have ended, and left their files behind.
        asyncio.run(remove_leftovers(account))
        assert not (bus.exists() or sessions.exists() or keys.exists())
    finally:
        for path in (bus, sessions, keys):
            path.unlink(missing_ok=True)


@needs_x
def test_a_new_environment_runs_on_a_new_server(
    toy_environment: Path, toy_server: None, journal: Journal, tmp_path: Path
) -> None:
    environment = environments.find("toy")
    name = pwd.getpwuid(os.geteuid()).pw_name
    account = Account(name, str(tmp_path), None, "")
    directory, record = tmp_path / "desktop", tmp_path / "display"
    directory.mkdir(mode=0o700)

    async def work() -> None:
        (server,) = servers.candidates("toy")
        assert server.is_installed()
        vnc = VncService(server, account, "640x480", 24, directory, record, journal)
        await vnc.prepare()
        await vnc.start()
        variables = session_variables(
            environment, account, os.environ, directory, vnc.display, vnc.authority
        )
        session = SessionService(environment, account, variables, journal)
        try:
            await session.start()
            assert (await vnc.version()).startswith("Toy VNC 1.")
            assert await vnc.health_problem() == ""
            async with vnc.connect() as viewer:
                assert struct.unpack(">HH", viewer.init[:4]) == (640, 480)
            assert (directory / "told").read_text() == f"TOY {directory / DEFAULTS}:/etc/xdg\n"
            assert "MIT-MAGIC-COOKIE-1" in (directory / "keys").read_text()
            assert stat.S_IMODE((directory / "passwd").stat().st_mode) == 0o600
            assert leftovers(environment, name)
        finally:
            await session.close()
            await vnc.close()
        assert not [file for file in leftovers(environment, name) if "toy" in file.name]
        assert not session.running() and not vnc.running() and not record.exists()

    asyncio.run(work())


@needs_x
@pytest.mark.usefixtures("only_desktop", "runtime", "toy_server", "toy_is_first")
@pytest.mark.parametrize(
    ("toy_server", "is_forwarded"), [((), True), (ON_A_SOCKET, False)], indirect=["toy_server"]
)
def test_a_session_s_desktop_has_the_first_environment(
    journal: Journal, tmp_path: Path, is_forwarded: bool
) -> None:
    if lacking := packages.missing(environments.default(), "toy"):
        pytest.skip(f"needs {', '.join(lacking)}")
    account = own_account(pwd.getpwuid(os.geteuid()).pw_name, {})
    steps: list[str] = []

    async def work() -> None:
        loop = asyncio.get_running_loop()
        apt_is_free, known_account = loop.create_future(), loop.create_future()
        apt_is_free.set_result(None)
        known_account.set_result(account)
        shown = Steps(lambda: steps.extend(each["detail"] for each in shown.as_list()))
        desktop = Desktop(tmp_path, journal, shown, lambda: None)
        try:
            wanted = Options(desktop=True, vnc="toy")
            desktop.add(wanted, {}, apt_is_free, known_account, is_forwarded=is_forwarded)
            await asyncio.to_thread(
                eventually, lambda: desktop.phase in ("connected", "failed"), 60
            )
            assert desktop.error is None and desktop.facts
            assert desktop.facts.server.startswith("Toy VNC 1.")
            # Without a socket it says so; with one, nothing listens where nothing comes from.
            assert desktop.facts.server.endswith("on a TCP port") == is_forwarded
            assert bool(desktop.facts.port) == is_forwarded
            async with desktop.connect() as viewer:
                assert struct.unpack(">HH", viewer.init[:4]) == (1600, 900)
                left = listeners(desktop.pids | {os.getpid()})
            assert left == ({desktop.facts.port} if is_forwarded else set())
        finally:
            await desktop.remove()
        with pytest.raises(ColabWidgetError):
            desktop.connect()
        assert desktop.phase == "idle"

    asyncio.run(work())
    assert "starting Toy" in steps
