"""A tunnel of another package: built into a wheel, installed, chosen, and ssh gets in by it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.doubles import install_bore
from tests.kit.fault_matrix import Scene, assert_nothing_left
from tests.kit.machine.machine import ROOT, Machine
from tests.kit.machine.ssh_client import ssh
from tests.kit.machine.tokens import find_in_processes

PACKAGE = ROOT / "examples" / "tunnel-package"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example, built from a copy: building leaves files behind."""
    folder = tmp_path_factory.mktemp("wheel")
    shutil.copytree(PACKAGE, folder / "source")
    pip("wheel", "--no-build-isolation", "--wheel-dir", str(folder), str(folder / "source"))
    (made,) = folder.glob("*.whl")
    return made


def pip(*arguments: str) -> None:
    quiet = ["--quiet", "--no-deps", "--no-index", "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", *arguments[:1], *quiet, *arguments[1:]]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def packages(machine: Machine, wheel: Path) -> Path:
    """A folder where the machine's Python finds the package."""
    folder = machine.folder / "packages"
    pip("install", "--target", str(folder), str(wheel))
    machine.environment["PYTHONPATH"] += f"{os.pathsep}{folder}"
    install_bore(machine.ngrok.parent)
    return folder


def test_it_is_chosen_by_its_name_and_leads_in(
    machine: Machine, packages: Path, tmp_path: Path
) -> None:
    assert "Tunnels: ngrok, cloudflare, relay, direct, through, bore." in machine.run(
        "connect", "--help"
    ).stdout.replace("\n", " ")
    missing = machine.failure(tunnel="bore")
    assert (missing["code"], missing["field"]) == ("field_missing", "server")
    assert missing["title"] == "Server is missing."

    arguments = ("--server", "localhost")
    scene = Scene(machine, tmp_path, kept={"arguments": arguments, "tunnel": "bore"})
    details = scene.connect(*arguments, tunnel="bore")

    assert details["tunnel"]["provider"] == "bore"
    assert details["ssh"]["host"] == "localhost" and details["ssh"]["verified"] is True
    assert ssh(details, "whoami", folder=tmp_path).stdout.strip() == machine.user
    assert "bore: 2026" in machine.journal()
    # It has no use for the token that was given, and so has no other program.
    assert not find_in_processes([machine.token])
    machine.disconnect()
    assert_nothing_left(scene)

    refused = machine.failure("--server", "refuses", tunnel="bore")
    assert refused["code"] == "tunnel_failed"
    assert refused["title"] == "bore could not be used."
    assert refused["cause"] == "It said: Error: server error: invalid secret."
    offered = [offer["options"]["tunnel"] for offer in refused["offers"]]  # type: ignore[index]
    assert offered == ["cloudflare", "relay", "direct", "through"]

    (machine.ngrok.parent / "bore").unlink()
    lacking = machine.failure(*arguments, tunnel="bore")
    assert lacking["cause"] == "There is no program bore on this machine."


def test_a_package_that_is_removed_or_broken_harms_no_other_tunnel(
    machine: Machine, packages: Path
) -> None:
    (packages / "colabwidget_bore.py").write_text("import what_is_not_there\n")
    broken = machine.failure("--server", "localhost", tunnel="bore")
    assert (broken["code"], broken["field"]) == ("tunnel_broken", "tunnel")
    assert "No module named 'what_is_not_there'" in broken["cause"]
    assert "bore cannot be used" in machine.run("connect", "--help").stdout.replace("\n", " ")
    assert machine.connect(tunnel="direct")["phase"] == "connected"
    machine.disconnect()

    shutil.rmtree(packages)
    gone = machine.failure("--server", "localhost", tunnel="bore")
    assert gone["code"] == "tunnel_unknown"
    assert gone["cause"] == "The tunnels are ngrok, cloudflare, relay, direct, through."
    assert machine.connect(tunnel="direct")["phase"] == "connected"
