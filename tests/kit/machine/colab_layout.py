"""A machine as Colab's is laid out: tools in unusual folders, which take the right environment."""

from __future__ import annotations

import functools
import secrets
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from colabwidget.core.session_environment import FOLDER
from colabwidget.hosts.environment import SESSION_VARIABLES
from tests.kit.machine.machine import ROOT

# Sourced by every kind of shell. Each line tells something that a notebook's cell would find too.
_PROBE = r"""
echo
echo "@folder $(pwd)"
for tool in python pip nvidia-smi nvcc gcloud; do echo "@which $tool $(command -v $tool)"; done
echo "@run nvidia-smi $(nvidia-smi 2>&1)"
echo "@run nvcc $(nvcc --version 2>&1)"
echo "@run gcloud $(gcloud version 2>&1)"
echo "@run python $(python -c 'import sys; print(sys.executable, sys.path)')"
echo "@run pip $(pip list --format=freeze --disable-pip-version-check | tr '\n' ' ')"
env | sed -n 's/^\([A-Z0-9_]*\)=/@env \1 /p'
echo @end
"""


class Found(dict[str, str]):
    """What a probe has told, by what it was asked."""

    @classmethod
    def read(cls, text: str) -> Found:
        found = cls()
        ended = False
        for line in text.replace("\r", "").splitlines():
            kind, _, rest = line.strip().partition(" ")
            if kind in ("@which", "@run", "@env"):
                name, _, value = rest.partition(" ")
                if kind != "@env" or name in SESSION_VARIABLES:
                    found[f"{kind[1:]} {name}"] = value
            elif kind == "@folder":
                found["folder"] = rest
            ended = ended or kind == "@end"
        assert ended, text
        found.pop(f"env {FOLDER}", None)
        return found

    def without(self, *names: str) -> dict[str, str]:
        return {name: value for name, value in self.items() if name not in names}


@functools.cache
def _compiled_pip(python: str) -> tempfile.TemporaryDirectory[str]:
    """Our pip, with what "pip list" needs of it compiled: accounts could not keep that."""
    import pip

    folder = tempfile.TemporaryDirectory(prefix="cw-pip-")
    there = Path(folder.name, "pip")
    unwanted = shutil.ignore_patterns("__pycache__")
    shutil.copytree(Path(pip.__file__).parent, there, ignore=unwanted)
    command = [python, "-m", "pip", "list"]
    subprocess.run(command, env={"PYTHONPATH": folder.name}, capture_output=True, check=True)
    return folder


class Layout:
    """Folders of a kernel, on the same file system as ``/``, as /content is."""

    def __init__(self) -> None:
        self.top = Path(f"/cw-{secrets.token_hex(4)}")
        self.top.mkdir(mode=0o755)
        try:
            self._make()
        except BaseException:
            self.remove()
            raise

    def _make(self) -> None:
        top = self.top
        self.content = top / "content"
        (self.content / ".config").mkdir(parents=True)
        self.probe = self._write("probe", _PROBE)
        self.python = self._environment()
        nvidia = top / "lib64-nvidia"
        self.add_tool(
            "opt/bin/nvidia-smi",
            f'case ":$LD_LIBRARY_PATH:" in *:{nvidia}:*) echo "Tesla T4" ;;\n'
            "*) echo 'could not find libnvidia-ml.so'; exit 9 ;;\nesac\n",
        )
        self.add_tool("cuda/bin/nvcc", 'echo "nvcc of ${CUDA_HOME:?}, $CUDA_VERSION"\n')
        self.add_tool(
            "tools/google-cloud-sdk/bin/gcloud",
            '"${CLOUDSDK_PYTHON:?}" -c "import sys; print(sys.prefix)"\n',
        )
        folders = ("opt/bin", "cuda/bin", "env/bin", "tools/google-cloud-sdk/bin")
        self.path = ":".join([*(f"{top}/{each}" for each in folders), "/usr/bin", "/bin"])
        self.variables = {
            "PATH": self.path,
            "LD_LIBRARY_PATH": str(nvidia),
            "PYTHONPATH": f"{top}/lib",
            "CUDA_HOME": f"{top}/cuda",
            "CUDA_VERSION": "12.5.1",
            "CUDA_VISIBLE_DEVICES": "",
            "CLOUDSDK_PYTHON": "python3",
            "CLOUDSDK_CONFIG": f"{self.content}/.config",
            "HF_HOME": f"{self.content}/hf",
            "XLA_FLAGS": "--xla_gpu_a=1 --xla_gpu_b='it is; $HOME'",
            "TPU_SKIP_MDS_QUERY": "1",
            "LANG": "C.UTF-8",
        }
        shutil.copytree(
            ROOT / "colabwidget",
            top / "lib" / "colabwidget",
            ignore=shutil.ignore_patterns("__pycache__"),
        )

    def _environment(self) -> Path:
        """Return the Python of an environment that other accounts may use as well, with pip."""
        new = "import sys; sys.exit(sys.version_info < (3, 10))"
        nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        for python in (sys.executable, "/usr/bin/python3"):
            if subprocess.run([*nobody, python, "-c", new], capture_output=True).returncode == 0:
                break
        else:
            pytest.skip("an account without rights can run no Python from 3.10 on here")
        env = self.top / "env"
        subprocess.run([python, "-m", "venv", "--without-pip", env], check=True)
        packages = next(env.glob("lib/python3*/site-packages"))
        shutil.copytree(Path(_compiled_pip(python).name, "pip"), packages / "pip")
        own = packages / "notebook_only-4.2.dist-info"
        own.mkdir()
        (own / "METADATA").write_text("Metadata-Version: 2.1\nName: notebook-only\nVersion: 4.2\n")
        self.add_tool("env/bin/pip", f'exec {env}/bin/python -m pip "$@"\n')
        return env / "bin" / "python"

    def add_tool(self, path: str, script: str) -> None:
        """Bring a program; the script is sh's."""
        self._write(path, f"#!/bin/sh\n{script}").chmod(0o755)

    def _write(self, path: str, text: str) -> Path:
        file = self.top / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def notebook(self, environment: dict[str, str]) -> Found:
        """What a cell of the notebook finds."""
        done = subprocess.run(
            ["/bin/sh", self.probe],
            env=environment,
            cwd=self.content,
            capture_output=True,
            text=True,
            timeout=60,
        )
        return Found.read(done.stdout)

    def remove(self) -> None:
        shutil.rmtree(self.top)
