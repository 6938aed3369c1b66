"""The recipe for a new face: its module, in a copy of the package, is all that it takes."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kit.machine.machine import ROOT, Machine
from tests.kit.machine.ssh_client import ssh

RECIPE = ROOT / "docs" / "contributing" / "new-face.md"
ARROWS = Path("tests", "architecture", "test_arrows.py")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package with the face of the recipe."""
    folder = tmp_path_factory.mktemp("copy")
    folder.chmod(0o755)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "colabwidget", folder / "colabwidget", ignore=ignored)
    (face,) = re.findall(r"```python\n(.*?)```", RECIPE.read_text(), re.S)
    (folder / "colabwidget" / "toy.py").write_text(face)
    return folder


def toy(
    machine: Machine, copy: Path, *words: str, text: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run the face as a user of the machine does."""
    return subprocess.run(
        [sys.executable, "-m", "colabwidget.toy", *words],
        env={**machine.environment, "PYTHONPATH": str(copy)},
        input=text,
        capture_output=True,
        text=True,
        timeout=90,
        cwd="/",
    )


def test_a_client_gets_in_with_what_it_prints_and_the_token_is_nowhere(
    machine: Machine, copy: Path, tmp_path: Path
) -> None:
    user = f"user={machine.user}"
    opened = toy(machine, copy, "open", "tunnel=ngrok", user, text=machine.token)
    assert opened.returncode == 0, opened.stderr
    command, *known_hosts, password = opened.stdout.splitlines()
    known = "\n".join(known_hosts)
    details = {"ssh": {"command": command, "known_hosts": known, "password": password}}
    assert ssh(details, "whoami", folder=tmp_path).stdout.strip() == machine.user
    assert machine.token not in opened.stdout + opened.stderr + machine.journal()
    # The open session has its token: the same options ask for none, and give the same session.
    assert toy(machine, copy, "open", "tunnel=ngrok", user).stdout == opened.stdout
    assert machine.status()["phase"] == "connected"

    assert toy(machine, copy, "close").returncode == 0
    assert machine.status()["phase"] == "idle"


@pytest.mark.parametrize(
    ("option", "title"),
    [
        ("tunel=direct", "There is no option tunel."),
        ("tunnel=moon", "There is no tunnel called 'moon'."),
        ("geometry=1x1", "That is not a size of a desktop."),
    ],
)
def test_a_failure_is_shown_by_its_texts(
    machine: Machine, copy: Path, option: str, title: str
) -> None:
    refused = toy(machine, copy, "open", option)
    assert (refused.returncode, refused.stdout) == (1, "")
    lines = refused.stderr.splitlines()
    assert lines[0] == title and len(lines) >= 2
    assert "Traceback" not in refused.stderr


def test_it_fits_the_house_once_it_has_its_floor(copy: Path) -> None:
    arrows = copy / ARROWS
    arrows.parent.mkdir(parents=True)
    table = (ROOT / ARROWS).read_text()

    def outcome(source: str) -> str:
        arrows.write_text(source)
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
        command += ["-k", "each_room or goes_up", str(ARROWS)]
        return subprocess.run(command, cwd=copy, capture_output=True, text=True).stdout

    assert "test_each_room_has_its_floor - " in outcome(table)
    with_floor = outcome(table.replace('    "cli": 8,\n', '    "cli": 8,\n    "toy": 8,\n', 1))
    assert " passed" in with_floor and "failed" not in with_floor, with_floor
