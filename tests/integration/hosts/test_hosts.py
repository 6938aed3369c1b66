"""Hosts and notebooks' Pythons, told apart from inside of other processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

import pytest

from colabwidget import hosts
from tests.kit.hosts import HUB, KAGGLE, found_python
from tests.kit.machine.machine import ROOT

DOUBLES = ROOT / "tests" / "doubles" / "colab"


def detected_in(code: str, environment: dict[str, str]) -> dict[str, Any]:
    """What another Python finds this machine to be."""
    script = f"import json, platform\nfrom colabwidget import hosts\n{code}\n"
    script += "print(json.dumps(hosts.detect().as_dict()))"
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONPATH": f"{ROOT}:{DOUBLES}", "PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(json.loads(done.stdout))


def test_colab_s_module_alone_is_not_colab_and_its_kernel_is() -> None:
    assert detected_in("import google.colab", environment={})["kind"] == "linux"
    assert detected_in("import google.colab", environment=HUB)["kind"] == "jupyterhub"
    assert detected_in("import google.colab._shell", environment={})["kind"] == "colab"
    assert detected_in("import google.colab._shell", environment=KAGGLE)["kind"] == "kaggle"


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes another account, which takes root")
@pytest.mark.parametrize("environment", [{}, HUB])
def test_who_has_no_root_is_told_so_in_the_name(environment: dict[str, str]) -> None:
    found = detected_in("import os\nos.seteuid(65534)", environment=environment)
    assert found["root"] is False
    assert found["name"] == f"{hosts.detect(environment).name}, without root"


# Another processor's kernel, as far as Python programs see it.
OTHER_KERNEL = """
import os, sys
here = os.uname()
os.uname = lambda: os.uname_result((*here[:4], sys.argv[1]))
from pyngrok import installer
from colabwidget import hosts
from colabwidget.desktops import opengl, servers
from colabwidget.runtime.releases.debs import for_architecture
from colabwidget.tunnels.cloudflare.tunnel import CLOUDFLARED
name = hosts.detect({}).architecture
print(name)
for releases in (servers.find("turbovnc").releases, opengl.RELEASES):
    found = for_architecture(releases, name)
    print(found and found.url.rpartition("/")[2])
print(CLOUDFLARED.file.format(architecture=name))
print(installer.get_arch())
"""


@pytest.mark.parametrize(
    ("machine", "chosen"),
    [
        (
            "x86_64",
            [
                "amd64",
                "turbovnc_3.3_amd64.deb",
                "virtualgl_3.1.4_amd64.deb",
                "cloudflared-linux-amd64",
                "x86_64",
            ],
        ),
        (
            "aarch64",
            [
                "arm64",
                "turbovnc_3.3_arm64.deb",
                "virtualgl_3.1.4_arm64.deb",
                "cloudflared-linux-arm64",
                "x86_64_arm",
            ],
        ),
    ],
)
def test_what_is_fetched_is_made_for_this_processor(machine: str, chosen: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", OTHER_KERNEL, machine],
        env={"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == chosen


def test_python_is_the_notebook_s_virtual_environment_and_not_the_one_it_was_made_of(
    tmp_path: Path,
) -> None:
    """A kernel runs from an environment that was never activated: its packages must be there."""
    venv.create(tmp_path / "env", symlinks=True)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").symlink_to(Path(sys.executable).resolve())
    own = tmp_path / "env" / "bin" / "python"
    script = (
        "from colabwidget.hosts.environment import session_environment\n"
        "print(session_environment()['PATH'], end='')\n"
    )
    environment = {"PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [own, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    assert found_python({"PATH": done.stdout}) == str(own)
