"""The recipe for a new tunnel: its two files, in a copy of the package, are all that it takes."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.kit.machine.machine import ROOT, Machine
from tests.kit.machine.ssh_client import ssh
from tests.kit.machine.tokens import find_in_processes

RECIPE = ROOT / "docs" / "contributing" / "new-tunnel.md"
# The program that the recipe's tunnel drives: it forwards TCP on this machine.
PROGRAM = """#!/usr/bin/env python3
import os, socket, sys, threading

def pump(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass

if sys.argv[2] == "full.toy":
    sys.exit("toy: no port left")
assert os.environ["TOY_TOKEN"] == open(os.path.join(os.path.dirname(__file__), "token")).read()
server = socket.create_server(("127.0.0.1", 0))
print("listening at 127.0.0.1:%d" % server.getsockname()[1], flush=True)
while True:
    client, _ = server.accept()
    inner = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
    for ends in ((client, inner), (inner, client)):
        threading.Thread(target=pump, args=ends, daemon=True).start()
"""
FACES = """
import json
from colabwidget import ConnectWidget
from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.options import Options
from colabwidget.core.secrets import Secret
from colabwidget.tunnels import factory, registry, validation

def refusal(**options):
    try:
        validation.checked(Options(tunnel="toy", **options))
    except ColabWidgetError as error:
        return error.code, error.info["field"], error.info["cause"]

widget = ConnectWidget()
form = [each for each in widget.providers if each["name"] == "toy"]
widget.close()
context = type("Context", (), {"journal": None})()
print(json.dumps({
    "form": form,
    "order": [*registry.BUILT_IN],
    "missing": refusal(),
    "checked": refusal(server="play.example"),
    "region": refusal(server="play.toy", region="south"),
    "fine": refusal(server="play.toy", region="north"),
    "made": type(factory.create(Options(tunnel="toy"), Secret("x"), context)).__name__,
    "offered": [each["title"] for each in registry.offers("relay")],
}))
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package and its scripts with the tunnel of the recipe."""
    folder = tmp_path_factory.mktemp("copy")
    folder.chmod(0o755)
    for name in ("colabwidget", "scripts", "docs"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    spec, tunnel = re.findall(r"```python\n(.*?)```", RECIPE.read_text(), re.S)
    toy = folder / "colabwidget" / "tunnels" / "toy"
    shutil.rmtree(toy, ignore_errors=True)  # a reader of the recipe has added it, to see
    toy.mkdir()
    (toy / "__init__.py").write_text('"""A toy."""\n')
    (toy / "spec.py").write_text(spec)
    (toy / "tunnel.py").write_text(tunnel)
    registry = toy.parent / "registry.py"
    order = r"^ORDER = \((.*)\)$"
    text = registry.read_text().replace(', "toy")', ")")
    source, count = re.subn(order, r'ORDER = (\1, "toy")', text, flags=re.M)
    assert count == 1
    registry.write_text(source)
    return folder


@pytest.fixture
def toy_machine(machine: Machine, copy: Path) -> Iterator[Machine]:
    """A machine that has the copy, and the tunnel's program."""
    machine.environment["PYTHONPATH"] = str(copy)
    program = machine.ngrok.with_name("toy")
    program.write_text(PROGRAM)
    program.chmod(0o755)
    program.with_name("token").write_text(machine.token)
    yield machine


def in_copy(copy: Path, *command: str, folder: Path) -> str:
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": str(copy)}
    environment["XDG_RUNTIME_DIR"] = environment["XDG_STATE_HOME"] = str(folder)
    command = (sys.executable, *command)
    done = subprocess.run(
        command, env=environment, cwd=folder, capture_output=True, text=True, timeout=90
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_form_validation_and_factory_have_it(copy: Path, runtime: Path) -> None:
    found: dict[str, Any] = json.loads(in_copy(copy, "-c", FACES, folder=runtime.parent))
    (form,) = found["form"]
    assert form["title"] == "Toy" and form["token_secret"] == "TOY_TOKEN"
    assert [each["name"] for each in form["fields"]] == ["server"]
    assert found["order"][-1] == "toy"
    assert found["missing"][:2] == ["field_missing", "server"]
    assert found["checked"][:2] == ["toy_server", "server"]
    assert found["region"] == ["region_unknown", "region", "Its regions are north."]
    assert found["fine"] is None
    assert found["made"] == "ToyTunnel"
    assert "Use Toy" not in found["offered"]  # it needs an account


def test_the_scripts_write_it_into_the_documentation(copy: Path, tmp_path: Path) -> None:
    in_copy(copy, str(copy / "scripts" / "troubleshooting.py"), folder=tmp_path)
    page = (copy / "docs" / "troubleshooting.md").read_text()
    assert "## A toy tunnel\n" in page
    assert '<a id="toy_full"></a>The toy server is full.' in page
    in_copy(copy, str(copy / "scripts" / "options.py"), folder=tmp_path)
    options = (copy / "docs" / "reference" / "options.md").read_text()
    assert "`through`, `toy`, or one of another package" in options
    assert "For `relay` and `toy`: the server." in options


def test_the_command_line_has_it_and_a_real_client_gets_in(
    toy_machine: Machine, tmp_path: Path
) -> None:
    machine, token = toy_machine, "--token-stdin"
    assert "through, toy." in " ".join(machine.run("connect", "--help").stdout.split())

    full = machine.failure(token, "--server", "full.toy", tunnel="toy")
    assert full["code"] == "toy_full"
    offered = [offer["options"]["tunnel"] for offer in full["offers"]]  # type: ignore[index]
    assert offered == ["cloudflare", "relay", "direct", "through"]

    details = machine.connect(token, "--server", "play.toy", "--region", "north", tunnel="toy")
    assert details["tunnel"]["provider"] == "toy" and details["ssh"]["verified"] is True
    assert ssh(details, "whoami", folder=tmp_path).stdout.strip() == machine.user
    assert "toy: listening at 127.0.0.1" in machine.journal()
    machine.disconnect()
    assert not find_in_processes(["play.toy"])
