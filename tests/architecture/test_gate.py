"""The public host checks what the gate checks, on each Python that the package names."""

from __future__ import annotations

import re
from importlib.metadata import metadata

import yaml

from tests.kit.sources import ROOT

WORKFLOW = ROOT / ".github" / "workflows" / "test.yml"


def test_the_host_runs_the_gate_itself() -> None:
    steps = yaml.safe_load(WORKFLOW.read_text())["jobs"]["gate"]["steps"]
    assert any("bash .ci/run" in step.get("run", "") for step in steps)


def test_it_runs_on_each_python_and_with_each_platform_s_packages() -> None:
    matrix = yaml.safe_load(WORKFLOW.read_text())["jobs"]["pythons"]["strategy"]["matrix"]
    named = re.findall(
        r"Python :: (3\.\d+)", "\n".join(metadata("colabwidget").get_all("Classifier") or [])
    )
    assert matrix["python"] == named
    sets = {each["packages"] for each in matrix["include"]}
    pins = {
        path.stem.removeprefix("constraints-") for path in (ROOT / "tests").glob("constraints-*")
    }
    assert sets == pins == {"colab", "kaggle"}


def test_every_workflow_can_be_read_and_grants_little() -> None:
    for path in WORKFLOW.parent.iterdir():
        assert yaml.safe_load(path.read_text())["permissions"] == {"contents": "read"}
