"""What ``pip install`` of the wheel puts in place besides the package, and what is left of it."""

from __future__ import annotations

import os
import re
import subprocess
import venv
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

WHEEL = os.environ.get("COLABWIDGET_WHEEL", "")
EXTENSION = "colabwidget.relays.server_extension"
pytestmark = [
    pytest.mark.skipif(not WHEEL, reason="make dist builds the wheel, and names it"),
    pytest.mark.timeout(600),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with a notebook's server, to which the package comes."""
    folder = tmp_path_factory.mktemp("server") / "venv"
    venv.create(folder, with_pip=True, symlinks=True)
    run(folder, "pip", "install", "--quiet", "jupyter_server")
    return folder


def requirements() -> list[str]:
    """What the wheel needs, its extras left out."""
    with zipfile.ZipFile(WHEEL) as archive:
        (name,) = (each for each in archive.namelist() if each.endswith(".dist-info/METADATA"))
        needed = Parser().parsestr(archive.read(name).decode()).get_all("Requires-Dist") or []
    return [each for each in needed if "extra ==" not in each]


def run(server: Path, *words: str) -> str:
    """Run a module of the environment, without this account's settings; return both outputs."""
    quiet = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "JUPYTER_CONFIG_DIR": str(server / "none")}
    done = subprocess.run(
        [server / "bin" / "python", "-m", *words],
        env={"PATH": os.environ["PATH"], "HOME": str(server), **quiet},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=server,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def files(server: Path) -> set[str]:
    """The files of the environment, but for what Python compiles when it runs."""
    return {
        path.relative_to(server).as_posix()
        for path in server.rglob("*")
        if "__pycache__" not in path.parts and not path.is_dir()
    }


def test_the_server_knows_its_extension_and_an_uninstall_leaves_nothing(server: Path) -> None:
    run(server, "pip", "install", "--quiet", *requirements())
    before = files(server)
    run(server, "pip", "install", "--quiet", WHEEL)
    listed = run(server, "jupyter_server.extension.serverextension", "list")
    said = [line.split()[-1] for line in listed.splitlines() if line.strip().startswith(EXTENSION)]
    assert [re.sub(r"\x1b\[\d*m", "", word) for word in said] == ["enabled", "OK"], listed
    run(server, "pip", "uninstall", "--quiet", "--yes", "colabwidget")
    assert files(server) - before == set()
    assert EXTENSION not in run(server, "jupyter_server.extension.serverextension", "list")
