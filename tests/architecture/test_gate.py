"""The public host checks what the gate checks, on each Python that the package names."""

from __future__ import annotations

import ast
import re
from importlib.metadata import metadata

import yaml

from tests.kit.sources import ROOT, tracked, tree

MAKEFILE = ROOT / "Makefile"
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


#: What the package needs, and what comes with it; completion is for a terminal, not a notebook.
PACKAGES = {"IPython", "anywidget", "ipywidgets", "jupyter_core", "jupyter_server", "pyngrok"}
PACKAGES |= {"cryptography", "ipykernel", "tornado", "traitlets", "zmq"}


def rooms_that_import(packages: set[str]) -> set[str]:
    """The rooms of the package with a module that imports one of these packages."""
    found = set()
    for path in tracked("colabwidget/**.py", "colabwidget/*.py"):
        for node in ast.walk(tree(path)):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
            if {name.partition(".")[0] for name in names} & packages:
                found.add(path.relative_to(ROOT / "colabwidget").parts[0])
    return found


def test_unit_tests_of_what_imports_packages_run_with_colab_s_too() -> None:
    listed = re.findall(r"^OF_PACKAGES := .*tests/unit/,(.*)\)", MAKEFILE.read_text(), re.M)
    # The relays are tested with real servers only, in integration.
    assert rooms_that_import(PACKAGES) - {"relays"} <= {*listed[0].split()}
