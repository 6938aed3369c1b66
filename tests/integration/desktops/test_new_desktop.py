"""The recipes: a new desktop environment is one folder, a new VNC server is one file."""

from __future__ import annotations

import asyncio
import importlib
import os
import pkgutil
import pwd
import runpy
import shutil
import stat
import struct
import sys
from pathlib import Path
from types import ModuleType

import pytest

from colabwidget.access.account import Account
from colabwidget.backend.streams import rfb
from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.options import ANY_VNC_SERVER, VNC_SERVERS, Options
from colabwidget.desktops import environments, packages, servers
from colabwidget.desktops.session import DEFAULTS, SessionService, leftovers, session_variables
from colabwidget.desktops.vnc import VncService
from colabwidget.runtime.journal import Journal
from tests.kit.machine.machine import ROOT

ENVIRONMENT = """
from pathlib import Path

from colabwidget.desktops.base import DesktopEnvironment
from colabwidget.runtime.apt import Need

ENVIRONMENT = DesktopEnvironment(
    name="toy",
    title="Toy",
    needs=(Need("no-such-toy", "toy-desktop"),),
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
    options=lambda: ["-localhost=1", "-SecurityTypes=VncAuth", "-AlwaysShared=1"],
    version=r"TigerVNC (\\d+(?:\\.\\d+)+)",
)
"""

needs_x = pytest.mark.skipif(
    not (shutil.which("Xtigervnc") and shutil.which("tigervncpasswd") and shutil.which("xauth")),
    reason="needs tigervnc-standalone-server, tigervnc-tools and xauth",
)


def add_to_path(package: ModuleType, folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Let modules of a folder be found as those of a package, until the test ends."""
    patch.setattr(package, "__path__", [*package.__path__, str(folder)])
    patch.delitem(sys.modules, f"{package.__name__}.toy", raising=False)
    importlib.invalidate_caches()


def write_program(path: Path, text: str) -> str:
    path.write_text(text)
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def toy_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "environments"
    (folder / "toy" / "xdg").mkdir(parents=True)
    (folder / "toy" / "__init__.py").write_text(ENVIRONMENT)
    (folder / "toy" / "session.sh").write_text(SESSION)
    (folder / "toy" / "xdg" / "toy.conf").write_text("panel=top\n")
    write_program(folder / "toy" / "toy-panel", PANEL)
    add_to_path(environments, folder, monkeypatch)


@pytest.fixture
def toy_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "servers"
    folder.mkdir()
    xvnc = write_program(tmp_path / "Xtoy", '#!/bin/sh\nexec Xtigervnc "$@"\n')
    (folder / "toy.py").write_text(SERVER.format(xvnc=xvnc))
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
    (types,) = [text for path, text in made.items() if path.name == "protocol.ts"]
    listed = types.partition("export const VNC_SERVERS")[2].partition("];")[0]
    assert listed.endswith('{ value: "toy", title: "Toy VNC" },\n')


def test_what_a_new_environment_needs_is_installed(toy_environment: None) -> None:
    missing = packages.missing(environments.find("toy"), "auto")
    assert "toy-desktop" in missing
    assert "xfwm4" not in missing


@needs_x
def test_a_new_environment_runs_on_a_new_server(
    toy_environment: None, toy_server: None, journal: Journal, tmp_path: Path
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
        vnc.prepare()
        await vnc.start()
        variables = session_variables(
            environment, account, os.environ, directory, vnc.display, vnc.authority
        )
        session = SessionService(environment, account, variables, journal)
        try:
            await session.start()
            assert (await vnc.version()).startswith("Toy VNC 1.")
            assert await vnc.health_problem() == ""
            _, viewer, init = await rfb.sign_in(vnc.port, vnc.password)
            viewer.close()
            assert struct.unpack(">HH", init[:4]) == (640, 480)
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
