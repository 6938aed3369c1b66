"""The wheel that was built, in an environment that has nothing else of ours: its main story."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from tests.kit.machine.machine import Machine
from tests.kit.machine.ssh_client import ssh

WHEEL = os.environ.get("COLABWIDGET_WHEEL", "")
pytestmark = [
    pytest.mark.skipif(not WHEEL, reason="make dist builds the wheel, and names it"),
    pytest.mark.timeout(600),
]
CELLS = """
import json, os, sys
import nbformat
from nbclient import NotebookClient

new = nbformat.v4.new_code_cell
notebook = nbformat.v4.new_notebook(cells=[new(cell) for cell in json.load(sys.stdin)])
NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
json.dump([cell["outputs"] for cell in notebook["cells"]], sys.stdout)
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A Python with the wheel, and with what runs notebooks."""
    folder = tmp_path_factory.mktemp("clean") / "venv"
    venv.create(folder, with_pip=True, symlinks=True)
    made = str(folder / "bin" / "python")
    install = [made, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*install, WHEEL, "ipykernel", "nbclient"], check=True)
    return made


@pytest.fixture
def clean(machine: Machine, python: str) -> Machine:
    """A machine whose colabwidget is the wheel's."""
    machine.python = python
    # What is left of the path only watches the backend.
    watch = machine.environment["PYTHONPATH"].partition(os.pathsep)[0]
    path = f"{Path(python).parent}{os.pathsep}{machine.environment['PATH']}"
    machine.environment |= {"PYTHONPATH": watch, "PATH": path, "VIRTUAL_ENV": ""}
    return machine


def test_it_is_the_wheel_s_package_that_runs(clean: Machine) -> None:
    code = "import colabwidget; print(colabwidget.__file__)"
    where = [clean.python, "-c", code]
    done = subprocess.run(where, env=clean.environment, capture_output=True, text=True, cwd="/")
    assert done.stdout.startswith(str(Path(clean.python).parents[1])), done.stderr
    assert clean.run("--version").stdout.split()[-1] in Path(WHEEL).name


def test_the_command_line_connects_and_a_client_signs_in(clean: Machine, tmp_path: Path) -> None:
    details = clean.connect()
    seen = ssh(details, "whoami; python -c 'import colabwidget'", folder=tmp_path)
    assert seen.stdout == f"{clean.user}\n", seen.stderr
    assert clean.token not in clean.journal()
    clean.disconnect()
    assert clean.status()["phase"] == "idle"


def test_a_notebook_shows_the_widget_and_connects(clean: Machine, tmp_path: Path) -> None:
    options = f"tunnel='direct', address='127.0.0.1', user={clean.user!r}"
    cells = [
        "import colabwidget\ncolabwidget.ConnectWidget()",
        f"connection = colabwidget.connect({options})\nconnection",
        "print(connection.ssh.command)",
        "colabwidget.disconnect()",
    ]
    done = subprocess.run(
        [clean.python, "-c", CELLS],
        input=json.dumps(cells),
        env=clean.environment,
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    widget, connection, command, _ = json.loads(done.stdout)
    assert "application/vnd.jupyter.widget-view+json" in json.dumps(widget)
    assert "(connected)>" in json.dumps(connection)
    assert f"{clean.user}@127.0.0.1" in json.dumps(command)


def test_the_clean_environment_is_not_this_one(clean: Machine) -> None:
    assert Path(clean.python).parent != Path(sys.executable).parent
