"""A new kind of machine is one module and its place in the list."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.kit.machine.machine import ROOT

TOY = """
from collections.abc import Collection, Mapping
from colabwidget.hosts.base import HostKind

class Toy(HostKind):
    store = "Toy's safe"
    notice = "Toys are for children."
    drive = True
    variables = ("TOY_WHEELS",)
    work_variable = "TOY_BOX"

    def matches(self, environment: Mapping[str, str], modules: Collection[str]) -> bool:
        return "TOY_WHEELS" in environment

    def name(self, environment: Mapping[str, str]) -> str:
        return "Toy machine"

    def read_secret(self, name: str) -> str | None:
        return {"MINE": "the token"}.get(name)

HOST = Toy()
"""
USES = """
import json
from colabwidget import hosts, report
from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.snapshot import Snapshot
from colabwidget.hosts import secrets
from colabwidget.hosts.environment import allowed_environment, session_environment
from colabwidget.widgets.connect import ConnectWidget
found = secrets.read("MINE", "toy", {})
try:
    secrets.read("OTHER", "toy", {})
except ColabWidgetError as error:
    missing = error.info["cause"]
print(json.dumps({
    "page": ConnectWidget().host,
    "secret": [found.token.reveal(), found.origin, missing],
    "session": session_environment()["TOY_WHEELS"],
    "backend": allowed_environment({"TOY_WHEELS": "4", "TOY_KEY": "secret"}),
    "work": hosts.work_folder({"TOY_BOX": "/box"}),
    "report": "Toy machine" in report.report(Snapshot(), [], 0),
}))
"""


@pytest.fixture
def told(tmp_path: Path) -> dict[str, Any]:
    """What a copy of the package tells that knows a toy."""
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
    shutil.copytree(ROOT / "colabwidget", tmp_path / "colabwidget", ignore=ignored)
    hosts = tmp_path / "colabwidget" / "hosts"
    (hosts / "toy.py").write_text("from __future__ import annotations\n" + TOY)
    listed = (hosts / "__init__.py").read_text()
    assert 'ORDER = ("kaggle"' in listed
    (hosts / "__init__.py").write_text(
        listed.replace('ORDER = ("kaggle"', 'ORDER = ("toy", "kaggle"')
    )
    environment = {
        **os.environ,
        "PYTHONPATH": str(tmp_path),
        "XDG_RUNTIME_DIR": str(tmp_path),
        "TOY_WHEELS": "4",
    }
    said = subprocess.check_output([sys.executable, "-c", USES], env=environment, cwd=tmp_path)
    return dict(json.loads(said))


def test_a_new_host_is_one_module_and_shows_up_everywhere(told: dict[str, Any]) -> None:
    page = told["page"]
    assert (page["kind"], page["secrets"], page["drive"]) == ("toy", "Toy's safe", True)
    assert page["name"].startswith("Toy machine") and page["notice"] == "Toys are for children."
    assert told["secret"] == [
        "the token",
        "Toy's safe: MINE",
        "The environment does not have it.",
    ]
    assert told["session"] == "4"
    assert told["backend"] == {"TOY_WHEELS": "4"}
    assert told["work"] == "/box"
    assert told["report"]
