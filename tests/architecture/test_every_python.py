"""Every Python that the package supports imports its modules, as far as this machine has it.

What only one of them refuses is seen by no other test: Python 3.11 alone refuses a default of a
dataclass that has no hash, such as a `mappingproxy`.
"""

from __future__ import annotations

import json
import subprocess
from functools import cache
from pathlib import Path

import pytest

from tests.kit.sources import ROOT

VERSIONS = ["3.10", "3.11", "3.12", "3.13", "3.14"]
# Rooms whose modules need packages of other people.
NEED_PACKAGES = ("colabwidget.widgets.", "colabwidget.tunnels.ngrok.", "colabwidget.relays.")
IMPORT = """
import importlib, json, sys
folder, *modules = sys.argv[1:]
sys.path.insert(0, folder)
lacking, failed = [], {}
for module in modules:
    try:
        importlib.import_module(module)
    except ModuleNotFoundError:
        lacking.append(module)
    except Exception as error:
        failed[module] = repr(error)
print(json.dumps([lacking, failed]))
"""


@cache
def find_python(version: str) -> str:
    """The path of that Python; the test is skipped where there is none."""
    find = [str(ROOT / "scripts" / "find-python.sh"), version]
    found = subprocess.run(find, capture_output=True, text=True, check=False).stdout.strip()
    return found or pytest.skip(f"there is no Python {version} here")


def import_all(python: str, folder: Path, modules: list[str]) -> tuple[list[str], dict[str, str]]:
    """The modules that lack another one, and those that fail, with their errors."""
    # Without site-packages: what lies there differs from machine to machine.
    command = [python, "-I", "-S", "-c", IMPORT, str(folder), *modules]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    lacking, failed = json.loads(done.stdout)
    return lacking, failed


def modules_of_ours() -> list[str]:
    names = [path.relative_to(ROOT).with_suffix("") for path in ROOT.glob("colabwidget/**/*.py")]
    return sorted(".".join(name.parts).removesuffix(".__init__") for name in names)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_module_can_be_imported(version: str) -> None:
    modules = modules_of_ours()
    lacking, failed = import_all(find_python(version), ROOT, modules)
    assert not failed
    assert len(lacking) < len(modules) / 4
    assert not [module for module in lacking if not module.startswith(NEED_PACKAGES)]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_default_that_a_version_refuses_is_found(version: str, tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text(
        "import dataclasses, types\n"
        "@dataclasses.dataclass\n"
        "class Broken:\n"
        "    given: object = types.MappingProxyType({})\n"
    )
    _, failed = import_all(find_python(version), tmp_path, ["broken"])
    assert ("mutable default" in failed.get("broken", "")) == (version == "3.11")
