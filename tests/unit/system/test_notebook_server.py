"""Which server has started a kernel, and what its environment has for its pages."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from colabwidget.system.notebook_server import find_server

SERVER, WRAPPER, KERNEL = 50, 60, 70


class Machine:
    """A proc(5), a runtime folder and environments, of which the server's is ``env``."""

    def __init__(self, folder: Path) -> None:
        self.proc = folder / "proc"
        self.runtime = folder / "runtime"
        self.runtime.mkdir()
        self.home = folder / "home"
        self.env = folder / "env"
        self.base = folder / "base/bin/python3"
        for python in (self.base, self.env / "bin/python"):
            python.parent.mkdir(parents=True)
        self.base.touch()
        (self.env / "bin/python").symlink_to(self.base)
        self.process(1, 0)
        self.process(KERNEL, WRAPPER)
        self.process(WRAPPER, SERVER)

    def process(self, pid: int, parent: int, *argv: str, **environment: str) -> None:
        folder = self.proc / str(pid)
        folder.mkdir(parents=True)
        (folder / "stat").write_text(f"{pid} (a ) b) S {parent} 1 1")
        (folder / "exe").symlink_to(self.base)
        (folder / "cwd").symlink_to(self.env)
        (folder / "cmdline").write_text("\0".join([*argv, ""]))
        pairs = {"HOME": str(self.home), **environment}.items()
        (folder / "environ").write_text("\0".join(f"{name}={value}" for name, value in pairs))

    def server(self, name: str = "jpserver", first: str = "", **environment: str) -> None:
        first = first or str(self.env / "bin/python")
        self.process(SERVER, 1, first, "/env/bin/jupyter-lab", **environment)
        (self.runtime / f"{name}-{SERVER}.json").write_text("{}")


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_a_server_is_known_by_its_file_and_its_python_by_its_own_name(machine: Machine) -> None:
    machine.server()
    found = find_server(machine.runtime, KERNEL, machine.proc)
    assert found
    assert (found.python, found.prefix) == (machine.env / "bin/python", machine.env)
    assert found.front_end is None


@pytest.mark.parametrize("first", ["python", "bin/python"])
def test_a_python_that_was_named_by_path_or_folder_is_found(machine: Machine, first: str) -> None:
    machine.server(first=first, PATH=f"/nowhere{os.pathsep}{machine.env}/bin")
    found = find_server(machine.runtime, KERNEL, machine.proc)
    assert found
    assert found.python == machine.env / "bin/python"


def test_a_python_whose_name_says_nothing_is_its_program(machine: Machine) -> None:
    machine.server(first="jupyterhub-singleuser: serving")
    found = find_server(machine.runtime, KERNEL, machine.proc)
    assert found
    assert found.python == machine.base


@pytest.mark.parametrize(
    ("server", "place"),
    [
        ("jpserver", "env/share/jupyter/labextensions"),
        ("jpserver", "home/.local/share/jupyter/labextensions"),
        ("jpserver", "elsewhere/labextensions"),
        ("jpserver", "data/labextensions"),
        ("nbserver", "env/share/jupyter/nbextensions"),
    ],
)
def test_the_front_end_is_found_where_servers_look(
    machine: Machine, tmp_path: Path, server: str, place: str
) -> None:
    paths = {
        "JUPYTER_PATH": str(tmp_path / "elsewhere"),
        "JUPYTER_DATA_DIR": str(tmp_path / "data"),
    }
    if "home" in place:
        paths = {}
    machine.server(server, **paths)
    (tmp_path / place / "anywidget").mkdir(parents=True)
    found = find_server(machine.runtime, KERNEL, machine.proc)
    assert found
    assert found.front_end
    assert found.front_end >= found.began - 1


def test_lab_does_not_draw_with_what_the_classic_notebook_has(
    machine: Machine, tmp_path: Path
) -> None:
    machine.server()
    (tmp_path / "env/share/jupyter/nbextensions/anywidget").mkdir(parents=True)
    found = find_server(machine.runtime, KERNEL, machine.proc)
    assert found
    assert found.front_end is None


def test_a_kernel_that_no_server_here_has_started_has_none(machine: Machine) -> None:
    machine.process(SERVER, 1, "jupyter-console")
    (machine.runtime / "jpserver-51.json").write_text("{}")  # another server of this account
    assert find_server(machine.runtime, KERNEL, machine.proc) is None


def test_a_loop_of_parents_ends(machine: Machine) -> None:
    machine.process(SERVER, KERNEL, "odd")
    assert find_server(machine.runtime, KERNEL, machine.proc) is None
